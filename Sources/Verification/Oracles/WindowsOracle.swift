import Continual
import Tensors

/// How the definition of what a window becomes is applied to clips.
struct WindowsOracle<Scalar: OracleScalar> {
  typealias Positions = AttentionOracle<Scalar>.Positions

  /// The number of channels.
  let size: Int
  /// What becomes of all positions of a window.
  let compute: (Positions) -> Positions

  /// The positions of each batch entry of a clip (B, E, T).
  private func positions(_ clip: Tensor64) throws(VerificationError) -> [Positions] {
    guard clip.shape.rank == 3, clip.shape[1] == size else {
      throw VerificationError(.clip(.attention(clip.shape, channels: size)))
    }
    let frames = clip.shape[2]
    return (0..<clip.shape[0]).map { entry in
      (0..<frames).map { time in
        (0..<size).map { Scalar(clip.scalars[(entry * size + $0) * frames + time]) }
      }
    }
  }

  /// What a clip becomes, (B, E, T).
  func clip(
    _ clip: Tensor64, _ asked: WindowPart
  ) throws(VerificationError) -> OracleFrames<Scalar> {
    switch asked {
    case .one(_, isAllOfClip: true): try whole(clip)
    case .one(let query, isAllOfClip: false): try one(clip, query: query)
    case .all: try whole(clip).asOneFrame
    }
  }

  /// What each window of a clip becomes, one after the other: (B, E, T') or (B, E, T', L).
  func steps(
    _ clip: Tensor64, length: Int, _ asked: WindowPart
  ) throws(VerificationError) -> OracleFrames<Scalar> {
    var frames: [[Scalar]] = []
    for end in stride(from: length, through: clip.shape[2], by: 1) {
      let window = clip.frames(end - length..<end)
      let output =
        switch asked {
        case .one(let query, _): try one(window, query: query)
        case .all: try whole(window).asOneFrame
        }
      frames += output.frames
    }
    let shape: Shape = asked == .all ? [clip.shape[0], size, length] : [clip.shape[0], size]
    return OracleFrames(frames: frames, shape: shape)
  }

  /// All frames of a clip, each attending to all of them.
  private func whole(_ clip: Tensor64) throws(VerificationError) -> OracleFrames<Scalar> {
    let outputs = try positions(clip).map(compute)
    let frames = (0..<clip.shape[2]).map { time in outputs.flatMap { $0[time] } }
    return OracleFrames(frames: frames, shape: clip.shape.frame)
  }

  /// One position of a whole clip, as a clip of one frame.
  private func one(
    _ clip: Tensor64, query: Int
  ) throws(VerificationError) -> OracleFrames<Scalar> {
    let frames = clip.shape[2]
    let position = query < 0 ? frames + query : query
    guard (0..<frames).contains(position) else {
      throw VerificationError(.length(.position(query, frames: frames)))
    }
    let all = try whole(clip)
    return OracleFrames(frames: [all.frames[position]], shape: all.shape)
  }
}

extension OracleFrames {
  /// All frames (B, C) as one, whose last axis is time.
  fileprivate var asOneFrame: OracleFrames {
    OracleFrames(
      frames: [(0..<shape.count).flatMap { row in frames.map { $0[row] } }],
      shape: Shape(shape.axes + [frames.count]))
  }
}

/// Which positions of a window a step yields, and which a clip.
enum WindowPart: Hashable {
  /// One of them; of a clip also one, or all of its frames.
  case one(Int, isAllOfClip: Bool)
  /// All of them, as one frame.
  case all
}
