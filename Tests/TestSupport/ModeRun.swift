public import Continual
public import Tensors

/// What a module makes of a clip in each mode.
public struct ModeRun {
  /// The whole clip at once.
  public let forward: Tensor

  /// The outputs of single steps.
  public let steps: [Tensor]

  /// The index of the step that yielded each of them.
  public let stepIndices: [Int]

  /// The outputs of all steps in one call, without end padding.
  public let chunk: Tensor

  /// The outputs of all steps in one call, with end padding.
  public let padded: Tensor

  /// What the module says of its timing.
  public let timing: Timing

  /// Runs a module on a clip in all modes.
  ///
  /// - Parameters:
  ///   - module: what to run.
  ///   - clip: (B, C, T, S…).
  ///   - clipLength: as in `Plan`.
  /// - Throws: `ModuleError` where the clip does not fit.
  public init(_ module: any Module, clip: Tensor, clipLength: Int? = nil) throws {
    try self.init(Plan(module, frame: clip.shape.frame, clipLength: clipLength), clip: clip)
  }

  /// Runs a plan on a clip in all modes, each from a fresh stream.
  ///
  /// - Parameters:
  ///   - plan: what to run.
  ///   - clip: (B, C, T, S…).
  /// - Throws: `ModuleError` where the clip does not fit.
  public init(_ plan: Plan, clip: Tensor) throws {
    forward = try plan.forward(clip)
    var stream = plan.makeStream()
    var steps: [Tensor] = []
    var stepIndices: [Int] = []
    for time in 0..<clip.shape[2] {
      guard let output = try stream.forwardStep(clip.frame(time)) else { continue }
      // Where a step can yield several frames, they are a clip.
      let due =
        output.shape == plan.output.frame
        ? [output] : (0..<output.shape[2]).map { output.frame($0) }
      steps += due
      stepIndices += due.map { _ in time }
    }
    (self.steps, self.stepIndices) = (steps, stepIndices)
    stream = plan.makeStream()
    chunk = try stream.forwardSteps(clip)
    stream = plan.makeStream()
    padded = try stream.forwardSteps(clip, padEnd: true)
    timing = plan.timing
    frame = plan.output.frame
  }

  private let frame: Shape

  /// The outputs of the steps, as a clip.
  public var stacked: Tensor { Tensor(frames: steps.map(\.scalars), of: frame) }

  /// How the modes differ, in sentences; empty where the steps are the first frames of the clip, come
  /// when the timing says, and are completed by the end padding, all bit by bit.
  public var differences: [String] {
    var found: [String] = []
    let expected = (0..<steps.count).map { timing.step(ofOutput: $0) }
    if stepIndices != expected { found.append("steps \(stepIndices), not \(expected)") }
    if !padded.hasSameBits(as: forward) {
      found.append("with end padding \(padded.shape) \(padded.scalars), not \(forward.scalars)")
    }
    if !chunk.hasSameBits(as: stacked) {
      found.append("in one chunk \(chunk.shape) \(chunk.scalars), not \(stacked.scalars)")
    }
    if steps.count > forward.shape[2] {
      found.append("\(steps.count) steps yield a frame, but the clip has \(forward.shape[2])")
    }
    for (index, step) in steps.enumerated() where index < forward.shape[2] {
      let frame = forward.frame(index)
      if !step.hasSameBits(as: frame) {
        found.append("step \(index) yields \(step.scalars), not \(frame.scalars)")
      }
    }
    return found
  }
}

extension Tensor {
  /// A clip of small multiples of 1/8, the same as `((37 * i) % 23 - 11) / 8` in the scripts that
  /// made the numbers of the tests with PyTorch.
  public static func sawtooth(_ shape: Shape) -> Tensor {
    Tensor(shape, (0..<shape.count).map { Float((37 * $0) % 23 - 11) / 8 })
  }
}
