package import Continual
package import Tensors
package import TorchModels

/// How a clip is computed.
package enum RunMode: String, Hashable, Sendable, CaseIterable {
  /// At once.
  case forward
  /// As one chunk of a stream.
  case forwardSteps = "forward-steps"
  /// Frame by frame.
  case forwardStep = "forward-step"
}

extension LoadedModel {
  /// What a run yields.
  package struct Output: Sendable {
    /// The output (B, C', T', S'…); without an axis of time where PyTorch's has none.
    package let tensor: Tensor
    /// The index of the input frame whose step yielded each output frame; nil where the mode has no
    /// steps.
    ///
    /// What only the end padding makes possible has the index after the last frame.
    package let steps: [Int]?
  }

  /// Computes a clip.
  ///
  /// - Parameters:
  ///   - clip: (B, C, T, S…).
  ///   - plan: of this network, for such clips.
  ///   - mode: how.
  ///   - padEnd: whether a stream also yields what needs the padding behind the clip; a whole clip
  ///     always has it.
  ///   - isAligned: whether single steps match the frames of branches by their index also where the
  ///     network, as it is written, joins others.
  ///   - chunk: how many frames a stream takes at a time, where it is not asked for single steps; nil for all.
  /// - Returns: the output, and its steps.
  /// - Throws: `LoadError` where the network does not take the clip, or has no end of a clip as it is
  ///   written.
  package func run(
    _ clip: Tensor, by plan: Plan, mode: RunMode, padEnd: Bool = false, isAligned: Bool = false,
    chunk: Int? = nil
  ) throws(LoadError) -> Output {
    do throws(ModuleError) {
      switch mode {
      case .forward:
        let result = try plan.forward(clip)
        // As PyTorch's output, which has no axis of time behind a Flatten of whole clips.
        let hasTime = !(endsWithoutTime && result.shape[2] == 1)
        return Output(
          tensor: hasTime ? result : result.reshaped(result.shape.frame), steps: nil)
      case .forwardSteps:
        return Output(
          tensor: try LoadedModel.chunks(plan, of: chunk ?? clip.shape[2], clip, padEnd: padEnd),
          steps: nil)
      case .forwardStep:
        if !isAligned, let wrong = plan.misalignments.first {
          return try LoadedModel.written(plan, through: clip, padEnd: padEnd, wrong)
        }
        return try LoadedModel.step(plan, through: clip, padEnd: padEnd)
      }
    } catch {
      throw .module(file: file, error)
    }
  }

  /// Joins what comes in the same step, as the network is written.
  private static func written(
    _ plan: Plan, through clip: Tensor, padEnd: Bool, _ wrong: Misalignment
  ) throws(ModuleError) -> Output {
    guard !padEnd else {
      throw ModuleError(
        .branches(.endOfMisaligned), path: wrong.path.isEmpty ? [] : [wrong.path])
    }
    let written = plan.steppedAsWritten(through: clip)
    return Output(tensor: written.output, steps: written.steps)
  }

  /// So many frames at a time.
  private static func chunks(
    _ plan: Plan, of length: Int, _ clip: Tensor, padEnd: Bool
  ) throws(ModuleError) -> Tensor {
    var stream = plan.makeStream()
    let end = clip.shape[2]
    guard length < end else { return try stream.forwardSteps(clip, padEnd: padEnd) }
    var frames: [[Float]] = []
    for start in Swift.stride(from: 0, to: end, by: length) {
      let next = min(start + length, end)
      let made = try stream.forwardSteps(
        clip.frames(start..<next), padEnd: padEnd && next == end)
      frames += (0..<made.shape[2]).map { made.frame($0).scalars }
    }
    return Tensor(frames: frames, of: plan.output.frame)
  }

  private static func step(
    _ plan: Plan, through clip: Tensor, padEnd: Bool
  ) throws(ModuleError) -> Output {
    var stream = plan.makeStream()
    var frames: [[Float]] = []
    var steps: [Int] = []
    let end = clip.shape[2]
    for time in 0..<(padEnd ? end + 1 : end) {
      let made = try stream.forwardSteps(
        clip.frames(time..<min(time + 1, end)), padEnd: time == end)
      frames += (0..<made.shape[2]).map { made.frame($0).scalars }
      steps += [Int](repeating: time, count: made.shape[2])
    }
    return Output(tensor: Tensor(frames: frames, of: plan.output.frame), steps: steps)
  }
}
