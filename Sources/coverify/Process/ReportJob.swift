import CheckpointTools
import Checkpoints
import Continual
import Synchronization
import Verification

/// A model that is judged.
struct ReportJob: Sendable {
  /// The file, as the user named it.
  let path: FilePath

  /// Judges it; gets where notes go, and what to call with how far it is.
  let judge: @Sendable (Notes, @escaping @Sendable (Verifier.Progress) -> Void) throws -> Report
}

extension ReportOptions {
  /// What came of one model, and what is said of it on stderr.
  private struct Judged: Sendable {
    let outcome: ModelOutcome
    let failure: CommandFailure?
    let notes: WaitingNotes
  }

  /// Judges models, and shows what came of them in all formats that are asked for.
  ///
  /// - Parameters:
  ///   - all: the models.
  ///   - isSingle: whether the user named a single file.
  ///   - inputs: the files that are read, and so are not written.
  /// - Returns: the status of the worst.
  /// - Throws: where a report cannot be written.
  func run(_ all: [ReportJob], isSingle: Bool, inputs: [FilePath]) throws -> ExitStatus {
    Allocator.keepFreedMemory()
    let jobs = shard.map { shard in all.filter { shard.contains($0.path) } } ?? all
    let isSingle = isSingle && shard == nil
    let start = ContinuousClock.now
    let known = try configuration.differences
    let outputs = try outputs(reading: inputs)
    let empty = ReportSet([], isSingle: isSingle)
    let progress = ProgressLine(isSilent: quiet)
    let showsSections = outputs.contains { $0.0.kind == .human && $0.1 == nil }
    let gathered = Mutex((outcomes: [ModelOutcome](), failure: (any Error)?.none))

    OrderedJobs.run(jobs.count, workers: self.jobs) { number in
      // Where several are under way, they have the processors already.
      Threads.withMost(self.jobs > 1 ? 1 : .max) {
        judge(jobs[number], isSingle: isSingle, known, progress)
      }
    } take: { _, judged in
      progress.finish()
      judged.notes.show(of: judged.outcome.path)
      if !showsSections || isSingle { judged.failure?.report() }
      return gathered.withLock { gathered in
        gathered.outcomes.append(judged.outcome)
        if showsSections {
          // Each section comes as soon as it can.
          do {
            let section = StandardStream.laidOut {
              human(for: nil).section(judged.outcome, of: empty)
            }
            if !section.isEmpty { try StandardStream.print(result: section) }
          } catch {
            gathered.failure = error
            return false
          }
        }
        return ending == .keepGoing || judged.outcome.word == .same
      }
    }
    let (outcomes, failure) = gathered.withLock { $0 }
    if let failure { throw failure }
    let skipped = jobs.dropFirst(outcomes.count).map {
      ModelOutcome(path: $0.path.description, .skipped)
    }
    let reports = ReportSet(
      outcomes + skipped, isSingle: isSingle, mayBeEmpty: shard != nil,
      seconds: showsTiming ? (ContinuousClock.now - start) / .seconds(1) : nil,
      exitPolicy: configuration.exitPolicy)
    known.note(after: reports.outcomes, isPart: shard != nil)
    for (format, file) in outputs {
      if format.kind == .human, file == nil {
        let text = StandardStream.laidOut { human(for: nil).conclusion(reports) }
        try StandardStream.print(result: text)
      } else {
        try format.write(reports, to: file, human: human(for: file))
      }
    }
    return ExitStatus(rawValue: Int32(reports.status)) ?? .trouble
  }

  private func judge(
    _ job: ReportJob, isSingle: Bool, _ known: KnownDifferences, _ progress: ProgressLine
  ) -> Judged {
    let waiting = WaitingNotes()
    let path = job.path.description
    let notes: Notes = quiet ? .silent : isSingle ? .shown : waiting.notes
    do {
      var report = try job.judge(notes) { progress.show($0, of: isSingle ? "" : path) }
      report = known.accept(report, of: job.path)
      report.exitPolicy = configuration.exitPolicy
      return Judged(
        outcome: ModelOutcome(path: path, .judged(report)), failure: nil, notes: waiting)
    } catch {
      return Judged(
        outcome: ModelOutcome(path: path, .refused(Refusal(error))),
        failure: CommandFailure(error), notes: waiting)
    }
  }
}
