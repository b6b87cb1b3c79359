/// A kernel without memory, whose outputs are each made of one frame.
///
/// Activations, normalization with stored statistics and linear layers are of this kind: one
/// function serves steps, chunks and clips.
public protocol PointwiseKernel: Kernel {
  /// Computes `frames` frames, laid out as a clip (B, C, T, S…) with T = `frames`.
  func apply(
    _ input: Span<Float>, frames: Int, into output: inout MutableSpan<Float>,
    scratch: inout MutableSpan<Float>)
}

extension PointwiseKernel {
  public func advance(
    _ input: Span<Float>, frames: Int, into output: inout MutableSpan<Float>, outputs: Int,
    ends: Bool, memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) {
    guard frames > 0 else { return }
    apply(input, frames: frames, into: &output, scratch: &scratch)
  }
}
