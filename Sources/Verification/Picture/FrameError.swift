import Continual
import Tensors

/// How far a frame, or several side by side, is from what it should be: of all elements, the one that is
/// closest to its limit or farthest beyond.
struct FrameError: Hashable, Sendable {
  /// The difference.
  var error = 0.0

  /// The largest difference that passes there; not a number where the bound is too wide to decide by.
  var allowed = 0.0

  /// The name of the input.
  var profile = ""

  /// How many times what is allowed the difference is; not a number where that is open.
  var ratio: Double { error == 0 ? 0 : allowed.isNaN ? .nan : error / allowed }

  /// Where it stands among others: what is open is worse than what passes.
  private var weight: Double { ratio.isNaN ? 1 + 1e-9 : ratio }

  /// Keeps the worse of two; of several that are equally good, the one with the larger bound.
  mutating func worsen(_ other: FrameError) {
    if profile.isEmpty || other.weight > weight
      || (other.weight == weight && other.allowed > allowed)
    {
      self = other
    }
  }
}

extension FrameError {
  /// How many cells a row has at most: of longer clips, several frames share one.
  static let mostCells = 256

  /// Each frame of a clip, compared with what it should be.
  ///
  /// - Parameters:
  ///   - got: what was computed, (B, C, T, S…).
  ///   - want: what should have been, of the same shape.
  ///   - profile: the name of the input.
  ///   - limit: how far the element at an offset may be off, which has an error.
  /// - Returns: one for each frame.
  static func all<Scalar: BinaryFloatingPoint>(
    _ got: DenseTensor<Scalar>, _ want: Tensor64, profile: String,
    limit: (_ offset: Int, _ error: Double) -> Double
  ) -> [FrameError] {
    let frames = want.shape[2]
    let plane = want.shape.axes.dropFirst(3).reduce(1, *)
    let outer = want.shape[0] * want.shape[1]
    var worst = [(error: Double, limit: Double)](repeating: (0, 0), count: frames)
    let (gotSpan, wantSpan) = (got.scalars.span, want.scalars.span)
    var offset = 0
    for _ in 0..<outer {
      for frame in 0..<frames {
        var (error, allowed) = worst[frame]
        for _ in 0..<plane {
          let own = Comparison.difference(Double(gotSpan[offset]), wantSpan[offset])
          let bound = limit(offset, own)
          if own == 0
            ? error == 0 && bound > allowed && bound < .infinity
            : own * allowed > error * bound || error == 0 || (own > error && bound <= allowed)
          {
            (error, allowed) = (own, bound)
          }
          offset += 1
        }
        worst[frame] = (error, allowed)
      }
    }
    return worst.map { FrameError(error: $0.error, allowed: $0.limit, profile: profile) }
  }

  /// The same with several frames in each cell, where there are many.
  static func binned(_ errors: [FrameError], into most: Int = mostCells) -> [FrameError] {
    let size = framesOfCell(errors.count, most)
    guard size > 1 else { return errors }
    return stride(from: 0, to: errors.count, by: size).map { start in
      errors[start..<min(start + size, errors.count)].dropFirst()
        .reduce(into: errors[start]) { $0.worsen($1) }
    }
  }

  /// How many frames share a cell.
  static func framesOfCell(_ frames: Int, _ most: Int = mostCells) -> Int {
    max(1, (frames + most - 1) / most)
  }
}
