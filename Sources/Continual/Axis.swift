public import Tensors

/// A dimension as PyTorch counts it: in clips (B, C, T, S…) or in frames (B, C, S…).
///
/// Negative ones count from the end. The layers of a video network count the dimensions of clips;
/// those of an image network that is applied to each frame count the dimensions of frames.
public enum Axis: Hashable, Sendable {
  /// A dimension of the clip; time is 2.
  case clip(Int)
  /// A dimension of the frame.
  case frame(Int)

  /// The dimension as it was given.
  public var dimension: Int {
    switch self {
    case .clip(let dimension), .frame(let dimension): dimension
    }
  }

  /// Whether it is a dimension of the clip.
  var isOfClips: Bool {
    if case .clip = self { true } else { false }
  }

  /// Which axis of a clip (B, C, T, S…) it is, if there is one.
  ///
  /// - Parameter frame: the shape (B, C, S…) of the frames.
  /// - Returns: 0 for the batch, 1 for the channels, 2 for time, and so on.
  /// - Throws: ``ModuleError`` where neither clip nor frame has such a dimension.
  public func index(inClipsOf frame: Shape) throws(ModuleError) -> Int {
    let rank = isOfClips ? frame.rank + 1 : frame.rank
    guard (-rank..<rank).contains(dimension) else {
      throw ModuleError(.arguments([.dimension(self, rank: rank)]))
    }
    let index = dimension < 0 ? dimension + rank : dimension
    return rank == frame.rank && index >= AxisLayout.time ? index + 1 : index
  }
}

/// How the elements of a clip lie along one of its axes.
///
/// Element `k` along the axis is `k * inner` elements behind the first; there are `outer * inner`
/// such rows. Time changes from call to call, the other axes do not.
struct AxisLayout: Hashable, Sendable {
  /// The index of time among the axes of a clip.
  static let time = 2

  private let axis: Int
  private let outer: Int
  private let length: Int
  private let inner: Int

  /// - Parameters:
  ///   - axis: its index in clips (B, C, T, S…).
  ///   - frame: the shape (B, C, S…) of the frames.
  init(_ axis: Int, frame: Shape) {
    let axes = frame.clip(frames: 1).axes
    self.axis = axis
    outer = axes[..<axis].reduce(1, *)
    length = axes[axis]
    inner = axes[(axis + 1)...].reduce(1, *)
  }

  /// The index among the axes of a frame (B, C, S…) of an axis of clips that is not time.
  static func inFrames(_ axis: Int) -> Int { axis > time ? axis - 1 : axis }

  /// Whether it is time.
  var isTime: Bool { axis == AxisLayout.time }

  /// The number of elements along the axis, and of rows outside and inside of it.
  func sizes(frames: Int) -> (outer: Int, length: Int, inner: Int) {
    if axis == AxisLayout.time { return (outer, frames, inner) }
    return axis < AxisLayout.time
      ? (outer, length, inner * frames) : (outer * frames, length, inner)
  }
}
