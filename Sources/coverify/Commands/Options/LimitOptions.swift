import ArgumentParser
import Checkpoints

/// How much a file may ask for.
struct LimitOptions: ParsableArguments {
  @Option(
    name: .customLong("limit"),
    help: ArgumentHelp(
      "Let a file that you trust ask for more, as --limit pickle-bytes=500000000.",
      discussion: "Names: \(Limits.names.joined(separator: ", ")).", valueName: "name=number"))
  var given: [String] = []

  func validate() throws { _ = try values }

  /// The standard limits, but for those that were given.
  var values: Limits {
    get throws {
      var limits = Limits.standard
      for text in given {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2, let number = Int(parts[1]), number >= 0 else {
          throw ValidationError("--limit takes NAME=NUMBER, not \(text)")
        }
        guard limits[parts[0]] != nil else {
          throw ValidationError(
            "there is no limit \(parts[0]); there are \(Limits.names.joined(separator: ", "))")
        }
        limits[parts[0]] = number
      }
      return limits
    }
  }
}
