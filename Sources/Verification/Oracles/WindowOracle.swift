import Continual
import Tensors

/// One axis along which a window slides.
struct OracleWindow {
  var size = 1
  var stride = 1
  var padding = 0
  var dilation = 1

  /// The number of places a window covers.
  var span: Int { dilation * (size - 1) + 1 }

  /// The number of windows along a padded axis; nil where not even one fits.
  ///
  /// - Parameters:
  ///   - length: the number of places.
  ///   - ceil: whether a last window may lie partly beyond the padding, if it begins before that.
  /// - Returns: the number of windows.
  func count(along length: Int, ceil: Bool = false) -> Int? {
    // A window that is longer than the axis is the partial one of ceil mode.
    let room = length + 2 * padding - span + (ceil ? stride - 1 : 0)
    guard room >= 0 else { return nil }
    var count = room / stride + 1
    if ceil && (count - 1) * stride >= length + padding { count -= 1 }
    return count
  }
}

/// Pools windows of a clip, in `Double`: PyTorch's definition, place by place.
struct PoolOracle {
  /// Time, height and width; those that a clip does not have are windows of one place.
  var axes: [OracleWindow]
  var isMaximum: Bool
  var countIncludePad = true
  var divisorOverride: Int?

  /// Pools clips (B, C, T, H, W) to `counts` windows along each axis.
  func pool(_ clip: Tensor64, counts: [Int]) -> Tensor64 {
    let lengths = Array(clip.shape.axes.dropFirst(2))
    let planes = clip.shape[0] * clip.shape[1]
    let volume = lengths.reduce(1, *)
    var scalars: [Double] = []
    scalars.reserveCapacity(planes * counts.reduce(1, *))
    // The places of each window along each axis, and how many of them count in a mean.
    let windows = axes.indices.map { axis in
      (0..<counts[axis]).map { window(axes[axis], $0, along: lengths[axis]) }
    }
    for plane in 0..<planes {
      for time in windows[0] {
        for row in windows[1] {
          for column in windows[2] {
            var sum = 0.0
            var largest = -Double.infinity
            for t in time.places {
              for y in row.places {
                let start = plane * volume + (t * lengths[1] + y) * lengths[2]
                for x in column.places {
                  let value = clip.scalars[start + x]
                  sum += value
                  if value > largest || value.isNaN { largest = largest.isNaN ? .nan : value }
                }
              }
            }
            let count = divisorOverride ?? time.count * row.count * column.count
            scalars.append(isMaximum ? largest : sum / Double(count))
          }
        }
      }
    }
    return Tensor64(Shape(Array(clip.shape.axes.prefix(2)) + counts), scalars)
  }

  private func window(
    _ axis: OracleWindow, _ index: Int, along length: Int
  ) -> (places: [Int], count: Int) {
    let all = (0..<axis.size).map { index * axis.stride - axis.padding + $0 * axis.dilation }
    let inside = all.filter { (0..<length).contains($0) }
    // A window that reaches beyond the padding counts only what is before its end.
    let padded = all.filter { $0 < length + axis.padding }
    return (inside, countIncludePad ? padded.count : inside.count)
  }
}

extension Tensor64 {
  /// This clip (B, C, T, S…) with space axes of length one up to (B, C, T, H, W).
  var withAllAxes: Tensor64 {
    let missing = 5 - shape.rank
    return missing <= 0
      ? self : reshaped(Shape(shape.axes + [Int](repeating: 1, count: missing)))
  }

  /// This clip (B, C, T, H, W) with only the first axes, the others of which have length one.
  func withAxes(_ rank: Int) -> Tensor64 { reshaped(Shape(Array(shape.axes.prefix(rank)))) }
}
