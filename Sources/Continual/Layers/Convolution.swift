public import Tensors

/// A continual convolution over time and none, one or two space axes.
///
/// A clip (B, C, T, S…) is convolved like by `Conv1d`, `Conv2d` or `Conv3d` of `torch.nn` with `C` input
/// channels, `1 + rank(S)` dimensions, time first. A stream keeps the last `dilation * (kernel - 1) + 1`
/// frames, padded in space, and makes each output when its newest frame comes. Products are added in the
/// order time, input channel, height, width, starting at the bias, so clip and step agree bit for bit.
///
/// Missing frames at the start and the end of a clip are made by `paddingMode`; in a stream they are made
/// by `temporalFill`, and where the two differ, so do the outputs that touch them.
///
/// - A kernel of one frame with stride or padding in time keeps its schedule. (`continual` 1.2.4 starts
///   anew in each step.)
/// - With more padding than the kernel spans, output `j` comes in step `j * stride`. (`continual` loses
///   the first ones.)
/// - Dilation in time works. (`continual` refuses it.)
public struct Convolution: Module {
  /// How a convolution is padded.
  public typealias Padding = ConvolutionPadding

  /// The weights (Cout, Cin / groups, kT, kS…); made anew by each call once a plan has packed them.
  public var weight: Tensor { weights.tensor }

  /// The shape of the weights.
  public var weightShape: Shape { weights.shape }

  /// The biases (Cout).
  public let bias: Tensor?

  /// The number of groups of channels that do not mix; nil for as many as the channels that come in
  /// ask for.
  public let groups: Int?

  /// What pads a clip, in time and in space.
  public let paddingMode: PaddingMode

  /// What stands for missing frames of a stream; zeros or replicate.
  public let temporalFill: PaddingMode

  /// The window along each axis, time first.
  public let windows: [WindowAxis]

  private let weights: Weight

  /// Makes a convolution.
  ///
  /// - Parameters:
  ///   - weight: (Cout, Cin / groups, kT), (…, kT, kW) or (…, kT, kH, kW).
  ///   - bias: (Cout), or nil.
  ///   - stride: one number an axis, time first.
  ///   - padding: how it is padded.
  ///   - dilation: one number an axis, time first.
  ///   - groups: must divide Cin and Cout; nil for the Cin of the frames over that of the weight.
  ///   - paddingMode: what the padding is made of.
  ///   - temporalFill: what stands for missing frames of a stream; by default what the clip is padded
  ///     with.
  /// - Throws: ``ModuleError`` that names everything that does not fit together.
  public init(
    weight: Tensor, bias: Tensor?, stride: [Int], padding: Padding, dilation: [Int],
    groups: Int?, paddingMode: PaddingMode, temporalFill: PaddingMode? = nil
  ) throws(ModuleError) {
    try self.init(
      weight: Weight(weight), bias: bias, stride: stride, padding: padding, dilation: dilation,
      groups: groups, paddingMode: paddingMode, temporalFill: temporalFill)
  }

  package init(
    weight: Weight, bias: Tensor?, stride: [Int], padding: Padding, dilation: [Int],
    groups: Int?, paddingMode: PaddingMode, temporalFill: PaddingMode?
  ) throws(ModuleError) {
    let arguments = ConvolutionArguments(
      weight: weight.shape, bias: bias?.shape, stride: stride, padding: padding,
      dilation: dilation, groups: groups)
    windows = try arguments.windows()
    weights = weight
    self.bias = bias
    self.groups = groups
    self.paddingMode = paddingMode
    let isPaddedInTime = windows[0].before + windows[0].after > 0
    let fill = temporalFill ?? (isPaddedInTime ? paddingMode : .zeros)
    for mode in [paddingMode, fill] where !PaddingMode.ofConvolutions.contains(mode) {
      throw ModuleError(.arguments([.paddingMode(mode)]))
    }
    guard fill == .zeros || fill == .replicate else {
      throw ModuleError(.stream(.futurePadding(fill)))
    }
    self.temporalFill = fill
    if let groups {
      weight.expect(
        Packing(blocks: [weight.shape[0]], groups: groups, order: Convolution.order(weight.shape)))
    }
  }

  public var typeName: String { "Conv\(windows.count)d" }

  public var summary: String {
    var parts = [groups.map { "\(weightShape[1] * $0)" } ?? "in", "\(weightShape[0])"]
    parts.append("kernel_size=\(list(\.kernel))")
    parts.append("stride=\(list(\.stride))")
    if windows.contains(where: { $0.before != $0.after }) {
      parts.append("padding=\(sides)")
    } else if windows.contains(where: { $0.before > 0 }) {
      parts.append("padding=\(list(\.before))")
    }
    if windows.contains(where: { $0.dilation != 1 }) {
      parts.append("dilation=\(list(\.dilation))")
    }
    if let groups, groups != 1 { parts.append("groups=\(groups)") }
    if bias == nil { parts.append("bias=False") }
    if paddingMode != .zeros { parts.append("padding_mode=\(paddingMode.rawValue)") }
    if fillsDiffer { parts.append("temporal_fill=\(temporalFill.rawValue)") }
    return parts.joined(separator: ", ")
  }

  public var parameterCount: Int { weightShape.count + (bias?.shape.count ?? 0) }

  public func divergence(frame: Shape) -> String? {
    fillsDiffer
      ? "pads a clip in time with \(paddingMode.rawValue), and a stream with "
        + "\(temporalFill.rawValue): outputs that see the padding differ"
      : nil
  }

  public func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire {
    let sizes = try ConvolutionSizes(
      weight: weightShape, windows: windows, groups: groups, paddingMode: paddingMode,
      frame: input.frame)
    let strategy = ConvolutionStrategy(sizes, mode: paddingMode)
    if strategy == .pointwise {
      return plan.append(
        PointwiseConvolutionKernel(sizes, matrix: matrix(groups: sizes.groups)), to: input)
    }
    let layout = try sizes.layout(mode: paddingMode, for: strategy)
    return plan.append(
      ConvolutionKernel(
        sizes, strategy, matrix: matrix(groups: sizes.groups), layout: layout,
        clipFill: paddingMode, streamFill: temporalFill), to: input)
  }

  /// The packed weights, whose columns are in the order (kT, Cin / groups, kS…).
  private func matrix(groups: Int) -> PackedMatrix {
    weights.matrix(bias: bias, groups: groups, order: Convolution.order(weightShape))
  }

  /// The place in the weights (Cout, Cin / groups, kT, kS…) of each packed column; nil where it is the same.
  private static func order(_ shape: Shape) -> [Int]? {
    let depth = shape[2]
    guard depth > 1, shape[1] > 1 else { return nil }
    let plane = shape.axes.dropFirst(3).reduce(1, *)
    var order: [Int] = []
    order.reserveCapacity(shape.count / shape[0])
    for time in 0..<depth {
      for channel in 0..<shape[1] {
        let start = (channel * depth + time) * plane
        order += start..<start + plane
      }
    }
    return order
  }

  /// Whether padding in time means one thing for a clip and another for a stream.
  private var fillsDiffer: Bool {
    windows[0].before + windows[0].after > 0 && paddingMode != temporalFill
  }

  /// The numbers at both ends, where they differ; `same` where they are those of that word.
  private var sides: String {
    let isSame = windows.allSatisfy { window in
      let total = window.span - 1
      return window.stride == 1 && window.before == total / 2 && window.after == total - total / 2
    }
    return isSame
      ? "same"
      : "(" + windows.map { "(\($0.before), \($0.after))" }.joined(separator: ", ") + ")"
  }

  /// One number an axis, as Python prints a tuple.
  private func list(_ number: KeyPath<WindowAxis, Int>) -> String {
    let numbers = windows.map { String($0[keyPath: number]) }
    return "(" + numbers.joined(separator: ", ") + (numbers.count == 1 ? ",)" : ")")
  }
}
