import ArgumentParser
import CheckpointTools
import Checkpoints
import Foundation
import Synchronization
import Verification

/// Where defaults and known differences come from.
struct ConfigurationOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A file with options, exit codes and known differences.",
      discussion: """
        By default the coverify.toml that is nearest upward from this folder; options of a call win. \\
        --no-config leaves it out.
        """))
  var config: FilePath?

  @Flag(help: "Take no options or known differences from a coverify.toml.")
  var noConfig = false

  @Option(
    help: "A file with known differences alone: [[known]] with code, reason, module, expires.")
  var known: FilePath?

  /// The known differences, each with the folder from which its models are named.
  ///
  /// - Throws: `ConfigurationError` where the file cannot be read, or has something else.
  var differences: KnownDifferences {
    get throws {
      let files = [
        CommandSetup.current.withLock { $0 },
        try known.map { try Configuration(contentsOf: $0, commands: []) },
      ].compactMap(\.self)
      return KnownDifferences(
        files.flatMap { file in file.known.map { ($0, file.path.folder) } })
    }
  }

  /// The exit codes of words.
  var exitPolicy: ExitPolicy {
    ExitPolicy(CommandSetup.current.withLock { $0?.exitCodes } ?? [:])
  }
}

/// The known differences of a call.
struct KnownDifferences: Sendable {
  /// Those that are still accepted.
  private let current: [(difference: KnownDifference, folder: FilePath)]

  /// Those that are not any more.
  private let over: [KnownDifference]

  init(_ all: [(KnownDifference, FilePath)]) {
    let today = Date.now.formatted(.iso8601.year().month().day())
    current = all.filter { !$0.0.isOver(on: today) }
    over = all.map(\.0).filter { $0.isOver(on: today) }
  }

  /// Accepts in the report on a model what is known of it.
  func accept(_ report: Report, of model: FilePath) -> Report {
    report.accepting(
      current.filter { $0.difference.isAbout(model, in: $0.folder) }.map(\.difference))
  }

  /// Says which of them are over, and which no model has any more.
  ///
  /// - Parameters:
  ///   - outcomes: what came of all models.
  ///   - isPart: whether there may be others that have them.
  func note(after outcomes: [ModelOutcome], isPart: Bool) {
    for difference in over {
      StandardStream.say(
        "warning: \(difference.source): \(difference.code.rawValue) is accepted no more since "
          + "\(difference.expires ?? ""); mend it, or give it another date")
    }
    guard !isPart, outcomes.allSatisfy({ $0.report != nil }) else { return }
    let hit = Set(
      outcomes.flatMap { $0.report?.known ?? [] }.filter { $0.hits > 0 }.map(\.difference))
    // A call for some models says nothing of what others have.
    let asked = Set(outcomes.flatMap { $0.report?.known ?? [] }.map(\.difference))
    for (difference, _) in current where asked.contains(difference) && !hit.contains(difference) {
      StandardStream.say(
        "warning: \(difference.source): no model has this \(difference.code.rawValue) any more; "
          + "take it out")
    }
  }
}
