public import Tensors

/// Exponentials along one axis, divided by their sum, as `Softmax`, `Softmin`, `LogSoftmax` and
/// `Softmax2d` of `torch.nn`.
///
/// Takes and makes clips of any shape. Along any axis but time, clip and step have the same bits.
/// Along time they mean different things: a step sees one frame only, and so yields 1 (or 0 for
/// `LogSoftmax`), as the Python library does.
public struct Softmax: Module {
  /// Which function.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// e^x / sum(e^x)
    case softmax = "Softmax"
    /// The same of -x.
    case softmin = "Softmin"
    /// The logarithm of it.
    case logSoftmax = "LogSoftmax"
    /// Over the third axis from the end, the channels of images; takes 3 or 4 axes.
    case softmax2d = "Softmax2d"
  }

  /// Which function.
  public let kind: Kind

  /// Along which axis; nil for PyTorch's choice.
  public let axis: Axis?

  /// Whether the module is applied to each frame; of interest where PyTorch chooses the axis.
  public let isFramewise: Bool

  /// Makes a softmax along an axis.
  ///
  /// - Parameters:
  ///   - kind: which function.
  ///   - axis: `dim`; nil for what PyTorch takes then: 0 for inputs of 0, 1 and 3 axes, and 1 for
  ///     all others. `Softmax2d` takes none.
  ///   - isFramewise: whether the module is applied to each frame, so that PyTorch counts the axes
  ///     of frames.
  /// - Throws: ``ModuleError`` where a `Softmax2d` is given an axis.
  public init(_ kind: Kind, axis: Axis?, isFramewise: Bool = false) throws(ModuleError) {
    guard kind != .softmax2d || axis == nil else {
      throw ModuleError(.arguments([.softmaxAxis]))
    }
    self.kind = kind
    self.axis = axis
    self.isFramewise = isFramewise
  }

  public var typeName: String { kind.rawValue }

  public var summary: String {
    kind == .softmax2d ? "" : "dim=" + (axis.map { String($0.dimension) } ?? "None")
  }

  /// The axis of clips.
  private func index(inClipsOf frame: Shape) throws(ModuleError) -> Int {
    if let axis { return try axis.index(inClipsOf: frame) }
    let rank = isFramewise ? frame.rank : frame.rank + 1
    let dimension =
      if kind == .softmax2d { -3 } else { rank == 3 ? 0 : 1 }
    guard kind != .softmax2d || rank == 3 || rank == 4 else {
      throw ModuleError(.frame(.softmax(axes: rank)))
    }
    return try (isFramewise ? Axis.frame(dimension) : .clip(dimension)).index(inClipsOf: frame)
  }

  public func divergence(frame: Shape) -> String? {
    guard (try? index(inClipsOf: frame)) == AxisLayout.time else { return nil }
    return "sums over time: over all frames of a clip, and in steps over one frame"
  }

  public func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire {
    let axis = AxisLayout(try index(inClipsOf: input.frame), frame: input.frame)
    return plan.append(SoftmaxKernel(outputFrame: input.frame, kind: kind, axis: axis), to: input)
  }
}

private struct SoftmaxKernel: Kernel {
  let outputFrame: Shape
  let kind: Softmax.Kind
  let axis: AxisLayout

  func scratch(frames: Int) -> Int { SoftmaxLoops.work(axis.sizes(frames: frames)) }

  func advance(
    _ input: Span<Float>, frames: Int, into output: inout MutableSpan<Float>, outputs: Int,
    ends: Bool, memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) {
    // Along time, a step sees one frame.
    let sizes = axis.isTime ? (input.count, 1, 1) : axis.sizes(frames: frames)
    apply(input, sizes, into: &output, scratch: &scratch)
  }

  func forward(
    _ clip: Span<Float>, frames: Int, into output: inout MutableSpan<Float>, outputs: Int,
    memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) throws(ModuleError) {
    apply(clip, axis.sizes(frames: frames), into: &output, scratch: &scratch)
  }

  private func apply(
    _ input: Span<Float>, _ sizes: SoftmaxLoops.Sizes, into output: inout MutableSpan<Float>,
    scratch: inout MutableSpan<Float>
  ) {
    let function: SoftmaxLoops.Kind =
      switch kind {
      case .softmax, .softmax2d: .softmax
      case .softmin: .softmin
      case .logSoftmax: .logarithm
      }
    SoftmaxLoops.apply(function, input, into: &output, sizes, work: &scratch)
  }
}
