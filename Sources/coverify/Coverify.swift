import ArgumentParser
import CheckpointTools
import Checkpoints
import Foundation
import Synchronization
import TorchModels
import Verification

/// The command line: reads options, calls the libraries, prints what they found.
@main
struct Coverify: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "coverify",
    abstract:
      "Proves that a continual inference network computes the same frame by frame as at once.",
    discussion: """
      Loads a PyTorch checkpoint without Python, runs its network on whole clips, in chunks and frame
      by frame, and compares. `coverify MODEL` is `coverify verify MODEL`.

      Exit codes: 0 same, 1 differs, 2 trouble, 3 inconclusive, 64 usage.
      """,
    version: BuildFacts.words,
    subcommands: [
      Verify.self, Run.self, Inspect.self, Record.self, Check.self, Review.self, Merge.self,
      Convert.self, Diff.self, Bench.self, Draft.self, Types.self, Explain.self, Schema.self,
    ],
    defaultSubcommand: Verify.self)

  /// The command that a word that names no file may be meant for; nil for none.
  static func command(like word: FilePath) -> String? {
    let text = word.description
    guard !text.contains("/"), !text.contains("."),
      !FileManager.default.fileExists(atPath: text)
    else { return nil }
    return Spelling.nearest(
      to: text, among: configuration.subcommands.map { "\($0)".lowercased() })
  }

  static func main() {
    Interrupts.endProgramWithSentences()
    do {
      let setup = try CommandSetup(Arguments.all)
      CommandSetup.current.withLock { $0 = setup.configuration }
      var command = try parse(setup)
      try command.run()
    } catch let error as ConfigurationError {
      StandardStream.say("error: \(error)")
      Foundation.exit(ExitCode.validationFailure.rawValue)
    } catch {
      end(error)
    }
  }

  /// Parses the arguments, and says where an option is wrong that is not the user's.
  private static func parse(_ setup: CommandSetup) throws -> any ParsableCommand {
    do {
      return try parseAsRoot(setup.arguments)
    } catch {
      if let file = setup.configuration, setup.arguments != Arguments.all,
        (try? parseAsRoot(Arguments.all)) != nil
      {
        StandardStream.say("error: \(file.path) has an option that the command does not take:")
      }
      throw error
    }
  }

  /// Ends the program as the parser of arguments would, which prints arguments as they are: names of
  /// files among them could steer a terminal.
  private static func end(_ error: any Error) -> Never {
    let code = exitCode(for: error)
    let text = fullMessage(for: error)
    if !text.isEmpty {
      if code.isSuccess { print(text) } else { StandardStream.say(text) }
    }
    Foundation.exit(code.rawValue)
  }
}
