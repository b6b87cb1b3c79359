import Tensors

/// Splits, joins and reorders the axes of each frame, as `einops.rearrange`.
///
/// The pattern speaks of clips (B, C, T, S…), as in `b c t (h w) -> b c t h w`; what stands third is
/// time, which stays there and stays whole. Applied to each frame, it speaks of frames (B, C, S…).
/// Elements are moved and not changed: clip and step have the same bits.
public struct Rearrange: Module {
  /// Which axes become which.
  public let pattern: RearrangePattern

  /// The lengths that are given; of the names of one axis, all but one must be.
  public let sizes: [String: Int]

  /// Whether the pattern speaks of frames, without time.
  public let isFramewise: Bool

  /// Makes a rearrangement.
  ///
  /// - Parameters:
  ///   - pattern: as in `einops`; see ``RearrangePattern``.
  ///   - sizes: the lengths of axes that the input does not tell.
  ///   - isFramewise: whether the pattern speaks of frames (B, C, S…) instead of clips.
  /// - Throws: ``ModuleError`` with everything that is wrong.
  public init(
    _ pattern: String, sizes: [String: Int] = [:], isFramewise: Bool = false
  ) throws(ModuleError) {
    self.pattern = try RearrangePattern(pattern)
    self.sizes = sizes
    self.isFramewise = isFramewise
    var check = ArgumentCheck()
    for (name, size) in sizes.sorted(by: { $0.key < $1.key }) {
      check.require(
        self.pattern.names.contains(name), .rearrangement(.unknownAxis(name)))
      check.require(name, [size], in: 1...ArgumentCheck.largest)
    }
    for axis in self.pattern.left {
      let open = axis.filter { sizes[$0] == nil }
      check.require(open.count <= 1, .rearrangement(.openLengths(open)))
    }
    if !isFramewise { checkTime(&check) }
    let ranks = [self.pattern.left.count, self.pattern.right.count]
    check.require(
      ranks.allSatisfy { $0 >= (isFramewise ? 2 : 3) },
      .rearrangement(.tooFewAxes(isFramewise: isFramewise)))
    try check.finish()
  }

  /// What stands third on the left has to stand third on the right, alone.
  private func checkTime(_ check: inout ArgumentCheck) {
    guard pattern.left.count >= 3, pattern.right.count >= 3 else { return }
    guard pattern.left[AxisLayout.time].count == 1 else {
      return check.note(.rearrangement(.timeIsNotAlone))
    }
    let time = pattern.left[AxisLayout.time][0]
    check.require(
      pattern.right[AxisLayout.time] == [time], .rearrangement(.timeMoves(time)))
    check.require(sizes[time] == nil, .rearrangement(.timeHasLength(time)))
  }

  public var typeName: String { "Rearrange" }

  public var summary: String {
    "\"\(pattern.text)\""
      + sizes.sorted { $0.key < $1.key }.map { ", \($0.key)=\($0.value)" }.joined()
  }

  public func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire {
    let lengths = try lengths(of: input.frame)
    let (left, right) = (withoutTime(pattern.left), withoutTime(pattern.right))
    let axes = right.map { $0.reduce(1) { $0 * (lengths[$1] ?? 1) } }
    let before = left.flatMap(\.self)
    let after = right.flatMap(\.self)
    return plan.append(
      PermuteKernel(
        inputFrame: input.frame, outputFrame: Shape(axes),
        lengths: before.map { lengths[$0] ?? 1 },
        order: after.compactMap { before.firstIndex(of: $0) },
        timeBefore: time(left), timeAfter: time(right)), to: input)
  }

  /// The axes of frames: all but time.
  private func withoutTime(_ side: [[String]]) -> [[String]] {
    isFramewise ? side : Array(side[..<AxisLayout.time] + side[(AxisLayout.time + 1)...])
  }

  /// How many of the names stand before time, which is behind the first two axes.
  private func time(_ side: [[String]]) -> Int { side.prefix(AxisLayout.time).joined().count }

  /// The length of each name.
  private func lengths(of frame: Shape) throws(ModuleError) -> [String: Int] {
    let left = withoutTime(pattern.left)
    guard left.count == frame.rank else {
      throw ModuleError(.frame(.pattern(frame: frame, pattern.text, axes: left.count)))
    }
    var lengths = sizes
    for (place, axis) in left.enumerated() {
      let known = Size.product(axis.compactMap { sizes[$0] })
      let open = axis.first { sizes[$0] == nil }
      guard let known, known > 0, open == nil ? known == frame[place] : frame[place] % known == 0
      else {
        throw ModuleError(
          .frame(.patternAxis(frame: frame, axis: place, names: axis, pattern.text)))
      }
      if let open { lengths[open] = frame[place] / known }
    }
    return lengths
  }
}

/// Copies elements from one order of the axes to another.
private struct PermuteKernel: PointwiseKernel {
  let outputFrame: Shape
  /// The lengths of the axes before, and which of them each axis after is.
  private let lengths: [Int]
  private let order: [Int]
  /// How many of the axes come before time, before and after.
  private let timeBefore: Int
  private let timeAfter: Int
  /// The axes of a frame that comes out.
  private let frameAxes: [WalkAxis]

  /// An axis of the output: its length, and the way from one element to the next in the input.
  private struct WalkAxis: Sendable {
    var length: Int
    var stride: Int
  }

  init(
    inputFrame: Shape, outputFrame: Shape, lengths: [Int], order: [Int], timeBefore: Int,
    timeAfter: Int
  ) {
    self.outputFrame = outputFrame
    self.lengths = lengths
    self.order = order
    self.timeBefore = timeBefore
    self.timeAfter = timeAfter
    frameAxes = PermuteKernel.axes(
      lengths, order: order, timeBefore: timeBefore, timeAfter: timeAfter, frames: 1)
  }

  /// The axes of a clip that comes out, outermost first; neighbours that lie so in the input as well
  /// are one.
  private static func axes(
    _ lengths: [Int], order: [Int], timeBefore: Int, timeAfter: Int, frames: Int
  ) -> [WalkAxis] {
    var strides = [Int](repeating: 1, count: lengths.count)
    var step = 1
    var timeStride = 1
    for place in stride(from: lengths.count, through: 0, by: -1) {
      if place < lengths.count {
        strides[place] = step
        step *= lengths[place]
      }
      if place == timeBefore {
        timeStride = step
        step *= frames
      }
    }
    var axes = order.map { WalkAxis(length: lengths[$0], stride: strides[$0]) }
    axes.insert(WalkAxis(length: frames, stride: timeStride), at: timeAfter)
    var merged: [WalkAxis] = []
    for axis in axes where axis.length != 1 {
      if let last = merged.last, last.stride == axis.stride * axis.length {
        merged[merged.count - 1] = WalkAxis(
          length: last.length * axis.length, stride: axis.stride)
      } else {
        merged.append(axis)
      }
    }
    return merged.isEmpty ? [WalkAxis(length: 1, stride: 1)] : merged
  }

  func apply(
    _ input: Span<Float>, frames: Int, into output: inout MutableSpan<Float>,
    scratch: inout MutableSpan<Float>
  ) {
    guard output.count > 0 else { return }
    var next = 0
    if frames == 1 {
      PermuteKernel.walk(frameAxes.span, from: 0, input, into: &output, at: &next)
    } else {
      let axes = PermuteKernel.axes(
        lengths, order: order, timeBefore: timeBefore, timeAfter: timeAfter, frames: frames)
      PermuteKernel.walk(axes.span, from: 0, input, into: &output, at: &next)
    }
  }

  /// Copies what the axes span; one call for each place of the outer ones.
  private static func walk(
    _ axes: Span<WalkAxis>, from start: Int, _ input: Span<Float>,
    into output: inout MutableSpan<Float>, at next: inout Int
  ) {
    let axis = axes[0]
    if axes.count == 1 {
      for index in 0..<axis.length {
        output[next] = input[start + index * axis.stride]
        next += 1
      }
      return
    }
    for index in 0..<axis.length {
      walk(
        axes.extracting(1...), from: start + index * axis.stride, input, into: &output, at: &next)
    }
  }
}
