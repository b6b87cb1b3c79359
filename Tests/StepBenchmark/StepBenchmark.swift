import ArgumentParser
import Continual
import Tensors
import TestSupport
import TorchModels

/// Times the steps of networks, their clips and the making of streams, and prints a line of JSON for each;
/// `scripts/bench_steps.py` makes the networks, and compares two builds.
@main
struct StepBenchmark: ParsableCommand {
  @Argument(help: "Networks that hold an example input.")
  var files: [String]

  @Option(help: "How long each figure is measured, in seconds.")
  var seconds = 0.3

  func validate() throws {
    guard seconds > 0, seconds.isFinite else { throw ValidationError("seconds above zero") }
  }

  func run() throws {
    for file in files {
      let model = try LoadedModel(contentsOf: file)
      guard let clip = model.reference?.input else {
        throw ValidationError("\(file) holds no example input")
      }
      let times = try Times(of: model.plan(for: clip.shape).plan, clip, seconds: seconds)
      print(
        "{\"file\": \"\(file)\", \"step\": \(times.step), \"clip\": \(times.clip), "
          + "\"stream\": \(times.stream)}")
    }
  }
}

/// What one run of something takes, in seconds of processor time.
struct Figure {
  /// The median of the rounds.
  let median: Double
  /// The shortest of them, with which other programs interfered least.
  let least: Double
}

extension Figure: CustomStringConvertible {
  var description: String { "{\"median\": \(median), \"least\": \(least)}" }
}

/// What the steps of a network take, its clips and the making of a stream.
struct Times {
  let step: Figure
  let clip: Figure
  let stream: Figure

  init(of plan: Plan, _ clip: Tensor, seconds: Double) throws {
    let frames = (0..<clip.shape[2]).map { clip.frame($0).scalars }
    var stream = plan.makeStream()
    var output = [Float](
      repeating: 0, count: plan.mostOutputsOfStep * plan.output.frame.count)
    var next = 0
    // Before the first output a step does less.
    var warmUp = output.mutableSpan
    for frame in frames { _ = stream.step(frame.span, into: &warmUp) }
    step = Times.figure(of: seconds) { count in
      var target = output.mutableSpan
      for _ in 0..<count {
        let frame = frames[next]
        _ = stream.step(frame.span, into: &target)
        next = next + 1 == frames.count ? 0 : next + 1
      }
    }
    self.clip = try Times.figure(of: seconds) { count in
      for _ in 0..<count { _ = try plan.forward(clip) }
    }
    self.stream = Times.figure(of: seconds / 4) { count in
      for _ in 0..<count { stream = plan.makeStream() }
    }
  }

  /// The time of one run, from as many rounds as take so long together.
  ///
  /// A round is long enough for the clock; the first ones, which warm up and find that number, do
  /// not count.
  private static func figure<Failure: Error>(
    of seconds: Double, _ run: (_ count: Int) throws(Failure) -> Void
  ) throws(Failure) -> Figure {
    func time(_ count: Int) throws(Failure) -> Double {
      let start = Usage()
      try run(count)
      return Usage().since(start).seconds
    }
    var count = 1
    while try time(count) < 0.002 { count *= 2 }
    var times: [Double] = []
    var total = 0.0
    while total < seconds || times.count < 3 {
      let round = try time(count)
      total += round
      times.append(round / Double(count))
    }
    times.sort()
    return Figure(median: times[times.count / 2], least: times[0])
  }
}
