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
    let plan = try Plan(module, frame: clip.shape.frame, clipLength: clipLength)
    let modes = try ClipModes(plan, clip)
    forward = try plan.forward(clip)
    // Where a step can yield several frames, they are a clip.
    let due = modes.steps.map { output -> [Tensor] in
      guard let output else { return [] }
      return output.shape == plan.output.frame
        ? [output] : (0..<output.shape[2]).map { output.frame($0) }
    }
    steps = due.flatMap(\.self)
    stepIndices = due.enumerated().flatMap { step, frames in frames.map { _ in step } }
    padded = modes.padded
    timing = plan.timing
  }

  /// How the modes differ, in sentences; empty where the steps are the first frames of the clip, come
  /// when the timing says, and are completed by the end padding, all bit by bit.
  public var differences: [String] {
    var found: [String] = []
    let expected = (0..<steps.count).map { timing.step(ofOutput: $0) }
    if stepIndices != expected { found.append("steps \(stepIndices), not \(expected)") }
    if !padded.hasSameBits(as: forward) {
      found.append("with end padding \(padded.shape) \(padded.scalars), not \(forward.scalars)")
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
