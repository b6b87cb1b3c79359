import Checkpoints
import OrderedCollections
import Tensors

/// A tensor that has another name in another file, told by its bits.
package struct Renamed: Hashable, Sendable {
  /// Its name in the first file.
  package let first: String

  /// Its name in the second file.
  package let second: String

  /// What a name can be told by before bits are compared.
  private struct Likeness: Hashable {
    let shape: Shape
    let type: ScalarType
    let checksum: UInt32
  }

  /// How many tensors of the same bits are looked at for the one whose name is nearest.
  private static let nearLimit = 64

  /// Finds the tensors of one file that are in another under other names.
  ///
  /// Reads all of them, a piece at a time; what cannot be read is left out. Of several with the same
  /// bits, the one whose name ends most alike is taken.
  ///
  /// - Parameters:
  ///   - first: the tensors of one file whose names the other does not have.
  ///   - second: the tensors of the other, likewise.
  /// - Returns: pairs in the order of the first file; each tensor is in one at most.
  static func find(
    _ first: OrderedDictionary<String, StoredTensor>,
    _ second: OrderedDictionary<String, StoredTensor>
  ) -> [Renamed] {
    // Only tensors that can have a twin are read.
    let shapes = Set(first.values.map(\.shape)).intersection(second.values.map(\.shape))
    var candidates: [Likeness: [String]] = [:]
    for (name, tensor) in second where shapes.contains(tensor.shape) {
      if let likeness = likeness(of: tensor) { candidates[likeness, default: []].append(name) }
    }
    return first.compactMap { name, tensor in
      guard shapes.contains(tensor.shape), let likeness = likeness(of: tensor),
        let names = candidates[likeness],
        let nearest = names.prefix(nearLimit).enumerated().max(by: {
          (commonEnd(name, $0.element), $1.offset) < (commonEnd(name, $1.element), $0.offset)
        }), let twin = second[nearest.element], areSame(tensor, twin)
      else { return nil }
      candidates[likeness]?.remove(at: nearest.offset)
      return Renamed(first: name, second: nearest.element)
    }
  }

  private static func areSame(_ tensor: StoredTensor, _ twin: StoredTensor) -> Bool {
    do throws(CheckpointError) {
      return try TensorDifference.between(tensor, twin) == nil
    } catch {
      return false
    }
  }

  private static func likeness(of tensor: StoredTensor) -> Likeness? {
    do throws(CheckpointError) {
      let sum = try TensorPieces.checksum(of: tensor)
      return Likeness(shape: tensor.shape, type: tensor.scalarType, checksum: sum)
    } catch {
      return nil
    }
  }

  /// How many parts two dotted names have in common at their ends.
  static func commonEnd(_ name: String, _ other: String) -> Int {
    zip(name.split(separator: ".").reversed(), other.split(separator: ".").reversed())
      .prefix { $0 == $1 }.count
  }
}

extension Renamed {
  /// Tensors whose names changed alike: `m.0.weight` and `m.0.bias` to `net.0.weight` and `net.0.bias`.
  package struct Group: Hashable, Sendable {
    /// What the names began with; empty where they were all that follows.
    package let first: String
    /// What they begin with.
    package let second: String
    /// The tensors.
    package internal(set) var members: [Renamed]
  }

  /// Puts together what changed alike, in order.
  package static func groups(of all: [Renamed]) -> [Group] {
    var groups: OrderedDictionary<[String], Group> = [:]
    for renamed in all {
      let common = commonEnd(renamed.first, renamed.second)
      let starts = [renamed.first, renamed.second].map { name in
        name.split(separator: ".").dropLast(common).joined(separator: ".")
      }
      groups[starts, default: Group(first: starts[0], second: starts[1], members: [])]
        .members.append(renamed)
    }
    return Array(groups.values)
  }
}
