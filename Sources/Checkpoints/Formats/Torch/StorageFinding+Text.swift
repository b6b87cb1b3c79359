import Tensors

extension StorageFinding {
  var text: String {
    switch self {
    case .oldProtocol:
      "was saved with pickle_protocol=0, which torch.load does not read either"
    case .reference(let found):
      "refers to \(found) beside the pickle, expected (\"storage\", class, key, location, number of "
        + "elements)"
    case .type(let found): "has \(found) for the class of a storage"
    case .key(let found): "has \(found) for the key of a storage, expected digits"
    case .location(let found): "has \(found) for the location of a storage"
    case .count(let found, let key):
      "has \(found) for the number of elements of storage \(key)"
    case .tooMany(let count, let key):
      "says that storage \(key) has \(count) elements, which no file holds"
    case .part(let elements): "is not part of a storage of \(elements) elements"
    case .contradiction(let found, let before, let key):
      "says that storage \(key) has \(found.count) elements of \(found.type?.name ?? "bytes"), and "
        + "said before that it has \(before.count) of \(before.type?.name ?? "bytes")"
    case .called:
      "calls the class of a storage, which torch.load cannot do; save tensors instead of storages"
    case .tensors(let limit):
      "is tensor number \(limit + 1), and a file of this size may have \(limit); raise the limit "
        + "tensors"
    case .repeatedValues(let count, let values):
      "is value number \(count) that holds tensors, but the pickle has only \(values) values: "
        + "shared ones are repeated too often; save each tensor once, or raise the limits "
        + "repeated-values and walked-values"
    case .paths(let limit):
      "the paths of all values take more than \(limit) bytes; raise the limit path-bytes"
    }
  }

  var advice: String? {
    self == .oldProtocol ? "save it again without pickle_protocol" : nil
  }
}
