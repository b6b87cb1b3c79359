/// The exponential in double precision, for results in single precision.
///
/// It is written without branches or tables, so that loops over it are vectorised (a call of the C library
/// for each element is several times slower). The derivation: with `k` the
/// integer nearest to `x / ln 2` and `r = x - k ln 2`, `|r| <= 0.3466` and `e^x = 2^k (1 + f)`, where
/// `f = e^r - 1` is summed by the Taylor series to the term `r^11 / 11!`; the rest is below
/// `r^12 / 12! < 7e-15`. Relative errors stay below 2e-13, far below half a unit in the last place
/// of a `Float`, 6e-8.
enum Elementary {
  /// The parts of `e^x = scale * (1 + fraction)`, for x between -708 and 709.
  @inline(__always)
  private static func parts(_ x: Double) -> (scale: Double, fraction: Double) {
    // Adding 1.5 * 2^52 leaves the nearest integer in the lowest bits of the significand.
    let shifter = 0x1.8p52
    let shifted = x * 1.442_695_040_888_963_4 + shifter
    let k = shifted - shifter
    let r = x - k * 0.693_147_180_559_945_3
    var series = 1.0 / 39_916_800
    series = series * r + 1.0 / 3_628_800
    series = series * r + 1.0 / 362_880
    series = series * r + 1.0 / 40_320
    series = series * r + 1.0 / 5_040
    series = series * r + 1.0 / 720
    series = series * r + 1.0 / 120
    series = series * r + 1.0 / 24
    series = series * r + 1.0 / 6
    series = series * r + 0.5
    let fraction = series * r * r + r
    // The integer is moved to the exponent, whose bias is that of one.
    let scale = Double(bitPattern: (shifted.bitPattern &<< 52) &+ (1.0).bitPattern)
    return (scale, fraction)
  }

  /// Keeps x between -708 and 709, and a NaN.
  @inline(__always)
  private static func clamped(_ x: Double) -> Double {
    let low = x < -708 ? -708 : x
    return low > 709 ? 709 : low
  }

  /// e^x; zero below -708 and infinite above 709.
  @inline(__always)
  static func exp(_ x: Double) -> Double {
    let (scale, fraction) = parts(clamped(x))
    let value = scale + scale * fraction
    let small = x < -708 ? 0 : value
    return x > 709 ? .infinity : small
  }
}
