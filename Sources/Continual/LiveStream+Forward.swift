public import Tensors

extension LiveStream {
  /// Takes one frame and returns the output that is due, as `forward_step` does.
  ///
  /// Allocates the result; ``step(_:into:observer:)`` does not.
  ///
  /// - Parameter frame: (B, C, S…).
  /// - Returns: (B, C', S'…), or nil where no output is due: in the first ``Timing/warmUp`` steps,
  ///   and between the outputs of a strided network.
  /// - Throws: ``ModuleError`` where the frame has another shape than the plan's.
  public mutating func forwardStep(_ frame: Tensor) throws(ModuleError) -> Tensor? {
    guard frame.shape == plan.inputFrame else {
      throw ModuleError(
        .shape, "the frame has shape \(frame.shape), expected \(plan.inputFrame)")
    }
    var scalars = [Float](repeating: 0, count: plan.output.frame.count)
    var output = scalars.mutableSpan
    let isDue = step(frame.scalars.span, into: &output)
    return isDue ? Tensor(plan.output.frame, scalars) : nil
  }

  /// Takes the frames of a chunk and returns the outputs that are due, as `forward_steps` does.
  ///
  /// With end padding, the outputs of a fresh stream are those of ``Plan/forward(_:observer:)``: all
  /// of them. The stream itself stays as it is after the last real frame, and can be continued.
  ///
  /// - Parameters:
  ///   - chunk: (B, C, T, S…), any T.
  ///   - padEnd: whether the clip ends with this chunk, so that the outputs that depend on the
  ///     padding behind it are due as well.
  ///   - observer: called with the index in ``Plan/nodes`` and the output of each node that yields
  ///     a frame.
  /// - Returns: (B, C', T', S'…); T' is zero where nothing is due.
  /// - Throws: ``ModuleError`` where the frames have another shape than the plan's, and where
  ///   branches that are joined have different numbers of frames at the end of the clip.
  public mutating func forwardSteps(
    _ chunk: Tensor, padEnd: Bool = false,
    observer: (_ node: Int, _ output: Span<Float>) -> Void = { _, _ in }
  ) throws(ModuleError) -> Tensor {
    try plan.check(chunk)
    var outputs: [[Float]] = []
    var frame = [Float](repeating: 0, count: plan.output.frame.count)
    for time in 0..<chunk.shape[2] {
      var output = frame.mutableSpan
      if step(chunk.frame(time).scalars.span, into: &output, observer: observer) {
        outputs.append(frame)
      }
    }
    if padEnd {
      var ending = self
      outputs += try ending.drain(observer: observer)
    }
    return Tensor(frames: outputs, of: plan.output.frame)
  }
}
