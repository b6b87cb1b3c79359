public import Tensors

extension Shape {
  /// The shape (B, C, T, S…) of a clip of frames of this shape (B, C, S…).
  public func clip(frames: Int) -> Shape {
    Shape(Array(axes.prefix(2)) + [frames] + axes.dropFirst(2))
  }

  /// The shape (B, C, S…) of the frames of a clip of this shape (B, C, T, S…).
  public var frame: Shape { Shape(Array(axes.prefix(2)) + axes.dropFirst(3)) }

  /// The number of places in one plane of one channel: the product of the space axes of a frame.
  @usableFromInline var plane: Int { axes.dropFirst(2).reduce(1, *) }
}

// Generic code that other modules call, and that they compile for their own scalars: as it is called for
// each frame of each layer, it costs what it does with each element.
extension DenseTensor {
  /// Frame `time` (B, C, S…) of this clip (B, C, T, S…).
  @inlinable
  public func frame(_ time: Int) -> DenseTensor {
    let frames = shape[2]
    precondition(0 <= time && time < frames, "frame \(time) of a clip of \(frames)")
    let shape = shape.frame
    return DenseTensor(shape, rows(time..<time + 1, of: frames, plane: shape.plane))
  }

  /// The frames of `range` of this clip, as a clip.
  @inlinable
  public func frames(_ range: Range<Int>) -> DenseTensor {
    let frames = shape[2]
    precondition(
      range.lowerBound >= 0 && range.upperBound <= frames, "frames \(range) of a clip of \(frames)")
    let frame = shape.frame
    return DenseTensor(
      frame.clip(frames: range.count), rows(range, of: frames, plane: frame.plane))
  }

  /// The elements of some of the frames, channel by channel.
  @inlinable
  func rows(_ range: Range<Int>, of frames: Int, plane: Int) -> [Scalar] {
    guard range != 0..<frames else { return scalars }
    let channels = shape[0] * shape[1]
    var rows: [Scalar] = []
    rows.reserveCapacity(channels * range.count * plane)
    for channel in 0..<channels {
      let start = channel * frames * plane
      rows.append(
        run: start + range.lowerBound * plane..<start + range.upperBound * plane, of: scalars)
    }
    return rows
  }

  /// The clip (B, C, T, S…) made of the given frames (B, C, S…); of no frames, T is zero.
  ///
  /// - Precondition: each frame has the elements of `shape`.
  @inlinable
  public init(frames: [[Scalar]], of shape: Shape) {
    for frame in frames {
      precondition(frame.count == shape.count, "a frame of \(frame.count), not \(shape)")
    }
    let plane = shape.plane
    var scalars: [Scalar] = []
    scalars.reserveCapacity(shape.count * frames.count)
    for channel in 0..<shape[0] * shape[1] {
      for frame in frames {
        scalars.append(run: channel * plane..<(channel + 1) * plane, of: frame)
      }
    }
    self.init(shape.clip(frames: frames.count), scalars)
  }
}

extension Array {
  /// Adds neighbouring elements of another array; a few of them one by one, which costs less.
  @inlinable
  mutating func append(run: Range<Int>, of other: [Element]) {
    if run.count < 8 {
      for place in run { append(other[place]) }
    } else {
      append(contentsOf: other[run])
    }
  }
}
