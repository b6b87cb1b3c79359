public import Tensors

extension Shape {
  /// The shape (B, C, T, S…) of a clip of frames of this shape (B, C, S…).
  public func clip(frames: Int) -> Shape {
    Shape(Array(axes.prefix(2)) + [frames] + axes.dropFirst(2))
  }

  /// The shape (B, C, S…) of the frames of a clip of this shape (B, C, T, S…).
  public var frame: Shape { Shape(Array(axes.prefix(2)) + axes.dropFirst(3)) }

  /// The number of places in one plane of one channel: the product of the space axes of a frame.
  var plane: Int { axes.dropFirst(2).reduce(1, *) }
}

extension DenseTensor {
  /// Frame `time` (B, C, S…) of this clip (B, C, T, S…).
  public func frame(_ time: Int) -> DenseTensor {
    let frames = shape[2]
    precondition(0 <= time && time < frames, "frame \(time) of a clip of \(frames)")
    let shape = shape.frame
    let plane = shape.plane
    var frame: [Scalar] = []
    frame.reserveCapacity(shape.count)
    for channel in 0..<shape[0] * shape[1] {
      let start = (channel * frames + time) * plane
      frame += scalars[start..<start + plane]
    }
    return DenseTensor(shape, frame)
  }

  /// The frames of `range` of this clip, as a clip.
  public func frames(_ range: Range<Int>) -> DenseTensor {
    let frames = shape[2]
    precondition(
      range.lowerBound >= 0 && range.upperBound <= frames, "frames \(range) of a clip of \(frames)")
    let frame = shape.frame
    let plane = frame.plane
    var part: [Scalar] = []
    part.reserveCapacity(frame.count * range.count)
    for channel in 0..<frame[0] * frame[1] {
      let start = channel * frames * plane
      part += scalars[start + range.lowerBound * plane..<start + range.upperBound * plane]
    }
    return DenseTensor(frame.clip(frames: range.count), part)
  }

  /// The clip (B, C, T, S…) made of the given frames (B, C, S…); of no frames, T is zero.
  ///
  /// - Precondition: each frame has the elements of `shape`.
  public init(frames: [[Scalar]], of shape: Shape) {
    let plane = shape.plane
    var scalars: [Scalar] = []
    scalars.reserveCapacity(shape.count * frames.count)
    for channel in 0..<shape[0] * shape[1] {
      for frame in frames {
        precondition(frame.count == shape.count, "a frame of \(frame.count), not \(shape)")
        scalars += frame[channel * plane..<(channel + 1) * plane]
      }
    }
    self.init(shape.clip(frames: frames.count), scalars)
  }
}
