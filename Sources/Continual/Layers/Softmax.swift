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

/// Works in double precision; the sum runs along the axis in order.
private struct SoftmaxKernel: Kernel {
  let outputFrame: Shape
  let kind: Softmax.Kind
  let axis: AxisLayout

  func advance(
    _ input: Span<Float>, frames: Int, into output: inout MutableSpan<Float>, outputs: Int,
    ends: Bool, memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) {
    // Along time, a step sees one frame.
    apply(input, axis.isTime ? (input.count, 1, 1) : axis.sizes(frames: frames), into: &output)
  }

  func forward(
    _ clip: Span<Float>, frames: Int, into output: inout MutableSpan<Float>, outputs: Int,
    memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) throws(ModuleError) {
    apply(clip, axis.sizes(frames: frames), into: &output)
  }

  private func apply(
    _ input: Span<Float>, _ sizes: (outer: Int, length: Int, inner: Int),
    into output: inout MutableSpan<Float>
  ) {
    let (outer, length, inner) = sizes
    let sign: Float = kind == .softmin ? -1 : 1
    for row in 0..<outer * inner {
      let start = row / inner * length * inner + row % inner
      var largest = -Float.infinity
      for place in 0..<length {
        largest = maximum(largest, sign * input[start + place * inner])
      }
      let offset = Double(largest)
      var sum = 0.0
      for place in 0..<length {
        let index = start + place * inner
        let power = Elementary.exp(Double(sign * input[index]) - offset)
        output[index] = Float(power)
        sum += power
      }
      let logarithm = Elementary.log(sum)
      for place in 0..<length {
        let index = start + place * inner
        output[index] =
          kind == .logSoftmax
          ? Float(Double(input[index]) - offset - logarithm) : Float(Double(output[index]) / sum)
      }
    }
  }
}
