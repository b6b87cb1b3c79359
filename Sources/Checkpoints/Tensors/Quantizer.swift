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
    guard let integers = tensor.scalarType.decodeIntegers(bytes.span)?.compactMap(\.self) else {
      throw tensor.trouble("is of type \(tensor.scalarType.name), which is not read")
    }
    switch self {
    case .perTensor(let scale, let zero):
      return integers.map { Scalar(Float(scale) * Float($0 - zero)) }
    case .perChannel(let axis, let scales, let zeros):
      let scales = try scales.values().scalars
      let zeros = try zeros.values().scalars
      let channels = tensor.shape[axis]
      let inner = tensor.shape.axes[(axis + 1)...].reduce(1, *)
      return integers.enumerated().map { index, integer in
        let channel = index / inner % channels
        return Scalar((Float(integer) - zeros[channel]) * scales[channel])
      }
    }
  }
}
