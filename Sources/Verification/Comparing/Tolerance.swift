import Tensors

/// How far a `Float` result may be from a `Double` one and still be the same up to rounding.
///
/// For tensors compared as a whole:
///
///     allowed = 1e-5 * rms(want) + 4 ulp(scale) + 4096 * 2^-149
///
/// * The first term is for sums of many products: their rounding errors grow with about the square
///   root of the number of terms, times the size of the sum. Measured on convolutions with 13,824
///   terms the largest error was 8e-7 of the rms, so the term leaves a factor of ten.
/// * The second term is for results that are small because large numbers cancelled. `scale` is the
///   largest magnitude that went into any element: the largest input, unless a layer says more.
/// * The third term is for denormal numbers, whose products are rounded to multiples of 2^-149.
///
/// Where a layer can bound its own rounding error element by element
/// (``RoundingBounded/roundingBound(_:)``), elements beyond this screen are judged by that bound.
struct Tolerance: Hashable, Sendable {
  /// The largest difference that is called rounding.
  let allowed: Double

  /// The part of the rms that is called rounding, for reports.
  static let ofRMS = 1e-5

  /// How many times the measured noise of a recurrent network or of attention is called rounding: another
  /// order of the same sums was at most 2.7 times as far off in 160 random recurrent networks, and 3.1
  /// times in 240 random encoders.
  static let ofNoise = 8.0

  /// The tolerance for a tensor computed in `Float`.
  ///
  /// - Parameters:
  ///   - want: what the values should be.
  ///   - scale: the largest magnitude that went into any of them.
  init(for want: Tensor64, scale: Double) {
    let largest = max(scale, want.largestMagnitude)
    let ulp = Double(Float(min(largest, Double(Float.greatestFiniteMagnitude))).ulp)
    allowed = Tolerance.ofRMS * want.rms + 4 * ulp + 4096 * 0x1p-149
  }

  /// A tolerance that was decided elsewhere.
  init(allowed: Double) { self.allowed = allowed }

  /// Nothing may differ.
  static let exact = Tolerance(allowed: 0)
}

extension DenseTensor {
  /// The root of the mean of the squares of the finite elements; zero where there are none.
  package var rms: Double {
    var sum = 0.0
    var count = 0
    for scalar in scalars where scalar.isFinite {
      sum += Double(scalar) * Double(scalar)
      count += 1
    }
    return count == 0 ? 0 : (sum / Double(count)).squareRoot()
  }

  /// The largest magnitude of the finite elements; zero where there are none.
  var largestMagnitude: Double {
    var largest = 0.0
    for scalar in scalars where scalar.isFinite { largest = max(largest, abs(Double(scalar))) }
    return largest
  }
}
