/// Why a text is not a regular expression that is read.
enum PatternError: Error, Hashable {
  /// It ends where something else has to follow.
  case end
  /// It ends with a backslash.
  case backslash
  /// A parenthesis is closed that was not opened.
  case surplus
  /// Something is opened and not closed.
  case unclosed(Unicode.Scalar, Unicode.Scalar)
  /// A quantifier behind nothing.
  case nothingToRepeat(Unicode.Scalar)
  /// A number of repetitions that is not one, or too large.
  case repetition(String, limit: Int)
  /// A quantifier that gives nothing back.
  case possessive
  /// A group that looks around, or has a name or options.
  case group
  /// An escape that is not read.
  case escape(Unicode.Scalar)
  /// A bracket within brackets.
  case bracket
  /// The negation of a class within brackets.
  case negatedClass
  /// A range that does not end in a later character.
  case range
  /// Groups that are too deep in each other.
  case depth(limit: Int)
  /// Too many groups.
  case groups(limit: Int)
  /// A pattern that takes too many instructions.
  case size
}

extension PatternError: CustomStringConvertible {
  /// What was found, as the end of a sentence that begins with the pattern.
  var description: String {
    switch self {
    case .end: "ends too early"
    case .backslash: "ends with a backslash"
    case .surplus: "has a \")\" too many"
    case .unclosed(let open, let close): "has a \"\(open)\" without \"\(close)\""
    case .nothingToRepeat(let mark): "has \"\(mark)\" with nothing to repeat"
    case .repetition(let text, let limit): "repeats {\(text)} times, expected at most \(limit)"
    case .possessive: "has a possessive quantifier"
    case .group:
      "has a group (?…), of which only (?:…) is read; looking around and the like can take for ever"
    case .escape(let mark):
      "has \\\(mark), which is not read"
        + (("1"..."9").contains(mark) ? "; references back can take for ever" : "")
    case .bracket: "has \"[\" within brackets; write \\["
    case .negatedClass: "has a negated class within brackets"
    case .range: "has a range that does not end in a later character"
    case .depth(let limit): "has groups more than \(limit) deep"
    case .groups(let limit): "has more than \(limit) groups"
    case .size: "is too long, or repeats too much"
    }
  }
}
