import Tensors

/// How the integers of a quantized tensor stand for numbers: `(integer - zero) * scale`.
enum Quantizer: Sendable {
  case perTensor(scale: Double, zero: Int)
  /// One scale and zero for each index along an axis.
  indirect case perChannel(axis: Int, scales: StoredTensor, zeros: StoredTensor)

  /// The numbers of a tensor whose bytes are given in row-major order.
  ///
  /// PyTorch computes them in single precision, and so does this.
  func dequantized<Scalar: BinaryFloatingPoint>(
    _ bytes: [UInt8], of tensor: StoredTensor
  ) throws(CheckpointError) -> [Scalar] {
    switch self {
    case .perTensor(let scale, let zero):
      return try numbers(bytes, of: tensor) { _, integer in
        Scalar(Float(scale) * Float(integer - zero))
      }
    case .perChannel(let axis, let scales, let zeros):
      let scales = try scales.values().scalars
      let zeros = try zeros.values().scalars
      let channels = tensor.shape[axis]
      let inner = tensor.shape.axes[(axis + 1)...].reduce(1, *)
      return try numbers(bytes, of: tensor) { index, integer in
        let channel = index / inner % channels
        return Scalar((Float(integer) - zeros[channel]) * scales[channel])
      }
    }
  }

  /// The numbers that integers stand for by their place, made piece by piece.
  private func numbers<Scalar>(
    _ bytes: [UInt8], of tensor: StoredTensor, _ number: (Int, Int) -> Scalar
  ) throws(CheckpointError) -> [Scalar] {
    // Of less than a byte, each number has a byte by now.
    let width = tensor.scalarType.size
    let piece = width << 14
    var numbers: [Scalar] = []
    numbers.reserveCapacity(bytes.count / width)
    for start in stride(from: 0, to: bytes.count, by: piece) {
      let part = bytes[start..<min(start + piece, bytes.count)]
      guard let integers = tensor.scalarType.decodeIntegers(part.span) else {
        throw tensor.trouble(.unreadType(tensor.scalarType))
      }
      for integer in integers { numbers.append(number(numbers.count, integer ?? 0)) }
    }
    return numbers
  }
}
