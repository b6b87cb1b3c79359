import ArgumentParser
import CheckpointTools
import Checkpoints
import Continual
import PlainData
import TorchModels
import Verification

/// Why a command cannot do its work, as it says so on stderr.
struct CommandFailure {
  let error: any Error

  init(_ error: any Error) { self.error = error }

  /// Prints the error, and what to do about it where it does not say so itself.
  func report() {
    StandardStream.say("error: \(error)")
    if let advice { StandardStream.say("  " + advice) }
  }

  /// What to do about it, where it does not say so itself.
  var advice: String? {
    switch error {
    case let error as CheckpointError, LoadError.checkpoint(let error),
      ClipError.checkpoint(let error):
      CommandFailure.advice(error)
    default: nil
    }
  }

  private static func advice(_ error: CheckpointError) -> String? {
    switch error.code {
    case .exists: "replace it with --force"
    case .limit: "a file that you trust may ask for more: see --limit in --help"
    // Where more is known, the error says it itself.
    case _ where error.advice != nil: nil
    case .malformed, .truncated:
      "the file is damaged, or another program changed it: copy or download it again, or save "
        + "it again with torch.save"
    default: nil
    }
  }
}

extension Refusal {
  /// Says why a model could not be judged.
  init(_ error: any Error) {
    let found: CheckpointError? =
      switch error {
      case let error as CheckpointError: error
      case LoadError.checkpoint(let error), ClipError.checkpoint(let error): error
      default: nil
      }
    self.init(
      message: "\(error)".message,
      reason: found?.code.rawValue ?? (error as? FixtureError)?.name,
      entry: found.flatMap { $0.entry.isEmpty ? nil : $0.entry.message }, offset: found?.offset,
      advice: CommandFailure(error).advice)
  }
}

extension ParsableCommand {
  /// Does the work of a command, and ends with its status: with ``ExitStatus/trouble`` and a message
  /// on stderr where it cannot be done.
  func end(_ work: () throws -> ExitStatus) throws {
    let status: ExitStatus
    do {
      status = try work()
    } catch {
      CommandFailure(error).report()
      status = .trouble
    }
    if status != .same { throw ExitCode(status.rawValue) }
  }
}
