import PlainData

extension SafetensorsFinding {
  var text: String {
    switch self {
    case .truncated(let length, let left):
      "the header has \(length) bytes, and \(left) follow"
    case .headerLength(let length, let limit):
      "has \(length) bytes, more than the \(limit) allowed"
    case .tensors(let limit): "has more than \(limit) tensors"
    case .missing(let key): "is not a tensor: its part of the header has no \(key.quoted)"
    case .repeated(let key, let name?, let first):
      "has \(key.quoted) twice for \(name.quoted), first at byte \(first)"
    case .repeated(let name, nil, let first):
      "names a tensor twice: \(name.quoted), first at byte \(first)"
    case .trailing: "has something behind its last brace"
    case .encoding: "holds a text that is not UTF-8"
    case .depth: "is nested too deep"
    case .json(let error): "is not the JSON of safetensors: \(error.reason)"
    case .type(let name):
      "has elements of type \(name.quoted), which PyTorch does not have and which is not read; read "
        + "are \(SafetensorsReader.types.keys.sorted().joined(separator: ", "))"
    case .halfByte(let axes):
      "has shape \(axes) of numbers of four bits, expected an even number of them in a row"
    case .place(let shape, let type, let offsets, let expected, let bytes):
      "has shape \(shape) of \(type) at the bytes \(offsets), the tensor before it ends at "
        + "\(expected), and the file has \(bytes); it is damaged or truncated"
    case .behindLast(let count): "\(count) bytes follow the last tensor, expected none"
    }
  }

  var advice: String? {
    switch self {
    case .truncated: "the file is truncated, copy or download it again"
    case .json: CheckpointError.damaged
    case .behindLast: CheckpointError.appended
    default: nil
    }
  }
}
