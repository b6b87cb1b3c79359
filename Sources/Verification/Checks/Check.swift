import Continual

/// A family of checks.
///
/// A check is a value made of what it reads: the network on the bench and, where it needs more, that.
/// It first writes down which comparisons are required, and then makes them; it keeps nothing, so that
/// each can be run and tested alone.
protocol Check: Sendable {
  /// The codes that its requirements and findings can have.
  static var codes: Set<CheckCode> { get }

  /// The plans that it computes clips with, whose memory it does not need any more when it has run.
  var plans: [Plan] { get }

  /// Whether it runs streams and little else, which takes so little memory that it may run beside others
  /// even where clips are large.
  var isOfStreams: Bool { get }

  /// About what it costs, in multiplications, for telling how far a run is.
  var work: Double { get }

  /// Writes down what has to be compared, before anything runs.
  func plan(_ evidence: inout Evidence)

  /// Makes the comparisons.
  ///
  /// - Parameter evidence: with the plan; gets what was measured and found.
  /// - Throws: ``VerificationError`` where the network cannot run at all.
  func run(_ evidence: inout Evidence) throws(VerificationError)
}

extension Check {
  var plans: [Plan] { [] }

  var isOfStreams: Bool { false }

  var work: Double { 0 }

  /// The evidence of this check alone.
  func evidence() throws(VerificationError) -> Evidence {
    var evidence = Evidence()
    plan(&evidence)
    try run(&evidence)
    evidence.settle()
    return evidence
  }
}
