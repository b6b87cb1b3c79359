import CMachine
import Continual
import Foundation
import Tensors
import TestSupport
import TorchModels
import Verification

/// A network that is timed in slices, so that other programs can be timed in between.
///
/// Orders come from the standard input, a line each, and each is answered by a line of JSON:
///
/// | order | answer |
/// |---|---|
/// | `figures` | what a step needs: operations, bytes of frames and of the state |
/// | `clip SECONDS`, `step SECONDS` | the median and the least time of a clip or a step |
/// | `walk FRAMES` | the mean time of a step in each tenth of so many, and the memory that they took |
/// | `make SECONDS` | the median and the least time in which a stream is made |
/// | `streams COUNT SECONDS` | the times of a step of so many streams in turn, and the bytes of the heap of one |
/// | `outputs FILE` | their numbers; the clip's and then the steps' outputs, as floats, are in the file |
/// | `machine` | the operations and bytes a second that this core can do |
struct Orders {
  private let plan: Plan
  private let clip: Tensor
  private let clock: Clock
  private var stepping: Stepping

  init(_ plan: Plan, _ clip: Tensor, _ clock: Clock) {
    self.clock = clock
    self.plan = plan
    self.clip = clip
    stepping = Stepping(plan, clip)
  }

  /// Answers until the input ends.
  mutating func answerAll() throws {
    while let line = readLine() {
      let words = line.split(separator: " ").map(String.init)
      print(try answer(words))
      fflush(nil)
    }
  }

  private mutating func answer(_ words: [String]) throws -> String {
    let numbers = words.dropFirst().compactMap { Double($0) }
    switch (words.first ?? "", words.count) {
    case ("figures", 1): return figures
    case ("clip", 2) where numbers.count == 1: return try clips(seconds: numbers[0]).description
    case ("step", 2) where numbers.count == 1:
      return Figure(seconds: numbers[0], by: clock, period: plan.period ?? 1) { count in
        stepping.run(count)
      }.description
    case ("walk", 2) where numbers.count == 1: return walk(Int(numbers[0]))
    case ("make", 2) where numbers.count == 1:
      var stream = plan.makeStream()
      let figure = Figure(seconds: numbers[0], by: clock) { count in
        for _ in 0..<count { stream = plan.makeStream() }
      }
      return withExtendedLifetime(stream) { figure.description }
    case ("streams", 3) where numbers.count == 2:
      return streams(Int(numbers[0]), seconds: numbers[1])
    case ("outputs", 2): return try writeOutputs(to: words[1])
    case ("machine", 1): return Orders.machine
    default: return "{\"error\": \"no such order\"}"
    }
  }

  private func clips(seconds: Double) throws -> Figure {
    try Figure(seconds: seconds, by: clock) { count in
      for _ in 0..<count { _ = try plan.forward(clip) }
    }
  }

  private var figures: String {
    let operations = plan.judgedModules.reduce(0) { sum, index in
      let rate = plan.timing(of: plan.modules[index].output).rate
      return sum + 2 * plan.oracleCost(ofModule: index) * Double(rate.up) / Double(rate.down)
    }
    let rate = plan.timing.rate
    let made = Double(plan.output.frame.count) * Double(rate.up) / Double(rate.down)
    let frames = 4 * (Double(plan.inputFrame.count) + made)
    return
      "{\"operations\": \(operations), \"frames\": \(frames), \"state\": \(plan.stateByteCount)}"
  }

  private mutating func walk(_ frames: Int) -> String {
    let before = Usage()
    let times = (0..<10).map { _ in
      let start = clock.now
      stepping.run(frames / 10)
      return (clock.now - start) / Double(frames / 10)
    }
    return "{\"times\": \(times), \"megabytes\": \(Usage().since(before).megabytes)}"
  }

  private func streams(_ count: Int, seconds: Double) -> String {
    let before = machine_bytes_in_use()
    var states = (0..<count).map { _ in plan.initialState }
    let bytes = machine_bytes_in_use() - before
    var runner = StreamRunner(plan)
    let frames = (0..<clip.shape[2]).map { clip.frame($0).scalars }
    var output = [Float](repeating: 0, count: plan.mostOutputsOfStep * plan.output.frame.count)
    var next = 0
    // All of them behind the warm-up, in which a step does less. Copies have memory of their own from their
    // first step on.
    for time in 0...max(frames.count, plan.timing.warmUp) {
      let frame = frames[time % frames.count]
      var target = output.mutableSpan
      _ = runner.step(frame.span, of: &states[0], into: &target)
    }
    states = [StreamState](repeating: states[0], count: count)
    let figure = Figure(seconds: seconds, by: clock) { rounds in
      var target = output.mutableSpan
      for _ in 0..<rounds {
        let frame = frames[next]
        for index in states.indices {
          _ = runner.step(frame.span, of: &states[index], into: &target)
        }
        next = next + 1 == frames.count ? 0 : next + 1
      }
    }
    let each = figure.divided(by: Double(count))
    return "{\"step\": \(each), \"bytes\": \(bytes / count)}"
  }

  private func writeOutputs(to file: String) throws -> String {
    let whole = try plan.forward(clip).scalars
    var stream = plan.makeStream()
    let steps = try stream.forwardSteps(clip).scalars
    let bytes = (whole + steps).flatMap { number in
      (0..<4).map { UInt8(truncatingIfNeeded: number.bitPattern >> (8 * $0)) }
    }
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    return "{\"clip\": \(whole.count), \"step\": \(steps.count)}"
  }

  /// The best of some tries, each long enough for the clock.
  private static var machine: String {
    func most(_ work: (Int) -> Double, rounds: Int) -> Double {
      (0..<8).reduce(0) { best, _ in
        let start = Usage.secondsOfThread
        let done = work(rounds)
        return max(best, done / (Usage.secondsOfThread - start))
      }
    }
    let operations = most({ machine_multiply_add($0) }, rounds: 1_000_000)
    let rates = [32, 512, 4096, 16384, 131_072].map { kilobytes in
      let rate = [machine_copy, machine_read].map { work in
        most({ work(kilobytes << 10, $0) }, rounds: (1 << 20) / kilobytes)
      }
      return "[\(kilobytes << 10), \(rate.max() ?? 0)]"
    }
    return "{\"operations\": \(operations), \"bytes\": [\(rates.joined(separator: ", "))]}"
  }
}
