import Tensors

/// Some neighbours along an axis of each frame, as `torch.narrow`, and as the parts that `chunk`,
/// `split` and `x[:, a:b]` make.
///
/// Takes clips of any shape. Elements are moved and not changed: clip and step have the same bits. For
/// frames that are left out there are ``Skip`` and ``Delay``.
public struct Narrow: Module {
  /// The axis along which elements are left out.
  public let axis: Axis

  /// The first element that is kept, from zero.
  public let start: Int

  /// The number of elements that are kept.
  public let length: Int

  /// Keeps some neighbours along an axis.
  ///
  /// - Parameters:
  ///   - axis: neither the batch nor time.
  ///   - start: the first element that is kept, from zero.
  ///   - length: how many are kept, at least one.
  /// - Throws: ``ModuleError`` where one of the numbers is smaller.
  public init(axis: Axis, start: Int, length: Int) throws(ModuleError) {
    self.axis = axis
    self.start = start
    self.length = length
    var check = ArgumentCheck()
    check.require("start", [start], in: 0...ArgumentCheck.largest)
    check.require("length", [length], in: 1...ArgumentCheck.largest)
    try check.finish()
  }

  public var typeName: String { "Narrow" }

  public var summary: String { "dim=\(axis.dimension), start=\(start), length=\(length)" }

  public func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire {
    let index = try axis.index(inClipsOf: input.frame)
    guard index != AxisLayout.time else {
      throw ModuleError(.stream(.narrowedTime(dimension: axis.dimension)))
    }
    guard index > 0 else {
      throw ModuleError(.stream(.narrowedBatch(dimension: axis.dimension)))
    }
    var axes = input.frame.axes
    let place = AxisLayout.inFrames(index)
    guard start + length <= axes[place] else {
      throw ModuleError(
        .frame(
          .narrowed(axis: index, start: start, length: length, elements: axes[place])))
    }
    if length == axes[place] { return input }
    axes[place] = length
    return plan.append(
      NarrowKernel(
        outputFrame: Shape(axes), axis: AxisLayout(index, frame: input.frame), start: start,
        length: length), to: input)
  }
}

private struct NarrowKernel: PointwiseKernel {
  let outputFrame: Shape
  let axis: AxisLayout
  let start: Int
  let length: Int

  func apply(
    _ input: Span<Float>, frames: Int, into output: inout MutableSpan<Float>,
    scratch: inout MutableSpan<Float>
  ) {
    let (outer, whole, inner) = axis.sizes(frames: frames)
    let size = length * inner
    for row in 0..<outer {
      let first = (row * whole + start) * inner
      var target = output._mutatingExtracting(row * size..<(row + 1) * size)
      copy(input.extracting(first..<first + size), into: &target)
    }
  }
}
