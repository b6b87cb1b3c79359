import Continual
import Tensors

/// What the steps of a network take, its clips and the making of a stream.
struct Times {
  let step: Figure
  let clip: Figure
  let stream: Figure

  init(of plan: Plan, _ clip: Tensor, seconds: Double, by clock: Clock) throws {
    var stepping = Stepping(plan, clip)
    step = Figure(seconds: seconds, by: clock, period: plan.period ?? 1) { count in
      stepping.run(count)
    }
    self.clip = try Figure(seconds: seconds, by: clock) { count in
      for _ in 0..<count { _ = try plan.forward(clip) }
    }
    stream = Figure(seconds: seconds / 4, by: clock) { count in
      for _ in 0..<count { stepping.stream = plan.makeStream() }
    }
  }
}

/// Steps through the frames of a clip, again and again.
struct Stepping {
  var stream: LiveStream
  private let frames: [[Float]]
  private var output: [Float]
  private var next = 0

  /// Starts behind the warm-up, in which a step does less.
  init(_ plan: Plan, _ clip: Tensor) {
    frames = (0..<clip.shape[2]).map { clip.frame($0).scalars }
    stream = plan.makeStream()
    output = [Float](repeating: 0, count: plan.mostOutputsOfStep * plan.output.frame.count)
    run(max(frames.count, plan.timing.warmUp + 1))
  }

  /// Takes so many steps.
  mutating func run(_ count: Int) {
    // Out of the struct, which a step changes in other parts.
    var made: [Float] = []
    swap(&made, &output)
    defer { swap(&made, &output) }
    var target = made.mutableSpan
    for _ in 0..<count {
      let frame = frames[next]
      _ = stream.step(frame.span, into: &target)
      next = next + 1 == frames.count ? 0 : next + 1
    }
  }
}
