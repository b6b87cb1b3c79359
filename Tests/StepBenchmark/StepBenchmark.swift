import ArgumentParser
import Continual
import Tensors
import TestSupport
import TorchModels

/// Times the steps of networks, their clips and the making of streams, and prints a line of JSON for each;
/// `scripts/bench_steps.py` makes the networks, and compares two builds, and `scripts/bench_peers.py` compares
/// with PyTorch in slices of time.
@main
struct StepBenchmark: ParsableCommand {
  @Argument(help: "Networks that hold an example input.")
  var files: [String]

  @Option(help: "How long each figure is measured, in seconds.")
  var seconds = 0.3

  @Flag(help: "Answer orders from the standard input about the one network that is named.")
  var orders = false

  @Option(help: "How many threads compute. With several, figures are of the time that passes.")
  var threads = 1

  func validate() throws {
    guard threads > 0 else { throw ValidationError("threads above zero") }
    guard !orders || files.count == 1 else { throw ValidationError("--orders is of one network") }
    guard seconds > 0, seconds.isFinite else { throw ValidationError("seconds above zero") }
  }

  func run() throws {
    for file in files {
      let model = try LoadedModel(contentsOf: file)
      guard let clip = model.reference?.input else {
        throw ValidationError("\(file) holds no example input")
      }
      var plan = try model.plan(for: clip.shape).plan
      plan.threads = threads
      let clock = threads == 1 ? Clock.processor : .wall
      guard !orders else {
        var orders = Orders(plan, clip, clock)
        return try orders.answerAll()
      }
      let times = try Times(of: plan, clip, seconds: seconds, by: clock)
      print(
        "{\"file\": \"\(file)\", \"step\": \(times.step), \"clip\": \(times.clip), "
          + "\"stream\": \(times.stream)}")
    }
  }
}
