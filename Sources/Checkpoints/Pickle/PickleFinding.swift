/// What is wrong with an instruction of a pickle.
enum PickleFinding: CheckpointFinding {
  // MARK: - Arguments

  /// A text that is not UTF-8.
  case encoding
  /// A text that is not in quotes.
  case unquoted
  /// A text with an escape that does not exist.
  case escape
  /// A length below zero.
  case length(Int)
  /// What is not a number.
  case number(String)
  /// What is not a number in the memo.
  case memoNumber(String)
  /// An integer of more bytes than are allowed.
  case integer(bytes: Int)

  // MARK: - Stack and memo

  /// More values than are allowed.
  case values(limit: Int)
  /// More values than are allowed, of which many are the same ones again.
  case repeatedValues(limit: Int)
  /// Nothing on the stack.
  case emptyStack
  /// Fewer values on the stack than are needed.
  case stack(Int, needed: Int)
  /// No mark on the stack.
  case noMark
  /// More open marks than are allowed.
  case marks(limit: Int)
  /// More values in the memo than are allowed.
  case memo(limit: Int)
  /// A place in the memo where nothing was stored.
  case recalled(Int)

  // MARK: - Containers and calls

  /// An item for what is not a list.
  case notAList
  /// An item for what is not a set.
  case notASet
  /// An item for what is not a dict.
  case notADict
  /// A key without a value.
  case keyAlone
  /// More classes and functions than are allowed.
  case names(limit: Int)
  /// A name that is not made of two texts.
  case noTexts
  /// No class where one is needed.
  case noClass
  /// A call of what is not a class or function.
  case callee
  /// Arguments that are not a tuple.
  case arguments
  /// Named arguments that are not a dict.
  case keywords
  /// A state for what has none.
  case state
  /// Names that run programs or code, the first of them.
  case forbidden([String])

  // MARK: - Instructions

  /// A version of the format.
  case version(UInt8)
  /// A frame in a frame.
  case frameInFrame
  /// An end before that of its frame.
  case endInFrame
  /// More instructions than four for each of so many values.
  case instructions(Int, values: Int)
  /// What is left at the end.
  case left(values: Int, marks: Int)
  /// An instruction that no checkpoint has.
  case unread
  /// An instruction that there is not.
  case unknown(UInt8)

  var code: CheckpointError.Code {
    switch self {
    case .integer, .values, .repeatedValues, .marks, .memo, .names, .instructions: .limit
    case .forbidden: .forbidden
    case .version, .unread: .unsupported
    case .encoding, .unquoted, .escape, .length, .number, .memoNumber, .emptyStack, .stack,
      .noMark, .recalled, .notAList, .notASet, .notADict, .keyAlone, .noTexts, .noClass, .callee,
      .arguments, .keywords, .state, .frameInFrame, .endInFrame, .left, .unknown:
      .malformed
    }
  }
}
