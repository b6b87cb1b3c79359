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
    let plane = frame.axes.dropFirst(2).reduce(1, *)
    // The picture before the first.
    var numbers = (0..<frame.count).map { _ in random.uniform() }
    var scalars = [Float](repeating: 0, count: frame.count * frames)
    for time in 0..<frames {
      let scale: Float = self == .burst && time == frames / 2 ? 25 : 1
      for index in numbers.indices {
        numbers[index] = number(after: numbers[index], scale: scale, from: &random)
      }
      for channel in 0..<frame[0] * frame[1] {
        let start = (channel * frames + time) * plane
        for place in 0..<plane { scalars[start + place] = numbers[channel * plane + place] }
      }
    }
    return Tensor(frame.clip(frames: frames), scalars)
  }

  /// An element of a frame, from the element at the same place of the frame before; normal numbers of a
  /// burst are `scale` times as large.
  private func number(
    after before: Float, scale: Float, from random: inout RandomSource
  ) -> Float {
    switch self {
    case .normal: random.normal()
    case .uniform: random.uniform()
    case .video: before + (random.uniform() - before) * 0.125
    case .negative: random.normal() - 3
    case .burst: random.normal() * scale
    case .zeros: 0
    case .denormal: random.normal() * 0x1p-133
    }
  }
}
