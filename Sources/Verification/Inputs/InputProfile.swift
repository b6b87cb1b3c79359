import Continual
public import Tensors

/// A kind of made-up input.
///
/// Which bugs are visible depends on the input: zeros and ramps hide a wrong fill or a wrong delay.
/// The default set (``standard``) shows every bug that was tried with any of the others. Each check
/// runs two different clips of a profile back to back, because state that outlives a reset is
/// invisible to a single stream.
public enum InputProfile: String, Hashable, Sendable, CaseIterable {
  /// Independent numbers of mean 0 and variance 1.
  case normal
  /// Independent numbers in [0, 1), as pixels are.
  case uniform
  /// A picture that changes slowly from frame to frame.
  case video
  /// Normal numbers around -3: whatever is wrongly filled with zeros stands out.
  case negative
  /// Normal numbers with one frame 25 times as large.
  case burst
  /// Nothing but zeros; never used alone.
  case zeros
  /// Numbers around 1e-40, which floats hold only with reduced precision.
  case denormal

  /// The profiles that layers and modes are compared with.
  public static let standard: [InputProfile] = [.normal, .uniform, .video, .negative, .burst]

  /// A clip of this profile.
  ///
  /// - Parameters:
  ///   - frame: the shape (B, C, S…) of a frame.
  ///   - frames: the number of frames.
  ///   - seed: the seed of the run.
  ///   - clip: which of the clips of this run; each has other numbers.
  /// - Returns: (B, C, T, S…).
  public func clip(of frame: Shape, frames: Int, seed: UInt64, clip: Int) -> Tensor {
    var random = RandomSource(seed: seed, for: "\(rawValue) \(clip)")
    var made: [[Float]] = []
    var picture = (0..<frame.count).map { _ in random.uniform() }
    for time in 0..<frames {
      switch self {
      case .normal: made.append((0..<frame.count).map { _ in random.normal() })
      case .uniform: made.append((0..<frame.count).map { _ in random.uniform() })
      case .negative: made.append((0..<frame.count).map { _ in random.normal() - 3 })
      case .zeros: made.append([Float](repeating: 0, count: frame.count))
      case .denormal: made.append((0..<frame.count).map { _ in random.normal() * 0x1p-133 })
      case .burst:
        let scale: Float = time == frames / 2 ? 25 : 1
        made.append((0..<frame.count).map { _ in random.normal() * scale })
      case .video:
        for index in picture.indices {
          picture[index] += (random.uniform() - picture[index]) * 0.125
        }
        made.append(picture)
      }
    }
    return Tensor(frames: made, of: frame)
  }
}
