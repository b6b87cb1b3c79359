import Tensors

/// What is wrong with a reference to a storage, or with all tensors of a file together.
enum StorageFinding: CheckpointFinding {
  /// The elements that a reference says a storage has; the type is nil for bytes.
  struct Elements: Hashable, Sendable {
    let count: Int
    let type: ScalarType?
  }

  /// A file of pickle protocol 0.
  case oldProtocol
  /// What is not a reference to a storage; what was found.
  case reference(String)
  /// The class of a storage; what was found.
  case type(String)
  /// The key of a storage; what was found.
  case key(String)
  /// The location of a storage; what was found.
  case location(String)
  /// The number of elements of the storage of this key; what was found.
  case count(String, key: String)
  /// More elements than a file holds.
  case tooMany(Int, key: String)
  /// A part that is not within a storage of so many elements.
  case part(elements: Int)
  /// Two references to one storage that contradict each other.
  case contradiction(Elements, before: Elements, key: String)
  /// A call of the class of a storage.
  case called
  /// More tensors than are allowed.
  case tensors(limit: Int)
  /// More values that hold tensors, the same ones again and again, than the pickle has.
  case repeatedValues(Int, values: Int)
  /// Paths of more bytes than are allowed.
  case paths(limit: Int)

  var code: CheckpointError.Code {
    switch self {
    case .oldProtocol, .type: .unsupported
    case .tensors, .repeatedValues, .paths: .limit
    case .reference, .key, .location, .count, .tooMany, .part, .contradiction, .called:
      .malformed
    }
  }
}
