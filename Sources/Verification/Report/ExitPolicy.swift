/// The exit codes of what came of models.
public struct ExitPolicy: Hashable, Sendable {
  /// Those that are others than usual.
  private let codes: [ModelOutcome.Word: Int]

  /// Takes over codes that are others than usual.
  public init(_ codes: [ModelOutcome.Word: Int] = [:]) { self.codes = codes }

  /// The code of a call whose worst model has come to this; nil where there is no result.
  public func code(of word: ModelOutcome.Word) -> Int? { codes[word] ?? word.status }
}
