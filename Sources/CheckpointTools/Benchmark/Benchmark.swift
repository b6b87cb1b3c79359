package import Continual
package import Tensors
import Verification

/// How long a network takes in each mode, and what it remembers.
///
/// All of it runs on one thread, in this process, with the plan that verification uses.
package struct Benchmark: Sendable {
  /// A module in a step.
  package struct Layer: Sendable {
    /// Its path.
    package let path: String
    /// Its class.
    package let type: String
    /// The median time that a step spends in it, in seconds.
    package let seconds: Double
    /// The operations of a step, two for each multiplication with its sum.
    package let operations: Double
  }

  /// How large the clip is (B, C, T, S…).
  package let clip: Shape

  /// A step; nil for a network without steps.
  package let step: TimedRuns?

  /// A clip at once.
  package let forward: TimedRuns

  /// A clip as one chunk of a stream; nil for a network without steps.
  package let chunk: TimedRuns?

  /// The modules in a step, each as long as it takes there.
  package let layers: [Layer]

  /// The number of frames of the window that steps make needless: the receptive field, or the clip where a
  /// window so long cannot be computed.
  package let windowFrames: Int

  /// That window computed at once.
  package let window: TimedRuns

  /// How many frames later than its input an output comes.
  package let delay: Int

  /// The bytes that a stream remembers.
  package let stateBytes: Int

  /// How many threads computed at most.
  package let threads: Int

  /// The operations of a step, two for each multiplication with its sum.
  package let operations: Double

  /// The loop by which machines are compared.
  package let calibration: TimedRuns

  /// How many times faster a step is than computing its window anew.
  package var speedUp: Double? { step.map { window.median / $0.median } }

  /// Times a network.
  ///
  /// - Parameters:
  ///   - plan: the network.
  ///   - frames: the number of frames of the clips.
  ///   - hasSteps: whether it has steps.
  ///   - seconds: how long each mode is timed.
  /// - Throws: `ModuleError` where the network does not take the clip.
  package init(of plan: Plan, frames: Int, hasSteps: Bool, seconds: Double) throws {
    let input = InputProfile.normal.clip(of: plan.inputFrame, frames: frames, seed: 1, clip: 0)
    clip = input.shape
    delay = plan.timing.delay
    threads = plan.threads
    stateBytes = plan.stateByteCount
    let field = plan.timing.receptiveField
    let windowed = InputProfile.normal.clip(
      of: plan.inputFrame, frames: field, seed: 1, clip: 1)
    let canWindow = field != frames && (try? plan.forward(windowed)) != nil
    windowFrames = canWindow ? field : frames
    let window = canWindow ? windowed : input

    var calibration = CalibrationLoop()
    var stepping = SteppingTask(plan, input)
    var tasks: [TimedRounds.Task] = [
      .init { count in for _ in 0..<count { calibration.run() } },
      .init { count in for _ in 0..<count { _ = try plan.forward(input) } },
      .init { count in for _ in 0..<count { _ = try plan.forward(window) } },
    ]
    if hasSteps {
      tasks.append(.init { count in stepping.run(count) })
      tasks.append(
        .init { count in
          for _ in 0..<count {
            var stream = plan.makeStream()
            _ = try stream.forwardSteps(input, padEnd: false)
          }
        })
    }
    let times = try TimedRounds.times(of: tasks, seconds: seconds, rounds: 15)
    precondition(calibration.result.isFinite)
    self.calibration = times[0]
    forward = times[1]
    self.window = times[2]
    step = hasSteps ? times[3] : nil
    chunk = hasSteps ? times[4] : nil
    let operations = Benchmark.operations(of: plan)
    layers =
      hasSteps ? LayerTimes(plan, input).layers(seconds: seconds, operations: operations) : []
    self.operations = operations.reduce(0) { $0 + $1.value }
  }

  /// The operations of a step in each module with work of its own, by its index.
  private static func operations(of plan: Plan) -> [Int: Double] {
    Dictionary(
      uniqueKeysWithValues: plan.judgedModules.map { index in
        let rate = plan.timing(of: plan.modules[index].output).rate
        let each = plan.oracleCost(ofModule: index)
        return (index, 2 * each * Double(rate.up) / Double(rate.down))
      })
  }
}

/// Steps through the frames of a clip, again and again.
struct SteppingTask {
  private let frames: [[Float]]
  private var stream: LiveStream
  private var output: [Float]
  private var next = 0

  /// Starts behind the warm-up, in which a step does less.
  init(_ plan: Plan, _ clip: Tensor) {
    frames = (0..<clip.shape[2]).map { clip.frame($0).scalars }
    stream = plan.makeStream()
    output = [Float](repeating: 0, count: plan.mostOutputsOfStep * plan.output.frame.count)
    run(min(plan.timing.warmUp, 10_000) + 1)
  }

  /// Takes so many steps.
  mutating func run(
    _ count: Int, observer: (_ node: Int) -> Void = { _ in }
  ) {
    // Out of the struct, which a step changes in other parts.
    var made: [Float] = []
    swap(&made, &output)
    defer { swap(&made, &output) }
    for _ in 0..<count {
      let frame = frames[next]
      var target = made.mutableSpan
      _ = stream.step(frame.span, into: &target) { node, _, _ in observer(node) }
      next = next + 1 == frames.count ? 0 : next + 1
    }
  }
}
