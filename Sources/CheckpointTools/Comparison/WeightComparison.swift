import Checkpoints
import OrderedCollections
package import Tensors
import TorchModels

/// How the weights of two checkpoints differ: which there are, and their values.
///
/// Names are compared as they are; where no name is in both, without the prefixes of wrappers.
package struct WeightComparison: Sendable {
  /// A tensor that only one of the files has.
  package struct Single: Hashable, Sendable {
    /// Its name.
    package let name: String
    /// Its shape.
    package let shape: Shape
    /// A tensor of the same shape that only the other file has, and whose name is near.
    package let near: String?
  }

  /// A tensor that is in both files and is not the same.
  package struct Pair: Sendable {
    /// Its name.
    package let name: String
    /// Its shapes in the first and the second file.
    package let shapes: (Shape, Shape)
    /// Its types in the first and the second file.
    package let types: (ScalarType, ScalarType)
    /// How the values differ; nil where they cannot be compared, or are the same in another type.
    package let difference: TensorDifference?
    /// Why the values were not compared.
    package let reason: String?
  }

  /// Tensors that have another name in the second file, and there the same type, shape and bits.
  package let renamed: [Renamed]

  /// Storages that several tensors share in the first file only, of tensors that are in both.
  package let sharedOnlyInFirst: [[String]]

  /// Storages that several tensors share in the second file only, of tensors that are in both.
  package let sharedOnlyInSecond: [[String]]

  /// The tensors that only the first file has.
  package let onlyInFirst: [Single]

  /// The tensors that only the second file has.
  package let onlyInSecond: [Single]

  /// The tensors that differ, in the order of the first file.
  package private(set) var pairs: [Pair] = []

  /// How many tensors are the same in every bit.
  package private(set) var sameCount = 0

  /// How many elements are in tensors of both files.
  package private(set) var elementCount = 0

  /// Whether the names that are in both files come in the same order.
  package let isOrderSame: Bool

  /// What was taken off names to compare them, a sentence each.
  package let notes: [String]

  /// Compares the weights of two files, and reads all tensors that are in both.
  package init(_ first: NetworkContents, _ second: NetworkContents) {
    var (one, other) = (first.weightsByName, second.weightsByName)
    var notes: [String] = []
    if Set(one.keys).isDisjoint(with: other.keys),
      first.shortNames != nil || second.shortNames != nil
    {
      let short = (first.weightsByShortName, second.weightsByShortName)
      if !Set(short.0.keys).isDisjoint(with: short.1.keys) {
        (one, other) = short
        notes.append("names are compared without the prefixes of wrappers")
      }
    }
    self.notes = notes
    renamed = Renamed.find(
      one.filter { other[$0.key] == nil }, other.filter { one[$0.key] == nil })
    let gone = Set(renamed.map(\.first))
    let come = Set(renamed.map(\.second))
    let missing = Array(one.keys.filter { other[$0] == nil && !gone.contains($0) })
    let added = Array(other.keys.filter { one[$0] == nil && !come.contains($0) })
    let sharing = (Self.sharing(one, alsoIn: other), Self.sharing(other, alsoIn: one))
    sharedOnlyInFirst = sharing.0.filter { !sharing.1.contains($0) }
    sharedOnlyInSecond = sharing.1.filter { !sharing.0.contains($0) }
    onlyInFirst = missing.map {
      Single(name: $0, shape: one[$0]?.shape ?? [], near: Self.near($0, one, added, other))
    }
    onlyInSecond = added.map {
      Single(name: $0, shape: other[$0]?.shape ?? [], near: Self.near($0, other, missing, one))
    }
    isOrderSame = one.keys.filter { other[$0] != nil } == other.keys.filter { one[$0] != nil }
    for (name, tensor) in one {
      if let twin = other[name] { compare(name, tensor, twin) }
    }
  }

  /// The storages that several tensors are views of, of those that another file has too.
  private static func sharing(
    _ tensors: OrderedDictionary<String, StoredTensor>,
    alsoIn others: OrderedDictionary<String, StoredTensor>
  ) -> [[String]] {
    let common = tensors.filter { others[$0.key] != nil }
    return SharedStorage.groups(of: common.map { (name: $0.key, tensor: $0.value) })
      .map { $0.names.sorted() }
  }

  private mutating func compare(_ name: String, _ tensor: StoredTensor, _ twin: StoredTensor) {
    elementCount += tensor.shape.count
    var difference: TensorDifference?
    var reason: String?
    if tensor.shape == twin.shape {
      do throws(CheckpointError) {
        difference = try TensorDifference.between(tensor, twin)
      } catch {
        reason = error.message
      }
    }
    if tensor.shape == twin.shape, tensor.scalarType == twin.scalarType, difference == nil,
      reason == nil
    {
      sameCount += 1
      return
    }
    pairs.append(
      Pair(
        name: name, shapes: (tensor.shape, twin.shape),
        types: (tensor.scalarType, twin.scalarType), difference: difference, reason: reason))
  }

  /// The tensor of the same shape whose name is the same without numbers, or nearly the same.
  private static func near(
    _ name: String, _ own: OrderedDictionary<String, StoredTensor>, _ names: [String],
    _ others: OrderedDictionary<String, StoredTensor>
  ) -> String? {
    // Comparing letters takes its time; with very many names nobody reads the hints.
    guard names.count <= 500 else { return nil }
    let candidates = names.filter { others[$0]?.shape == own[name]?.shape }
    let flattened = KeyTable.flattened(name)
    return candidates.first { KeyTable.flattened($0) == flattened }
      ?? Spelling.nearest(to: name, among: candidates)
  }
}

extension NetworkContents {
  fileprivate var weightsByName: OrderedDictionary<String, StoredTensor> {
    OrderedDictionary(weights.map { ($0.name, $0.tensor) }, uniquingKeysWith: { $1 })
  }

  fileprivate var weightsByShortName: OrderedDictionary<String, StoredTensor> {
    OrderedDictionary(
      weights.map { (shortNames?[$0.name] ?? $0.name, $0.tensor) }, uniquingKeysWith: { $1 })
  }
}
