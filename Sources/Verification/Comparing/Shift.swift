import Continual
import Tensors

/// One clip is another one, some frames earlier or later.
public struct Shift: Hashable, Sendable {
  /// Frame `j` of one clip is frame `j + frames` of the other.
  public let frames: Int

  /// The 90th percentile of the difference that is left.
  public let residual: Double

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
