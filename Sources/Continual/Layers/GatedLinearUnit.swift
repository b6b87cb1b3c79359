import Tensors

/// The first half of an axis times the sigmoid of the second, as `torch.nn.GLU`.
///
/// Takes clips of any shape, and halves the length of the axis, which cannot be time. Clip and step
/// have the same bits.
public struct GatedLinearUnit: Module {
  /// Which axis is halved.
  public let axis: Axis

  /// Makes a gate along an axis.
  ///
  /// - Parameter axis: `dim`, in PyTorch by default the last one.
  public init(axis: Axis) { self.axis = axis }

  public var typeName: String { "GLU" }

  public var summary: String { "dim=\(axis.dimension)" }

  public func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire {
    let index = try axis.index(inClipsOf: input.frame)
    guard index != AxisLayout.time else {
      throw ModuleError(.stream(.halvedTime(dimension: axis.dimension)))
    }
    var axes = input.frame.axes
    let place = AxisLayout.inFrames(index)
    guard axes[place].isMultiple(of: 2) else {
      throw ModuleError(.frame(.odd(axis: index, length: axes[place])))
    }
    axes[place] /= 2
    let frame = Shape(axes)
    return plan.append(
      GatedLinearUnitKernel(outputFrame: frame, axis: AxisLayout(index, frame: frame)), to: input)
  }
}

private struct GatedLinearUnitKernel: PointwiseKernel {
  let outputFrame: Shape
  let axis: AxisLayout

  func apply(
    _ input: Span<Float>, frames: Int, into output: inout MutableSpan<Float>,
    scratch: inout MutableSpan<Float>
  ) {
    let (outer, length, inner) = axis.sizes(frames: frames)
    let half = length * inner
    for row in 0..<outer {
      let values = input.extracting(2 * row * half..<(2 * row + 1) * half)
      let gates = input.extracting((2 * row + 1) * half..<(2 * row + 2) * half)
      var target = output._mutatingExtracting(row * half..<(row + 1) * half)
      ActivationLoops.gated(values, by: gates, into: &target)
    }
  }
}
