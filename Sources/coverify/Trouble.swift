import ArgumentParser
import Checkpoints
import Foundation
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
      Trouble.say("error: \(error)")
      if isLimit(error) {
        Trouble.say("  a file that you trust may ask for more: see --limit in --help")
      }
      throw exitCode
    }
  }

  private static func isLimit(_ error: any Error) -> Bool {
    if case .checkpoint(let inner)? = error as? LoadError { return inner.code == .limit }
    return (error as? CheckpointError)?.code == .limit
  }

  /// Makes a file that grows beyond the user's limit an error like any other.
  ///
  /// The system would end the program by a signal, with a part of the file left behind.
  static func turnFileSizeLimitIntoError() { signal(SIGXFSZ, SIG_IGN) }

  /// Prints a line to stderr.
  static func say(_ line: String) {
    StandardStream.note(line + "\n")
  }
}
