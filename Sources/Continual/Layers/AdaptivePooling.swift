public import Tensors

/// Pools a whole clip, as `AdaptiveAvgPool1d` to `AdaptiveAvgPool3d` and `AdaptiveMaxPool1d` to
/// `AdaptiveMaxPool3d` of `torch.nn` and of `continual`.
///
/// Takes (B, C, T), (B, C, T, S) or (B, C, T, H, W), by the number of axes of the output size, of
/// which the first is time. In space, a plane is divided into as many parts as the output size says,
/// which may share places where it does not divide the length.
///
/// In time, `forward` makes one frame of the whole clip. A stream does not know a whole clip: its
/// steps pool the last ``window`` frames. Both mean the same for clips of that length only.
///
/// With an output size of nil in time, each frame is pooled by itself, in both modes.
public struct AdaptivePooling: Module {
  /// What a window becomes; `countIncludePad` and `divisorOverride` have no effect here.
  public let kind: Pooling.Kind

  /// The number of parts along each axis, time first; nil leaves an axis as it is.
  public let outputSize: [Int?]

  /// The number of frames that the steps pool, `kernel_size` in `continual`; nil for the number that
  /// the clips of the plan have here.
  public let window: Int?

  /// The number of frames from one step's window to the next.
  public let stride: Int

  /// The number of frames added at both ends of a stream.
  public let padding: Int

  /// The number of frames from one frame of a step's window to the next.
  public let dilation: Int

  /// What the steps take for missing frames; nil for what is never the largest, or zero.
  public let temporalFill: PaddingMode?

  /// The most parts of an axis: far more than any plane has places.
  private static let mostParts = 1 << 16

  /// Makes a pool of whole clips.
  ///
  /// - Parameters:
  ///   - kind: average or maximum.
  ///   - outputSize: one to three numbers, time first; in time only one and nil can be streamed.
  ///   - window: the number of frames that the steps pool; nil for the length of a clip.
  ///   - stride: the number of frames from one step's window to the next.
  ///   - padding: the number of frames added at both ends of a stream, at most half of the window.
  ///   - dilation: the number of frames from one frame of a step's window to the next.
  ///   - temporalFill: what the steps take for missing frames.
  /// - Throws: ``ModuleError`` that names all arguments that cannot be.
  public init(
    kind: Pooling.Kind, outputSize: [Int?], window: Int? = nil, stride: Int = 1,
    padding: Int = 0, dilation: Int = 1, temporalFill: PaddingMode? = nil
  ) throws(ModuleError) {
    self.kind = kind
    self.outputSize = outputSize
    self.window = window
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
    self.temporalFill = temporalFill
    var check = ArgumentCheck()
    let positive = 1...ArgumentCheck.largest
    check.require("the number of axes of output_size", [outputSize.count], in: 1...3)
    check.require("output_size", outputSize.compactMap(\.self), in: 1...AdaptivePooling.mostParts)
    check.require("kernel_size", [window ?? 1], in: positive)
    check.require("stride", [stride], in: positive)
    check.require("padding", [padding], in: 0...max(window ?? ArgumentCheck.largest, 0) / 2)
    check.require("dilation", [dilation], in: positive)
    check.require(fill: temporalFill)
    try check.finish()
  }

  public var typeName: String {
    (kind == .maximum ? "AdaptiveMaxPool" : "AdaptiveAvgPool") + "\(outputSize.count)d"
  }

  public var summary: String {
    var words = ["output_size=\(Arguments.tuple(outputSize))"]
    if let window { words.append("kernel_size=\(window)") }
    if stride != 1 { words.append("stride=\(stride)") }
    if padding != 0 { words.append("padding=\(padding)") }
    if dilation != 1 { words.append("dilation=\(dilation)") }
    if let temporalFill { words.append("temporal_fill=\"\(temporalFill.rawValue)\"") }
    return words.joined(separator: ", ")
  }

  /// Whether time is pooled at all.
  private var poolsTime: Bool { outputSize[0] != nil }

  public func divergence(frame: Shape) -> String? {
    guard poolsTime else { return nil }
    let frames = window.map { $0 == 1 ? "frame" : "\($0) frames" } ?? "frames of a clip's length"
    guard padding == 0, dilation == 1 else {
      return "pools the whole clip, and in steps a window of \(frames) with padding or dilation"
    }
    return "pools the whole clip, and in steps the last \(frames): the same only for clips of "
      + (window.map { $0 == 1 ? "one frame" : "\($0) frames" } ?? "that length")
  }

  public func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire {
    let frame = input.frame
    guard frame.rank == outputSize.count + 1 else {
      throw ModuleError(
        .frame(.axes(frame: frame, type: typeName, expected: outputSize.count + 1)))
    }
    let lengths = Array(frame.axes.dropFirst(2))
    let output = zip(outputSize.dropFirst(), lengths).map { $0 ?? $1 }
    let plane = PlanePool(
      isMaximum: kind == .maximum,
      windows: zip(output, lengths).map { PlanePool.adaptive($0, along: $1) },
      steps: lengths.map { _ in 1 }, lengths: lengths)
    let sliding = poolsTime ? try slidingWindow(at: input, in: plan) : WindowAxis()
    let kernel = try PoolingKernel(
      frame: frame, plane: plane, outputSpace: output,
      time: TemporalPool(
        window: sliding, isMaximum: kind == .maximum, countIncludePad: true, divisorOverride: nil,
        fill: temporalFill == kind.ownFill ? nil : temporalFill),
      isWholeClip: poolsTime)
    return plan.append(kernel, to: input)
  }

  private func slidingWindow(
    at input: Wire, in plan: PlanBuilder
  ) throws(ModuleError) -> WindowAxis {
    if let parts = outputSize[0], parts > 1 {
      throw ModuleError(.stream(.partsOfClip(parts)))
    }
    let known = plan.isWholeClip(input) ? 1 : plan.clipLength(of: input)
    guard let size = window ?? known else {
      throw ModuleError(.stream(.wholePool))
    }
    var check = ArgumentCheck()
    check.require("padding", [padding], in: 0...size / 2)
    try check.finish()
    return WindowAxis(
      kernel: size, stride: stride, dilation: dilation, before: padding, after: padding)
  }
}

extension AdaptivePooling: ClipWindowed {
  public var windowLength: Int? { window }

  public func with(windowLength: Int) throws(ModuleError) -> any Module {
    try AdaptivePooling(
      kind: kind, outputSize: outputSize, window: windowLength, stride: stride, padding: padding,
      dilation: dilation, temporalFill: temporalFill)
  }
}
