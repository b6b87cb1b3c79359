import Tensors

/// Enlarges clips in time and in space, as `torch.nn.Upsample` and `torch.nn.functional.interpolate`.
///
/// Takes (B, C, T, S…) and makes (B, C, T * r, S'…). In time the factor is a whole number `r`, and a step
/// makes `r` frames: copies of the frame (`nearest`), or frames between it and the one before
/// (`linear`), of which those behind the new frame wait for the next one. The first and the last frame
/// go on beyond their ends. In space any factor or size will do.
///
/// Each output is made by itself: first the two frames around it, then the two rows, then the two
/// columns are mixed as `(1 - w) * a + w * b`, so clip and step agree bit for bit. What has no part in an
/// output is not looked at.
public struct Upsample: Module {
  /// How values between those that are there come about; PyTorch's names.
  public enum Mode: String, Hashable, Sendable, CaseIterable {
    /// The nearest value, by PyTorch's rule: `floor(i / factor)`.
    case nearest
    /// The nearest value by its middle: `floor((i + 1/2) / factor)`.
    case nearestExact = "nearest-exact"
    /// Straight lines along one axis.
    case linear
    /// Straight lines along two axes.
    case bilinear
    /// Straight lines along three axes.
    case trilinear

    var isLinear: Bool { axes != nil }

    /// How many axes a mode is for; nil for any number.
    var axes: Int? {
      switch self {
      case .nearest, .nearestExact: nil
      case .linear: 1
      case .bilinear: 2
      case .trilinear: 3
      }
    }
  }

  /// How much an axis is enlarged.
  public enum Extent: Hashable, Sendable {
    /// By a factor; its length is rounded down.
    case factor(Double)
    /// To a length.
    case length(Int)
    /// Not at all.
    case unchanged
  }

  /// For each axis, time first; one for all axes alike.
  public let extents: [Extent]

  /// How values between come about.
  public let mode: Mode

  /// Whether the first and the last value of an axis stay at its ends.
  public let alignCorners: Bool

  /// Whether the factor is told by the lengths, instead of as it was given.
  public let recomputesFactor: Bool

  /// Whether the axes are those of each frame, which has no time.
  public let isFramewise: Bool

  /// Makes an upsampling.
  ///
  /// - Parameters:
  ///   - extents: one an axis, time first, or one for all; in time a whole factor.
  ///   - mode: how values between come about.
  ///   - alignCorners: whether the first and the last value of an axis stay at its ends; for linear
  ///     modes, and not in time.
  ///   - recomputesFactor: as `recompute_scale_factor`.
  ///   - isFramewise: whether the axes are those of each frame.
  /// - Throws: ``ModuleError`` where the arguments do not fit together.
  public init(
    extents: [Extent], mode: Mode, alignCorners: Bool = false, recomputesFactor: Bool = false,
    isFramewise: Bool = false
  ) throws(ModuleError) {
    self.extents = extents
    self.mode = mode
    self.alignCorners = alignCorners
    self.recomputesFactor = recomputesFactor
    self.isFramewise = isFramewise
    var check = ArgumentCheck()
    check.require(
      (1...3).contains(extents.count), .enlargedAxes(extents.count))
    check.require(
      !alignCorners || mode.isLinear, .alignedCorners(mode))
    for extent in extents {
      switch extent {
      case .factor(let factor):
        check.require(
          factor > 0 && factor <= Double(ArgumentCheck.largest), .scaleFactor(factor))
      case .length(let length): check.require("size", [length], in: 1...ArgumentCheck.largest)
      case .unchanged: break
      }
    }
    try check.finish()
  }

  public var typeName: String { "Upsample" }

  public var summary: String {
    let words = extents.map { extent in
      switch extent {
      case .factor(let factor): "x\(Arguments.number(factor))"
      case .length(let length): "\(length)"
      case .unchanged: "as is"
      }
    }
    let all = words.count == 1 ? words[0] : "(" + words.joined(separator: ", ") + ")"
    return "\(all), mode=\(mode.rawValue)" + (alignCorners ? ", align_corners=True" : "")
  }

  public func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire {
    let frame = input.frame
    let count = frame.rank - (isFramewise ? 2 : 1)
    guard extents.count == count || extents.count == 1, count > 0, mode.axes ?? count == count
    else {
      throw ModuleError(
        .frame(
          .enlarged(
            frame: frame, axes: count, expected: mode.axes ?? extents.count,
            isFramewise: isFramewise)))
    }
    let all = extents.count == count ? extents : [Extent](repeating: extents[0], count: count)
    let factor = isFramewise ? 1 : try timeFactor(all[0])
    let space = isFramewise ? all[...] : all.dropFirst()
    var axes: [ResampledAxis] = []
    for (extent, length) in zip(space, frame.axes.dropFirst(2)) {
      guard let axis = ResampledAxis(self, extent, length: length, isOfTwo: count == 2) else {
        throw ModuleError(.frame(.resampled(frame: frame, length: length)))
      }
      axes.append(axis)
    }
    let outputs = Array(frame.axes.prefix(2)) + axes.map(\.count)
    guard Size.product(outputs + [factor]) != nil else {
      throw ModuleError(.size(.step(frames: factor, axes: outputs)))
    }
    if factor == 1 && axes.allSatisfy(\.isIdentity) { return input }
    return plan.append(
      UpsampleKernel(
        frame: frame, outputFrame: Shape(outputs), factor: factor,
        isLinear: mode.isLinear && factor > 1, axes: axes), to: input)
  }

  /// The whole number by which time is enlarged.
  private func timeFactor(_ extent: Extent) throws(ModuleError) -> Int {
    switch extent {
    case .unchanged: return 1
    case .length(let length):
      throw ModuleError(.stream(.enlargedTime(to: length)))
    case .factor(let factor):
      guard let whole = Int(exactly: factor) else {
        throw ModuleError(.stream(.enlargedTimeBy(factor)))
      }
      guard !alignCorners || whole == 1 else {
        throw ModuleError(.stream(.alignedCorners))
      }
      return whole
    }
  }
}

/// Where each output along a space axis comes from: `(1 - weight) * x[low] + weight * x[high]`.
struct ResampledAxis: Hashable, Sendable {
  /// The length of the axis that comes in.
  let length: Int
  let low: [Int]
  let high: [Int]
  /// The share of the high one; empty where there is but one.
  let weights: [Float]

  /// The number of outputs.
  var count: Int { low.count }

  /// Whether the axis stays as it is.
  let isIdentity: Bool

  /// - Returns: nil where there is no output, or more than can be planned.
  init?(_ module: Upsample, _ extent: Upsample.Extent, length: Int, isOfTwo: Bool) {
    let count: Int
    var step: Double?
    switch extent {
    case .unchanged: count = length
    case .length(let wanted): count = wanted
    case .factor(let factor):
      let product = (Double(length) * factor).rounded(.down)
      guard product <= Double(Size.tableLimit) else { return nil }
      count = Int(product)
      if !module.recomputesFactor { step = 1 / factor }
    }
    guard length > 0, (1...Size.tableLimit).contains(count) else { return nil }
    self.length = length
    let places = 0..<count
    guard module.mode.isLinear else {
      // PyTorch calculates these in Float, whatever the numbers of the clip are.
      let scale = step.map { Float($0) } ?? Float(length) / Float(count)
      let middle: Float = module.mode == .nearestExact ? 0.5 : 0
      low = places.map { place in
        // Of two axes, and only of two, PyTorch goes by the lengths where one stays or doubles.
        if isOfTwo, module.mode == .nearest {
          if count == length { return place }
          if count == 2 * length { return place / 2 }
        }
        return min(Int(((Float(place) + middle) * scale).rounded(.down)), length - 1)
      }
      high = low
      weights = []
      isIdentity = low == Array(0..<length)
      return
    }
    let scale =
      module.alignCorners
      ? (count > 1 ? Double(length - 1) / Double(count - 1) : 0)
      : step ?? Double(length) / Double(count)
    let positions = places.map { place -> Double in
      let position =
        module.alignCorners ? scale * Double(place) : scale * (Double(place) + 0.5) - 0.5
      return min(max(position, 0), Double(length - 1))
    }
    low = positions.map { Int($0) }
    high = positions.map { min(Int($0) + 1, length - 1) }
    weights = positions.map { Float($0 - $0.rounded(.down)) }
    isIdentity = low == Array(0..<length) && weights.allSatisfy { $0 == 0 }
  }
}
