import Continual
import Foundation

extension Activation.ElementaryFunction {
  /// The function in `Double`, by its definition.
  func value(at x: Double) -> Double {
    switch self {
    case .abs: x < 0 ? -x : x
    case .acos: Foundation.acos(x)
    case .acosh: Foundation.acosh(x)
    case .asin: Foundation.asin(x)
    case .asinh: Foundation.asinh(x)
    case .atan: Foundation.atan(x)
    case .atanh: Foundation.atanh(x)
    case .ceil: Foundation.ceil(x)
    case .cos: Foundation.cos(x)
    case .cosh: Foundation.cosh(x)
    case .deg2rad: x * Double.pi / 180
    case .erf: Foundation.erf(x)
    case .erfc: Foundation.erfc(x)
    case .exp: Foundation.exp(x)
    case .exp2: Foundation.pow(2, x)
    case .expm1: Foundation.expm1(x)
    case .floor: Foundation.floor(x)
    case .frac: x - Foundation.trunc(x)
    case .log: Foundation.log(x)
    case .log10: Foundation.log10(x)
    case .log1p: Foundation.log1p(x)
    case .log2: Foundation.log2(x)
    case .logit: Foundation.log(x / (1 - x))
    case .neg: -x
    case .rad2deg: x * 180 / Double.pi
    case .reciprocal: 1 / x
    case .round: Foundation.rint(x)
    case .rsqrt: 1 / Foundation.sqrt(x)
    case .sign: x > 0 ? 1 : x < 0 ? -1 : 0
    case .sin: Foundation.sin(x)
    case .sinc: x == 0 ? 1 : Foundation.sin(Double.pi * x) / (Double.pi * x)
    case .sinh: Foundation.sinh(x)
    case .sqrt: Foundation.sqrt(x)
    case .square: x * x
    case .tan: Foundation.tan(x)
    case .trunc: Foundation.trunc(x)
    }
  }
}
