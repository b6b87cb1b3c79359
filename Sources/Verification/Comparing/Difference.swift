import Continual
import Tensors

/// Which elements of a clip (B, C, T, S…) differ, and how: what a person would look for first.
///
/// It is data. What a check makes of it (a wrong fill, a shift) is chosen by its ``cause``, and its
/// words are made when it is printed.
public struct Difference: Hashable, Sendable {
  /// How the elements differ.
  public enum Change: Hashable, Sendable {
    /// The clip is the wanted one, some frames earlier or later.
    case shifted(by: Int)
    /// Some elements, or all, have other values.
    case elements(Elements)
  }

  /// The elements that have other values.
  public struct Elements: Hashable, Sendable {
    /// The channels with such elements; nil where all channels have some.
    public let channels: [Int]?
    /// The frames with such elements.
    public let frames: Frames
    /// What the same change of all of them is; nil where each has its own.
    public let constant: Constant?
  }

  /// The frames that differ.
  public enum Frames: Hashable, Sendable {
    /// All of them.
    case every
    /// Only some at the ends of the clip, on at most a third of it each.
    case edges(Edges, count: Int)
    /// One, not at the ends.
    case one(Int)
    /// Several, not only at the ends.
    case several(count: Int, length: Int, first: Int, last: Int)
  }

  /// The ends of a clip.
  public enum Edges: Hashable, Sendable {
    case first
    case last
    case both
  }

  /// A change that is the same for all elements that differ.
  public enum Constant: Hashable, Sendable {
    case offset(Double)
    case factor(Double)
  }

  /// What a difference probably comes from.
  public enum Cause: Hashable, Sendable {
    /// Outputs come some frames too early (positive) or too late.
    case shift(by: Int)
    /// One entry of a batch is treated in another way than the others.
    case batchEntry
    /// What stands for the frames before or after the clip.
    case edges(Edges)
    /// The bias of a channel.
    case bias(channel: Int)
    /// A weight of a channel.
    case weight(channel: Int)
  }

  /// The entries of the batch that differ; nil where all do.
  public let entries: [Int]?

  /// How they differ.
  public let change: Change

  /// The number of elements beyond what is allowed that are not finite.
  public let notFinite: Int

  /// What it probably comes from; nil where nothing stands out.
  public var cause: Cause? {
    switch change {
    case .shifted(let frames): return .shift(by: frames)
    case .elements(let elements):
      // What is wrong at the ends may by chance not show in an entry.
      if case .edges(let edges, _) = elements.frames, entries?.count != 1 { return .edges(edges) }
      if entries != nil { return .batchEntry }
      guard let channels = elements.channels, channels.count == 1 else { return nil }
      if case .offset = elements.constant { return .bias(channel: channels[0]) }
      return .weight(channel: channels[0])
    }
  }
}

extension Difference {
  /// Finds out how the elements of a comparison differ.
  init(_ comparison: Comparison, got: Tensor64, want: Tensor64) {
    let spread = Spread(comparison.exceeding, in: got.shape)
    entries = spread.entries.count < got.shape[0] ? spread.entries : nil
    notFinite = comparison.exceeding.count { !got.scalars[$0].isFinite }
    if spread.isMost, let shift = Shift.find(got, want, allowed: comparison.allowed) {
      change = .shifted(by: shift.frames)
      return
    }
    let channels = got.shape[1]
    change = .elements(
      Elements(
        channels: channels > 1 && spread.channels.count < channels ? spread.channels : nil,
        frames: spread.framesThatDiffer,
        constant: Constant(comparison.exceeding, got: got, want: want)))
  }
}

extension Difference.Constant {
  /// The offset, or else the factor, by which all elements at `offsets` are wrong; nil where there
  /// is none.
  fileprivate init?(_ offsets: [Int], got: Tensor64, want: Tensor64) {
    guard offsets.count > 1 else { return nil }
    let errors = offsets.map { got.scalars[$0] - want.scalars[$0] }
    let offset = errors.reduce(0, +) / Double(errors.count)
    if offset.isFinite, offset != 0,
      errors.allSatisfy({ abs($0 - offset) <= 0.02 * abs(offset) })
    {
      self = .offset(offset)
      return
    }
    let factors = offsets.map { got.scalars[$0] / want.scalars[$0] }
    let factor = factors.reduce(0, +) / Double(factors.count)
    guard factor.isFinite, factors.allSatisfy({ abs($0 - factor) <= 0.02 * abs(factor - 1) })
    else { return nil }
    self = .factor(factor)
  }
}

/// Where in a clip the differing elements are.
private struct Spread {
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

  var framesThatDiffer: Difference.Frames {
    guard frames.count < length, let first = frames.first, let last = frames.last else {
      return .every
    }
    let middle = length / 3..<max(length - length / 3, length / 3 + 1)
    if !frames.contains(where: middle.contains) {
      switch (first == 0, last == length - 1) {
      case (true, true): return .edges(.both, count: frames.count)
      case (true, false): return .edges(.first, count: frames.count)
      case (false, true): return .edges(.last, count: frames.count)
      case (false, false): break
      }
    }
    return frames.count == 1
      ? .one(first) : .several(count: frames.count, length: length, first: first, last: last)
  }
}
