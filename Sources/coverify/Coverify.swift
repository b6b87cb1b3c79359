import ArgumentParser
import Checkpoints
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
    version: Verifier.Options().toolVersion,
    subcommands: [
      Verify.self, Run.self, Inspect.self, Convert.self, Diff.self, Draft.self, Types.self,
    ],
    defaultSubcommand: Verify.self)

  static func main() {
    Interrupts.endProgramWithSentences()
    main(Arguments.all)
  }
}
