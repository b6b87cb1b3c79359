import ArgumentParser
import Checkpoints
import Continual
import Foundation
import PlainData
import TorchModels

/// What a command says when it cannot do its work, and how it ends then.
enum Trouble {
  /// The exit code of a command that could not do it.
  static let exitCode = ExitCode(2)

  /// Runs the work of a command; prints an error to stderr and ends with exit code 2 if it throws.
  static func guarding<Result>(_ work: () throws -> Result) throws -> Result {
    do {
      return try work()
    } catch let code as ExitCode {
      throw code
    } catch {
      report(error)
      throw exitCode
    }
  }

  /// Prints an error to stderr, and what to do about it where it does not say so itself.
  static func report(_ error: any Error) {
    say("error: \(error)")
    if let advice = advice(error) { say("  " + advice) }
  }

  /// What to do about a file that is refused, where the error does not say so itself.
  private static func advice(_ error: any Error) -> String? {
    if case .module(_, let found)? = error as? LoadError, found.code == .budget {
      return "a file that you trust may ask for more, as --limit plan-bytes=4000000000"
    }
    var inner = error as? CheckpointError
    if case .checkpoint(let found)? = error as? LoadError { inner = found }
    guard let inner else { return nil }
    switch inner.code {
    case .exists: return "replace it with --force"
    case .limit: return "a file that you trust may ask for more: see --limit in --help"
    case .malformed, .truncated:
      guard !inner.message.contains("again") else { return nil }
      return
        "the file is damaged, or another program changed it: copy or download it again, or save "
        + "it again with torch.save"
    default: return nil
    }
  }

  /// Prints a message to stderr, so that what comes from a file can neither steer a terminal nor fill
  /// it.
  static func say(_ text: String) {
    StandardStream.note(text.message + "\n")
  }
}
