import Tensors

/// Gives each frame other axes, as `continual.Reshape`.
///
/// The elements of a frame stay in their order. Clip and step have the same bits.
public struct Reshape: Module {
  /// The axes of a frame that comes out, batch first and without time; one may be -1.
  public let shape: [Int]

  /// Makes a reshape.
  ///
  /// - Parameter shape: at least two axes, batch first and without time. One of them may be -1, and
  ///   is as long as the elements need.
  /// - Throws: ``ModuleError`` where there are fewer axes, or more than one -1.
  public init(shape: [Int]) throws(ModuleError) {
    self.shape = shape
    var check = ArgumentCheck()
    check.require(
      shape.count >= 2 && shape.allSatisfy { $0 >= -1 } && shape.count(where: { $0 == -1 }) <= 1,
      "shape is \(Arguments.tuple(shape)); it must have a batch, channels, and at most one -1")
    try check.finish()
  }

  public var typeName: String { "Reshape" }

  public var summary: String { Arguments.tuple(shape) }

  public func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire {
    let frame = input.frame
    let given = Shape(checking: shape.filter { $0 != -1 })
    var axes = shape
    if let place = shape.firstIndex(of: -1), let given, given.count > 0 {
      axes[place] = frame.count / given.count
    }
    guard let output = Shape(checking: axes), output.count == frame.count else {
      throw ModuleError(
        .shape,
        "a frame \(frame) of \(frame.count) elements cannot have the shape "
          + Arguments.tuple(shape))
    }
    return plan.append(ReshapeKernel(inputFrame: frame, outputFrame: output), to: input)
  }
}

/// Makes one axis of several, as `torch.nn.Flatten`.
///
/// In a network of frames it takes (B, C, H, W) to (B, C * H * W). In one of clips, time cannot be
/// flattened unless a clip has one frame there, as after a pool of the whole clip.
public struct Flatten: Module {
  /// The first of the axes.
  public let start: Axis

  /// The last of the axes.
  public let end: Axis

  /// Makes a flattening.
  ///
  /// - Parameters:
  ///   - start: the first of the axes; not the batch.
  ///   - end: the last of the axes, counted in the same way.
  public init(start: Axis = .clip(1), end: Axis = .clip(-1)) {
    self.start = start
    self.end = end
  }

  public var typeName: String { "Flatten" }

  public var summary: String { "start_dim=\(start.dimension), end_dim=\(end.dimension)" }

  public func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire {
    let frame = input.frame
    let first = try start.index(inClipsOf: frame)
    let last = try end.index(inClipsOf: frame)
    guard first < last else {
      if first == last { return input }
      throw ModuleError(
        .argument, "start_dim=\(start.dimension) is behind end_dim=\(end.dimension)")
    }
    guard first > 0 else {
      throw ModuleError(
        .notStreamable, "start_dim=\(start.dimension) flattens the batch; start with 1")
    }
    if case .clip = start, (first...last).contains(AxisLayout.time), !plan.isWholeClip(input) {
      throw ModuleError(
        .notStreamable,
        "flattens time, and a stream has no end; flatten behind a pool of the whole clip, or apply the "
          + "module to each frame")
    }
    // Time is no axis of a frame; where the range starts or ends with it, it goes on from there.
    let from = first > AxisLayout.time ? first - 1 : first
    let to = last >= AxisLayout.time ? last - 1 : last
    guard from < to else { return input }
    let flat = frame.axes[from...to].reduce(1, *)
    let output = Shape(frame.axes[..<from] + [flat] + frame.axes[(to + 1)...])
    return plan.append(ReshapeKernel(inputFrame: frame, outputFrame: output), to: input)
  }
}

/// Moves the elements of frames from planes of one size to planes of another.
private struct ReshapeKernel: PointwiseKernel {
  let inputFrame: Shape
  let outputFrame: Shape

  func apply(
    _ input: Span<Float>, frames: Int, into output: inout MutableSpan<Float>,
    scratch: inout MutableSpan<Float>
  ) {
    if frames == 1 { return copy(input, into: &output) }
    let (source, target) = (inputFrame.plane, outputFrame.plane)
    for time in 0..<frames {
      for element in 0..<inputFrame.count {
        let from = (element / source * frames + time) * source + element % source
        let to = (element / target * frames + time) * target + element % target
        output[to] = input[from]
      }
    }
  }
}
