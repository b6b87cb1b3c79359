public import Tensors

/// A tensor to be written: one of a checkpoint, as it is or cast, or one that was computed.
///
/// Nothing is read or computed before the file is written, and nothing is kept afterwards.
public struct TensorSource: Sendable {
  /// The axis lengths.
  public let shape: Shape

  /// The element type that is written.
  public let scalarType: ScalarType

  /// Whether PyTorch computes a gradient for it.
  public let requiresGrad: Bool

  /// Whether it is an `nn.Parameter`.
  public let isParameter: Bool

  enum Content: Sendable {
    case stored(StoredTensor)
    case computed(@Sendable () throws(CheckpointError) -> [UInt8])
  }

  let content: Content

  /// Takes a tensor of a checkpoint.
  ///
  /// - Parameters:
  ///   - tensor: the tensor.
  ///   - target: the floating-point type that floating-point numbers are cast to; nil to keep theirs.
  public init(_ tensor: StoredTensor, castTo target: ScalarType? = nil) {
    shape = tensor.shape
    scalarType = target.flatMap { tensor.scalarType.isCast(to: $0) ? $0 : nil } ?? tensor.scalarType
    requiresGrad = tensor.requiresGrad
    isParameter = tensor.isParameter
    content = .stored(tensor)
  }

  /// Takes a tensor that is computed when it is written.
  ///
  /// - Parameters:
  ///   - shape: the axis lengths.
  ///   - scalarType: the element type.
  ///   - bytes: makes the elements in row-major order, the lowest byte of each first; it is called
  ///     twice, to write them and to compare what was written.
  public init(
    shape: Shape, scalarType: ScalarType,
    littleEndianBytes bytes: @escaping @Sendable () throws(CheckpointError) -> [UInt8]
  ) {
    self.shape = shape
    self.scalarType = scalarType
    (requiresGrad, isParameter) = (false, false)
    content = .computed(bytes)
  }

  /// Takes a tensor that is computed in double precision when it is written, and rounded then.
  ///
  /// - Parameters:
  ///   - shape: the axis lengths.
  ///   - scalarType: `float16`, `bfloat16`, `float32` or `float64`.
  ///   - values: makes the elements in row-major order.
  public init(
    shape: Shape, scalarType: ScalarType,
    values: @escaping @Sendable () throws(CheckpointError) -> [Double]
  ) {
    self.init(shape: shape, scalarType: scalarType) { () throws(CheckpointError) in
      var bytes: [UInt8] = []
      for value in try values() {
        for index in 0..<8 {
          bytes.append(UInt8(truncatingIfNeeded: value.bitPattern >> UInt64(8 * index)))
        }
      }
      return scalarType == .float64 ? bytes : ScalarType.float64.cast(bytes.span, to: scalarType)
    }
  }

  /// The values, rounded to the nearest `Float` where the type is wider.
  ///
  /// - Returns: the elements in row-major order.
  /// - Throws: ``CheckpointError`` where the tensor cannot be read.
  public func values() throws(CheckpointError) -> Tensor {
    if case .stored(let tensor) = content, tensor.scalarType == scalarType {
      return try tensor.values()
    }
    let bytes = try littleEndianBytes()
    return Tensor(shape, scalarType.decode(bytes.span) ?? [])
  }

  /// Why the tensor cannot be written; nil where nothing speaks against it.
  public var refusal: String? {
    guard case .stored(let tensor) = content else { return nil }
    return switch tensor.contents {
    case .strided: nil
    case .quantized: "is quantized (\(tensor.scalarType.name)); save dequantize() of it"
    case .sparse: "is sparse; save to_dense() of it"
    case .absent(let absence): absence.text
    }
  }

  /// The elements in row-major order, the lowest byte of each first.
  ///
  /// - Returns: as many bytes as shape and type have.
  /// - Throws: ``CheckpointError`` where the tensor cannot be read.
  public func littleEndianBytes() throws(CheckpointError) -> [UInt8] {
    switch content {
    case .computed(let bytes): return try bytes()
    case .stored(let tensor):
      let bytes = try tensor.littleEndianBytes()
      guard tensor.scalarType != scalarType else { return bytes }
      return tensor.scalarType.cast(bytes.span, to: scalarType)
    }
  }

  /// Gives the elements in row-major order, piece by piece as ``TensorPieces`` does.
  ///
  /// - Throws: ``CheckpointError`` where the tensor cannot be read.
  func forEachPiece(
    _ body: ([UInt8]) throws(CheckpointError) -> Void
  ) throws(CheckpointError) {
    switch content {
    case .stored(let tensor):
      var pieces = TensorPieces(tensor)
      while let piece = try pieces.next() {
        try body(
          tensor.scalarType == scalarType
            ? piece : tensor.scalarType.cast(piece.span, to: scalarType))
      }
    case .computed(let bytes):
      let all = try bytes()
      let length = TensorPieces.length * scalarType.size
      for start in stride(from: 0, to: all.count, by: length) {
        try body([UInt8](all[start..<min(start + length, all.count)]))
      }
    }
  }

  /// How far the cast moves the element that it moves most; nil where nothing is cast.
  ///
  /// It is infinite where a number is too large for the new type. NaN is left out.
  ///
  /// - Returns: the largest absolute difference.
  /// - Throws: ``CheckpointError`` where the tensor cannot be read.
  package func castChange() throws(CheckpointError) -> Double? {
    guard case .stored(let tensor) = content, tensor.scalarType != scalarType else { return nil }
    var largest = 0.0
    var pieces = TensorPieces(tensor)
    while let piece = try pieces.next() {
      let before = tensor.scalarType.numbers(piece) ?? []
      let after = scalarType.numbers(tensor.scalarType.cast(piece.span, to: scalarType)) ?? []
      for (one, other) in zip(before, after) where one != other && !one.isNaN {
        largest = max(largest, (one - other).magnitude)
      }
    }
    return largest
  }

  /// The tensor as it is in the checkpoint it comes from; nil where it was computed.
  package var stored: StoredTensor? {
    if case .stored(let tensor) = content { tensor } else { nil }
  }
}
