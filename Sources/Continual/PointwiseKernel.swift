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

/// A pointwise kernel that can put its outputs where its inputs are, so that no frame is moved.
///
/// Its outputs have the shape of its inputs. A plan has it work in place where nobody else reads the
/// inputs.
public protocol InPlaceKernel: PointwiseKernel {
  /// Computes `frames` frames, laid out as a clip (B, C, T, S…) with T = `frames`.
  ///
  /// - Parameters:
  ///   - input: the frames; nil where they are in `output`. The bits of the outputs are the same.
  ///   - frames: T.
  ///   - output: receives the outputs.
  ///   - scratch: at least ``Kernel/scratch(frames:)`` floats, which hold anything.
  func apply(
    _ input: Span<Float>?, frames: Int, into output: inout MutableSpan<Float>,
    scratch: inout MutableSpan<Float>)
}

extension InPlaceKernel {
  public func apply(
    _ input: Span<Float>, frames: Int, into output: inout MutableSpan<Float>,
    scratch: inout MutableSpan<Float>
  ) {
    apply(Optional(input), frames: frames, into: &output, scratch: &scratch)
  }
}
