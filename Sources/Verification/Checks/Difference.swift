import Continual
import Tensors

/// Which elements of a clip differ, and how: what a person would look for first.
struct Difference {
  /// Which elements and how, as in `channel 5 only, every frame, constant offset +1.0e-04`.
  let pattern: String

  /// What it probably is; nil where nothing stands out.
  let hint: String?

  /// Describes the elements (B, C, T, S…) of a comparison that differ.
  init(_ comparison: Comparison, got: Tensor64, want: Tensor64) {
    let spread = Spread(comparison.exceeding, in: got.shape)
    var parts: [String] = []
    var hint: String?
    if spread.entries.count < got.shape[0] {
      parts.append("batch " + Difference.list(spread.entries) + " only")
      hint = "entries of a batch should not differ: state or an index of one entry is wrong"
    }
    if spread.isMost, let shift = Shift.find(got, want, allowed: comparison.allowed) {
      parts.append("shifted: frame j is frame j \(shift.signed) of what it should be")
      hint =
        "an output comes \(Number.count(abs(shift.frames), "frame")) too \(shift.frames > 0 ? "early" : "late")"
    } else {
      let channels = got.shape[1]
      let isOneChannel = channels > 1 && spread.channels.count < channels
      if isOneChannel {
        let noun = spread.channels.count == 1 ? "channel " : "channels "
        parts.append(noun + Difference.list(spread.channels) + " only")
      }
      parts.append(spread.frameWords)
      let offset = Difference.constantOffset(comparison.exceeding, got, want)
      if let offset {
        parts.append("constant offset " + (offset > 0 ? "+" : "") + Number.short(offset))
      } else if let factor = Difference.constantFactor(comparison.exceeding, got, want) {
        parts.append("constant factor " + Number.fixed(factor, decimals: 4))
      }
      hint = hint ?? Difference.hint(spread, isOneChannel: isOneChannel, offset: offset)
    }
    let missing = comparison.exceeding.count { !got.scalars[$0].isFinite }
    if missing > 0 { parts.append("\(Number.grouped(missing)) elements are not finite") }
    pattern = parts.joined(separator: ", ")
    self.hint = hint
  }

  private static func hint(
    _ spread: Spread, isOneChannel: Bool, offset: Double?
  ) -> String? {
    switch spread.edges {
    case .first:
      return "what stands for the frames before the first one (zeros, replicate) is wrong"
    case .last: return "what stands for the frames after the last one (end padding) is wrong"
    case .both: return "what stands for the frames outside the clip (the fill) is wrong"
    case .neither: break
    }
    guard isOneChannel, spread.channels.count == 1, let channel = spread.channels.first else {
      return nil
    }
    return offset == nil
      ? "looks like a weight of channel \(channel)" : "looks like the bias of channel \(channel)"
  }

  /// The offset by which all differing elements are wrong; nil where it is not the same.
  private static func constantOffset(
    _ offsets: [Int], _ got: Tensor64, _ want: Tensor64
  ) -> Double? {
    guard offsets.count > 1 else { return nil }
    let errors = offsets.map { got.scalars[$0] - want.scalars[$0] }
    let mean = errors.reduce(0, +) / Double(errors.count)
    guard mean.isFinite, mean != 0 else { return nil }
    return errors.allSatisfy { abs($0 - mean) <= 0.02 * abs(mean) } ? mean : nil
  }

  /// The factor by which all differing elements are wrong; nil where it is not the same.
  private static func constantFactor(
    _ offsets: [Int], _ got: Tensor64, _ want: Tensor64
  ) -> Double? {
    guard offsets.count > 1 else { return nil }
    let factors = offsets.map { got.scalars[$0] / want.scalars[$0] }
    let mean = factors.reduce(0, +) / Double(factors.count)
    guard mean.isFinite else { return nil }
    let isConstant = factors.allSatisfy { abs($0 - mean) <= 0.02 * abs(mean - 1) }
    return isConstant ? mean : nil
  }

  /// A few numbers in words; many are counted.
  private static func list(_ numbers: [Int]) -> String {
    guard numbers.count > 6 else { return numbers.map(String.init).joined(separator: ", ") }
    return numbers.prefix(5).map(String.init).joined(separator: ", ")
      + " and \(numbers.count - 5) more"
  }
}

/// Where in a clip the differing elements are.
private struct Spread {
  enum Edges {
    case first
    case last
    case both
    case neither
  }

  let entries: [Int]
  let channels: [Int]
  let frames: [Int]
  /// The number of frames of the clip.
  let length: Int
  /// Whether more than half of all elements differ.
  let isMost: Bool

  init(_ offsets: [Int], in shape: Shape) {
    var entries: Set<Int> = []
    var channels: Set<Int> = []
    var frames: Set<Int> = []
    let plane = max(shape.axes.dropFirst(3).reduce(1, *), 1)
    for offset in offsets {
      let frame = offset / plane
      let channel = frame / shape[2]
      frames.insert(frame % shape[2])
      channels.insert(channel % shape[1])
      entries.insert(channel / shape[1])
    }
    self.entries = entries.sorted()
    self.channels = channels.sorted()
    self.frames = frames.sorted()
    length = shape[2]
    isMost = offsets.count * 2 > shape.count
  }

  /// Whether only frames at the ends differ, on at most a third of the clip each.
  var edges: Edges {
    guard frames.count < length else { return .neither }
    let middle = length / 3..<max(length - length / 3, length / 3 + 1)
    guard !frames.contains(where: middle.contains) else { return .neither }
    let hasFirst = frames.contains(0)
    let hasLast = frames.contains(length - 1)
    switch (hasFirst, hasLast) {
    case (true, true): return .both
    case (true, false): return .first
    case (false, true): return .last
    case (false, false): return .neither
    }
  }

  var frameWords: String {
    if frames.count == length { return "every frame" }
    switch edges {
    case .first:
      return frames.count == 1 ? "the first frame only" : "the first \(frames.count) frames only"
    case .last:
      return frames.count == 1 ? "the last frame only" : "the last \(frames.count) frames only"
    case .both: return "the first and last frames only"
    case .neither: break
    }
    if frames.count == 1 { return "frame \(frames[0]) only" }
    return "\(frames.count) of \(length) frames, from \(frames[0]) to \(frames[frames.count - 1])"
  }
}

/// One clip is another one, some frames earlier or later.
struct Shift: Hashable {
  /// Frame `j` of one clip is frame `j + frames` of the other.
  let frames: Int

  /// The 90th percentile of the difference that is left.
  let residual: Double

  /// The number with its sign, as in `+ 1`.
  var signed: String { frames < 0 ? "- \(-frames)" : "+ \(frames)" }

  /// The most frames that are tried.
  static let most = 16

  /// The shift that makes one clip the other, where they are not the same as they are.
  ///
  /// The 90th percentile of the difference decides, so that a few wrong frames at the ends do not
  /// hide a shift.
  ///
  /// - Parameters:
  ///   - got: (B, C, T, S…).
  ///   - want: (B, C, T', S…).
  ///   - allowed: the largest difference that is called rounding.
  /// - Returns: the smallest shift that fits; nil where none does, or the clips do not change in time.
  static func find(_ got: Tensor64, _ want: Tensor64, allowed: Double) -> Shift? {
    guard got.shape.frame == want.shape.frame else { return nil }
    let still = residual(got, want, frames: 0)
    guard let still, still > allowed else { return nil }
    for frames in 1...most {
      for signed in [frames, -frames] {
        guard let residual = residual(got, want, frames: signed), residual <= allowed else {
          continue
        }
        return Shift(frames: signed, residual: residual)
      }
    }
    return nil
  }

  /// The 90th percentile of the difference, sampled where there are many elements; nil where fewer
  /// than two frames overlap.
  private static func residual(_ got: Tensor64, _ want: Tensor64, frames: Int) -> Double? {
    let first = max(0, -frames)
    let last = min(got.shape[2], want.shape[2] - frames)
    guard last - first > 1 else { return nil }
    let plane = max(got.shape.axes.dropFirst(3).reduce(1, *), 1)
    let lanes = got.shape[0] * got.shape[1]
    let step = max(1, lanes * (last - first) * plane / 20_000)
    var errors: [Double] = []
    var counter = 0
    for lane in 0..<lanes {
      for time in first..<last {
        let here = (lane * got.shape[2] + time) * plane
        let there = (lane * want.shape[2] + time + frames) * plane
        for index in 0..<plane {
          counter += 1
          guard counter.isMultiple(of: step) else { continue }
          errors.append(
            Comparison.difference(got.scalars[here + index], want.scalars[there + index]))
        }
      }
    }
    guard !errors.isEmpty else { return nil }
    errors.sort()
    return errors[errors.count * 9 / 10]
  }
}
