import Foundation
public import Tensors

/// A tensor of a checkpoint: where it is and what it is; read when it is asked for.
public struct StoredTensor: Sendable {
  /// The dotted path from the root of the checkpoint.
  ///
  /// Two tensors can have the same path, as in `{"a.b": x, "a": {"b": y}}`; both are listed.
  public let path: String

  /// The axis lengths.
  public let shape: Shape

  /// The number of elements from one element to its neighbour along each axis.
  public let strides: [Int]

  /// The element of the storage that comes first.
  public let elementOffset: Int

  /// The element type.
  public let scalarType: ScalarType

  /// Whether PyTorch would compute a gradient for it.
  public internal(set) var requiresGrad = false

  /// Whether it was an `nn.Parameter`, in files that say so; a `state_dict` does not.
  public internal(set) var isParameter = false

  /// Where the numbers are.
  enum Contents: Sendable {
    case strided(Storage, Signs)
    case quantized(Storage, Quantizer)
    indirect case sparse(SparseContents)
    /// Listed, but without numbers in this file or in a form that is not read.
    case absent(TensorAbsence)
  }

  /// Marks of tensors whose stored numbers are the negative or conjugate ones.
  struct Signs: Hashable, Sendable {
    var isNegated = false
    var isConjugated = false
  }

  let contents: Contents
  let file: String

  init(
    path: String, shape: Shape, strides: [Int], elementOffset: Int = 0, scalarType: ScalarType,
    contents: Contents, file: String
  ) {
    self.path = path
    self.shape = shape
    self.strides = strides
    self.elementOffset = elementOffset
    self.scalarType = scalarType
    self.contents = contents
    self.file = file
  }

  /// A tensor whose elements lie in a storage in row-major order.
  init(
    path: String, shape: Shape, scalarType: ScalarType, storage: Storage, file: String
  ) {
    self.init(
      path: path, shape: shape, strides: shape.strides, scalarType: scalarType,
      contents: .strided(storage, Signs()), file: file)
  }

  var storage: Storage? {
    switch contents {
    case .strided(let storage, _), .quantized(let storage, _): storage
    case .sparse, .absent: nil
    }
  }

  /// What identifies the storage; tensors with the same key share memory.
  ///
  /// Empty without a storage.
  public var storageKey: String { storage?.key ?? "" }

  /// The bytes of the storage; 0 without one.
  package var storageByteCount: Int { storage?.byteCount ?? 0 }

  /// The bytes of the storage between the first and the last element, both included.
  ///
  /// Nil without a storage or without elements.
  package var byteRange: Range<Int>? {
    guard storage != nil, shape.count > 0 else { return nil }
    let reach = zip(shape.axes, strides).reduce(0) { $0 + ($1.0 - 1) * $1.1 }
    if let bits = packedBits {
      return elementOffset * bits / 8..<((elementOffset + reach + 1) * bits + 7) / 8
    }
    let width = scalarType.size
    return elementOffset * width..<(elementOffset + reach + 1) * width
  }

  /// The bits of an element where several of them are in each byte of the storage; nil elsewhere.
  var packedBits: Int? { isQuantized ? scalarType.bitsPerNumber : nil }

  /// Whether its elements are integers that stand for other numbers.
  package var isQuantized: Bool {
    if case .quantized = contents { true } else { false }
  }

  /// The axis lengths of the values; those of ``shape``, but for pairs of numbers in one byte, of
  /// which the last axis has twice as many.
  public var valueShape: Shape {
    let count = scalarType.numbersPerElement
    return count == 1 ? shape : Shape(shape.axes.dropLast() + [count * (shape.axes.last ?? 1)])
  }

  /// Why the values cannot be read; nil where they can, as far as is known without reading them.
  public var refusal: String? {
    if case .absent(let absence) = contents { absence.text } else { nil }
  }

  /// The same tensor under another path.
  func at(_ path: String) -> StoredTensor {
    var tensor = StoredTensor(
      path: path, shape: shape, strides: strides, elementOffset: elementOffset,
      scalarType: scalarType, contents: contents, file: file)
    (tensor.requiresGrad, tensor.isParameter) = (requiresGrad, isParameter)
    return tensor
  }

  /// Numbers that were computed, in the place of a tensor of a file.
  ///
  /// They are float32 where that holds them exactly.
  package init(path: String, computed values: Tensor64) {
    let isSingle = values.scalars.allSatisfy { Double(Float($0)) == $0 || $0.isNaN }
    var bytes: [UInt8] = []
    for scalar in values.scalars {
      let bits = isSingle ? UInt64(Float(scalar).bitPattern) : scalar.bitPattern
      for place in 0..<(isSingle ? 4 : 8) {
        bytes.append(UInt8(truncatingIfNeeded: bits >> (8 * place)))
      }
    }
    self.init(
      path: path, shape: values.shape, scalarType: isSingle ? .float32 : .float64,
      storage: Storage(key: path, FileContents(bytes), name: path), file: "")
  }

  /// The same elements with other axes, of which the last element has to be one of this tensor's.
  package func viewed(shape: Shape, strides: [Int]) -> StoredTensor {
    var tensor = StoredTensor(
      path: path, shape: shape, strides: strides, elementOffset: elementOffset,
      scalarType: scalarType, contents: contents, file: file)
    (tensor.requiresGrad, tensor.isParameter) = (requiresGrad, isParameter)
    return tensor
  }

  func trouble(_ finding: ValueFinding) -> CheckpointError {
    CheckpointError(finding, file: file, entry: path.isEmpty ? "the tensor" : path)
  }
}
