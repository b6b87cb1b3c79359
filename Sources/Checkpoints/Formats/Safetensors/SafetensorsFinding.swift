import PlainData

/// What is wrong with a file of safetensors.
enum SafetensorsFinding: CheckpointFinding {
  /// A header of more bytes than follow.
  case truncated(UInt64, left: Int)
  /// A header of more bytes than are allowed.
  case headerLength(Int, limit: Int)
  /// More tensors than are allowed.
  case tensors(limit: Int)
  /// A tensor without this member.
  case missing(String)
  /// A member that a tensor has twice, with the byte of the first; nil for the name of a tensor.
  case repeated(String, of: String?, first: Int)
  /// Something behind the header's object.
  case trailing
  /// A text that is not UTF-8.
  case encoding
  /// Lists and objects too deep in each other.
  case depth
  /// What is not JSON, or not of safetensors.
  case json(JSONError)
  /// Elements of a type that is not read.
  case type(String)
  /// An odd number of numbers of four bits in a row.
  case halfByte([Int])
  /// A shape, type and place that do not go together.
  case place(shape: [Int], type: String, offsets: [Int], expected: Int, bytes: Int)
  /// Bytes behind the last tensor.
  case behindLast(Int)

  var code: CheckpointError.Code {
    switch self {
    case .truncated: .truncated
    case .headerLength, .tensors, .depth: .limit
    case .json(let error): error.isLimit ? .limit : .malformed
    case .type, .halfByte: .unsupported
    case .missing, .repeated, .trailing, .encoding, .place, .behindLast: .malformed
    }
  }
}
