import Continual
import Tensors

/// Two clips that run through a stream back to back; the second one is judged.
struct ClipCase {
  /// The name of the profile, or `input` for the user's clip.
  let name: String

  private let profile: InputProfile
  private let frame: Shape
  private let frames: Int
  private let seed: UInt64
  private let given: Tensor?
  private let factor: Float

  /// The clip that runs first, so that what it leaves behind can be seen.
  var first: Tensor { made(clip: 0) }

  /// The clip that is judged.
  var second: Tensor {
    let clip = given ?? made(clip: 1)
    guard spoilsFirstEntry else { return clip }
    var scalars = clip.scalars
    let plane = clip.shape.axes.dropFirst(3).reduce(1, *)
    for channel in 0..<clip.shape[1] {
      let row = channel * frames * plane
      for place in row + frames / 2 * plane..<row + frames * plane { scalars[place] = .nan }
    }
    return Tensor(clip.shape, scalars)
  }

  /// The clip that is judged, with nothing spoilt.
  var unspoilt: ClipCase {
    var clean = self
    clean.spoilsFirstEntry = false
    return clean
  }

  /// Whether the first entry of the judged batch becomes NaN in the middle, which must not reach the others.
  var spoilsFirstEntry = false

  private func made(clip: Int) -> Tensor {
    profile.clip(of: frame, frames: frames, seed: seed, clip: clip).multiplied(by: factor)
  }

  /// The number of frames of both.
  var length: Int { frames }

  /// A made-up case, by default named after its profile, whose numbers are multiplied by a factor.
  init(
    _ profile: InputProfile, frame: Shape, frames: Int, seed: UInt64, name: String? = nil,
    factor: Float = 1
  ) {
    self.name = name ?? profile.rawValue
    self.profile = profile
    self.frame = frame
    self.frames = frames
    self.seed = seed
    self.factor = factor
    given = nil
  }

  private init(input: Tensor, seed: UInt64) {
    name = "input"
    profile = .normal
    frame = input.shape.frame
    frames = input.shape[2]
    self.seed = seed
    factor = 1
    given = input
  }

  /// All cases of a run: the user's clip first, if there is one.
  ///
  /// - Parameters:
  ///   - frame: the shape (B, C, S…) of the input frames.
  ///   - frames: the number of frames of made-up clips.
  ///   - profiles: the made-up clips.
  ///   - input: the user's clip.
  ///   - seed: the seed of the run.
  /// - Returns: at least one case.
  /// - Throws: ``VerificationError`` where the user's clip does not fit, or nothing but zeros is left.
  static func all(
    frame: Shape, frames: Int, profiles: [InputProfile], input: Tensor?, seed: UInt64
  ) throws(VerificationError) -> [ClipCase] {
    var cases: [ClipCase] = []
    if let input {
      guard input.shape.rank == frame.rank + 1, input.shape.frame == frame,
        input.shape[2] > 0
      else {
        throw VerificationError(.clip(.input(input.shape, frame: frame)))
      }
      cases.append(ClipCase(input: input, seed: seed))
    }
    for profile in profiles {
      cases.append(
        ClipCase(profile, frame: frame, frames: frames, seed: seed))
    }
    guard !cases.isEmpty else {
      throw VerificationError(.option(.noInput))
    }
    guard cases.contains(where: { $0.name != InputProfile.zeros.rawValue }) else {
      throw VerificationError(.option(.onlyZeros))
    }
    return cases
  }
}

extension Tensor {
  /// The same with all numbers multiplied.
  func multiplied(by factor: Float) -> Tensor {
    factor == 1 ? self : Tensor(shape, scalars.map { $0 * factor })
  }
}
