import PlainData

/// The result of a command, as its readers want it.
protocol Screen {
  /// A page of text, without a line end at the end.
  var human: String { get }

  /// One document for programs.
  var json: PlainValue { get }
}
