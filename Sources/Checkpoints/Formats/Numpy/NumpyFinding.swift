import Tensors

/// What is wrong with a file of numpy.
enum NumpyFinding: CheckpointFinding {
  /// More arrays in an archive than are allowed.
  case arrays(Int, limit: Int)
  /// Other bytes than an array starts with.
  case notAnArray
  /// A version of the format.
  case version(UInt8)
  /// A header of more bytes than are allowed.
  case headerLength(UInt64, limit: Int)
  /// What is not a header.
  case header(String)
  /// A shape that no array has.
  case shape([Int])
  /// Fewer bytes than the elements take.
  case truncated(Shape, ScalarType, bytes: Int)
  /// More bytes than the elements take.
  case behindElements(Shape, ScalarType, bytes: Int, expected: Int)
  /// Elements that are no numbers.
  case absent(TensorAbsence)

  var code: CheckpointError.Code {
    switch self {
    case .arrays, .headerLength: .limit
    case .version, .absent: .unsupported
    case .notAnArray, .header, .shape, .truncated, .behindElements: .malformed
    }
  }
}
