/// What was found in a file, or with it, and what was expected, as values.
///
/// There is one type for each part of the reader, beside it; the text is in a file of its own.
protocol CheckpointFinding: Hashable, Sendable {
  /// What kind of trouble it is.
  var code: CheckpointError.Code { get }

  /// What was found, and what was expected.
  var text: String { get }

  /// What to do about it, where what was found tells; nil where no more can be said than of any
  /// trouble with this code.
  var advice: String? { get }
}

extension CheckpointFinding {
  var advice: String? { nil }
}
