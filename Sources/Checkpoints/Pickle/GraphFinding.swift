/// What is wrong with a value that a pickle makes.
struct GraphFinding: CheckpointFinding {
  /// What the value is.
  enum Kind: String, Hashable, Sendable {
    case tuple
    case list
    case set
    case dict
    /// Any other.
    case value
  }

  /// What is wrong with it.
  enum Trouble: Hashable, Sendable {
    /// It holds itself.
    case cycle
    /// It stands for more values than are allowed.
    case walked(limit: Int)
    /// It is nested deeper than is allowed.
    case depth(limit: Int)
    /// It has two tensors for this key; nil for one that is not a text.
    case repeatedKey(String?)
    /// It is the key of a dict, and can be changed.
    case key
    /// It is a name of Python 2 that is not UTF-8.
    case encoding
  }

  let kind: Kind
  let trouble: Trouble

  var code: CheckpointError.Code {
    switch trouble {
    case .walked, .depth: .limit
    case .cycle, .repeatedKey, .key, .encoding: .malformed
    }
  }
}
