import Continual
import Tensors

/// The checks of a run: which of them run at the same time, and how far they are.
///
/// Each check has evidence of its own, which is added to that of the run in the order of the plan. So what is
/// found does not depend on what runs beside what.
struct Schedule {
  private let network: NetworkUnderTest
  private let report: @Sendable (Verifier.Progress) -> Void

  /// A check, and its part of the plan; nil for a check that has run, with all that it made for itself.
  private var checks: [(check: any Check, own: Range<Int>)?] = []
  private var works: [Double] = []

  /// How many numbers a clip may have on all wires together, for all checks to run at the same time.
  private static let smallClip = Double(1 << 21)

  /// What any check costs, in multiplications.
  private static let leastWork = 1e5

  /// Starts without checks.
  ///
  /// - Parameters:
  ///   - network: what is judged.
  ///   - progress: called with how far the run is.
  init(
    _ network: NetworkUnderTest, progress: @escaping @Sendable (Verifier.Progress) -> Void
  ) {
    self.network = network
    report = progress
  }

  /// Writes down what a check requires, and that it has to run.
  mutating func plan(_ check: any Check, _ evidence: inout Evidence) {
    let first = evidence.ledger.entries.count
    check.plan(&evidence)
    checks.append((check, first..<evidence.ledger.entries.count))
    works.append(max(check.work, Schedule.leastWork))
  }

  /// Runs all checks, until the time is over.
  ///
  /// - Parameter evidence: with the whole plan; gets what was measured and found.
  /// - Throws: ``VerificationError`` where the network cannot run at all.
  mutating func run(_ evidence: inout Evidence) throws(VerificationError) {
    let progress = RunProgress(works: works, report: report)
    var parts = [Evidence?](repeating: nil, count: checks.count)
    for group in groups where !evidence.isOver {
      // The longest comes first, so that none is left alone at the end.
      let running = group.sorted { works[$0] > works[$1] }.compactMap { number in
        checks[number].map { (number, $0.check, $0.own) }
      }
      let plan = evidence
      let made = concurrently(running.count) { place in
        let (number, check, own) = running[place]
        var part = Evidence(of: plan, own: own) { progress.tell($0, check: number, fraction: $1) }
        let result = Result { () throws(VerificationError) in try check.run(&part) }
        progress.finish(check: number)
        return result.map { part }
      }
      for ((number, check, _), part) in zip(running, made) {
        parts[number] = try part.get()
        if network.isCostly { for plan in check.plans { plan.freeClipMemory() } }
        checks[number] = nil
      }
    }
    for part in parts { if let part { evidence.add(part) } }
  }

  /// The numbers of the checks that run at the same time.
  private var groups: [[Int]] {
    guard !isSmall else { return [Array(checks.indices)] }
    let streams = checks.indices.filter { checks[$0]?.check.isOfStreams ?? false }
    return (streams.isEmpty ? [] : [streams])
      + checks.indices.filter { !streams.contains($0) }.map { [$0] }
  }

  /// Whether clips are so small that several checks at a time take little memory.
  private var isSmall: Bool {
    let elements = network.plan.nodes.reduce(0) { $0 + Double($1.output.frame.count) }
    return !network.isCostly && Double(network.clipLength) * elements <= Schedule.smallClip
  }
}
