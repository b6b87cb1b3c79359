public import Tensors

/// Pools the places of a sliding window, as `AvgPool1d` to `AvgPool3d` and `MaxPool1d` to
/// `MaxPool3d` of `torch.nn` and of `continual`.
///
/// Takes (B, C, T), (B, C, T, S) or (B, C, T, H, W), by the number of axes of the window, of which
/// the first is time. `forward` is PyTorch's; the steps yield its outputs one by one, also where the
/// Python library does not: with a dilation in time, `ceil_mode`, `count_include_pad=False` and
/// `divisor_override`.
///
/// The average pools of `continual` have a dilation in time, those of `torch.nn` have none, and the
/// `forward` of the former ignores it. Here it holds in both modes.
///
/// A step costs the pooling of one frame in space, and of the window in time when an output is due.
public struct Pooling: Module {
  /// What a window becomes.
  public enum Kind: Hashable, Sendable {
    /// The mean of the window.
    ///
    /// - `countIncludePad`: whether padding counts when the sum is divided.
    /// - `divisorOverride`: what the sum is divided by instead; not zero.
    case average(countIncludePad: Bool, divisorOverride: Int?)

    /// The largest of the window; a NaN wins. Padding is never the largest.
    case maximum
  }

  /// What a window becomes.
  public let kind: Kind

  /// The number of places of a window along each axis, time first.
  public let kernelSize: [Int]

  /// The number of places from one window to the next.
  public let stride: [Int]

  /// The number of places added at both ends.
  public let padding: [Int]

  /// The number of places from one place of a window to the next.
  public let dilation: [Int]

  /// Whether a last window may lie partly beyond the padding.
  public let ceilMode: Bool

  /// What the steps take for missing frames; nil for what makes them equal the clip.
  public let temporalFill: PaddingMode?

  /// Makes a pool; all lists have time first and then the space axes.
  ///
  /// - Parameters:
  ///   - kind: average or maximum.
  ///   - kernelSize: one to three numbers.
  ///   - stride: nil for that of PyTorch, the size of the window.
  ///   - padding: nil for none; at most half of the window.
  ///   - dilation: nil for none; along space only a maximum can have it.
  ///   - ceilMode: whether a last window may lie partly beyond the padding.
  ///   - temporalFill: what the steps take for missing frames. Nil is what makes them equal the clip;
  ///     another one makes them do what the Python library's steps do.
  /// - Throws: ``ModuleError`` that names all arguments that cannot be.
  public init(
    kind: Kind, kernelSize: [Int], stride: [Int]? = nil, padding: [Int]? = nil,
    dilation: [Int]? = nil, ceilMode: Bool = false, temporalFill: PaddingMode? = nil
  ) throws(ModuleError) {
    self.kind = kind
    self.kernelSize = kernelSize
    self.stride = stride ?? kernelSize
    self.padding = padding ?? kernelSize.map { _ in 0 }
    self.dilation = dilation ?? kernelSize.map { _ in 1 }
    self.ceilMode = ceilMode
    self.temporalFill = temporalFill
    try check()
  }

  private func check() throws(ModuleError) {
    var check = ArgumentCheck()
    check.require("the number of axes of kernel_size", [kernelSize.count], in: 1...3)
    for (name, values) in [("stride", stride), ("padding", padding), ("dilation", dilation)] {
      check.require(
        values.count == kernelSize.count,
        .countOfPool(name, values.count, expected: kernelSize.count))
    }
    let positive = 1...ArgumentCheck.largest
    check.require("kernel_size", kernelSize, in: positive)
    check.require("stride", stride, in: positive)
    check.require("dilation", dilation, in: positive)
    check.require(
      zip(padding, kernelSize).allSatisfy { 0 <= $0 && $0 <= $1 / 2 },
      .poolPadding(padding, kernel: kernelSize))
    check.require(fill: temporalFill)
    if case .average(_, let divisor) = kind {
      check.require(
        dilation.dropFirst().allSatisfy { $0 == 1 }, .spaceDilation(dilation))
      check.require(
        divisor != 0 && (divisor ?? 1).magnitude <= UInt(ArgumentCheck.largest),
        .divisor(divisor ?? 0))
    }
    try check.finish()
  }

  public var typeName: String {
    (kind == .maximum ? "MaxPool" : "AvgPool") + "\(kernelSize.count)d"
  }

  public var summary: String {
    var words = ["kernel_size=\(Arguments.tuple(kernelSize))"]
    words.append("stride=\(Arguments.tuple(stride))")
    words.append("padding=\(Arguments.tuple(padding))")
    if dilation.contains(where: { $0 != 1 }) {
      words.append("dilation=\(Arguments.tuple(dilation))")
    }
    if ceilMode { words.append("ceil_mode=True") }
    if case .average(let countIncludePad, let divisor) = kind {
      if !countIncludePad { words.append("count_include_pad=False") }
      if let divisor { words.append("divisor_override=\(divisor)") }
    }
    if let temporalFill { words.append("temporal_fill=\"\(temporalFill.rawValue)\"") }
    return words.joined(separator: ", ")
  }

  /// The fill where it is another one than that of the clip and some of it is visible.
  private var foreignFill: PaddingMode? {
    guard padding[0] > 0, temporalFill != kind.ownFill else { return nil }
    return temporalFill
  }

  public func divergence(frame: Shape) -> String? {
    foreignFill.map {
      "in steps, temporal_fill=\"\($0.rawValue)\" stands for the \(padding[0]) frames before and "
        + "after the clip, which \(kind == .maximum ? "never are the largest" : "are zeros") in the "
        + "clip itself"
    }
  }

  public func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire {
    let frame = input.frame
    guard frame.rank == kernelSize.count + 1 else {
      throw ModuleError(
        .frame(.axes(frame: frame, type: typeName, expected: kernelSize.count + 1)))
    }
    let windows = kernelSize.indices.map { axis in
      WindowAxis(
        kernel: kernelSize[axis], stride: stride[axis], dilation: dilation[axis],
        before: padding[axis], after: padding[axis], isCeil: ceilMode)
    }
    let lengths = Array(frame.axes.dropFirst(2))
    let plane = try planePool(windows: Array(windows.dropFirst()), lengths: lengths)
    let kernel = try PoolingKernel(
      frame: frame, plane: plane.pool, outputSpace: plane.output,
      time: TemporalPool(
        window: windows[0], isMaximum: kind == .maximum, countIncludePad: kind.countsPadding,
        divisorOverride: kind.divisorOverride, fill: foreignFill))
    return plan.append(kernel, to: input)
  }

  private func planePool(
    windows: [WindowAxis], lengths: [Int]
  ) throws(ModuleError) -> (pool: PlanePool, output: [Int]) {
    var taps: [[PlanePool.Taps]] = []
    for (window, length) in zip(windows, lengths) {
      if let count = window.count(along: length), count > Size.tableLimit {
        throw ModuleError(.size(.pooledAxis(outputs: count, length: length)))
      }
      let along = PlanePool.sliding(window, along: length, countIncludePad: kind.countsPadding)
      guard let along, !along.isEmpty else {
        throw ModuleError(
          .frame(
            .pool(
              spans: windows.map(\.span), padding: windows.map(\.before), lengths: lengths)))
      }
      taps.append(along)
    }
    let pool = PlanePool(
      isMaximum: kind == .maximum, windows: taps, steps: windows.map(\.dilation),
      lengths: lengths, onlySums: kind.divisorOverride != nil, sliding: windows)
    return (pool, taps.map(\.count))
  }
}

extension Pooling.Kind {
  /// The fill that has the effect of the padding of a clip.
  var ownFill: PaddingMode { self == .maximum ? .negativeInfinity : .zeros }

  /// Whether a mean divides by the padding as well.
  var countsPadding: Bool {
    if case .average(let countIncludePad, _) = self { countIncludePad } else { false }
  }

  /// What a sum is divided by instead of the number of places.
  var divisorOverride: Int? {
    if case .average(_, let divisor) = self { divisor } else { nil }
  }
}
