public import Tensors

/// A kernel without memory that treats a frame as a clip of one frame.
///
/// Activations, normalization with stored statistics and linear layers are of this kind: one
/// function serves `forward` and `step`.
public protocol PointwiseKernel: Kernel {
  /// Computes `frames` frames, laid out as a clip (B, C, T, S…) with T = `frames`.
  func apply(
    _ input: Span<Float>, frames: Int, into output: inout MutableSpan<Float>,
    scratch: inout MutableSpan<Float>)
}

extension PointwiseKernel {
  public func step(
    _ frame: Span<Float>, into output: inout MutableSpan<Float>,
    memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) -> Bool {
    apply(frame, frames: 1, into: &output, scratch: &scratch)
    return true
  }

  public func forward(_ clip: Tensor) throws(ModuleError) -> Tensor {
    let frames = clip.shape[2]
    let shape = outputFrame.clip(frames: frames)
    var scalars = [Float](repeating: 0, count: shape.count)
    var scratch = [Float](repeating: 0, count: scratch)
    var output = scalars.mutableSpan
    var work = scratch.mutableSpan
    apply(clip.scalars.span, frames: frames, into: &output, scratch: &work)
    return Tensor(shape, scalars)
  }
}
