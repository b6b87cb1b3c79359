import Tensors

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
        .arguments([.flattened(start: start.dimension, end: end.dimension)]))
    }
    guard first > 0 else {
      throw ModuleError(.stream(.flattenedBatch(dimension: start.dimension)))
    }
    if case .clip = start, (first...last).contains(AxisLayout.time), !plan.isWholeClip(input) {
      throw ModuleError(.stream(.flattenedTime))
    }
    // Time is not an axis of a frame; where the range starts or ends with it, it goes on from there.
    let from = first > AxisLayout.time ? first - 1 : first
    let to = last >= AxisLayout.time ? last - 1 : last
    guard from < to else { return input }
    let flat = frame.axes[from...to].reduce(1, *)
    let output = Shape(frame.axes[..<from] + [flat] + frame.axes[(to + 1)...])
    return plan.append(ReshapeKernel(inputFrame: frame, outputFrame: output), to: input)
  }
}
