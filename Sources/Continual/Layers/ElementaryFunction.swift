import Foundation
import Tensors

extension Activation {
  /// Functions of `torch` that have no class in `torch.nn`, by their names there.
  public enum ElementaryFunction: String, Hashable, Sendable, CaseIterable {
    case abs
    case acos
    case acosh
    case asin
    case asinh
    case atan
    case atanh
    case ceil
    case cos
    case cosh
    case deg2rad
    case erf
    case erfc
    case exp
    case exp2
    case expm1
    case floor
    case frac
    case log
    case log10
    case log1p
    case log2
    case logit
    case neg
    case rad2deg
    case reciprocal
    case round
    case rsqrt
    case sign
    case sin
    case sinc
    case sinh
    case sqrt
    case square
    case tan
    case trunc
  }
}

/// Applies an elementary function to each element.
///
/// What is exact in single precision is computed there, all else in double precision and rounded once.
struct ElementaryKernel: InPlaceKernel {
  let outputFrame: Shape
  let function: Activation.ElementaryFunction

  func apply(
    _ input: Span<Float>?, frames: Int, into output: inout MutableSpan<Float>,
    scratch: inout MutableSpan<Float>
  ) {
    switch function {
    case .abs: map(input, into: &output) { Swift.abs($0) }
    case .neg: map(input, into: &output) { -$0 }
    case .square: map(input, into: &output) { $0 * $0 }
    case .sqrt: map(input, into: &output) { $0.squareRoot() }
    case .reciprocal: map(input, into: &output) { 1 / $0 }
    case .ceil: map(input, into: &output) { $0.rounded(.up) }
    case .floor: map(input, into: &output) { $0.rounded(.down) }
    case .trunc: map(input, into: &output) { $0.rounded(.towardZero) }
    // Halves go to the even number.
    case .round: map(input, into: &output) { $0.rounded(.toNearestOrEven) }
    case .frac: map(input, into: &output) { $0 - $0.rounded(.towardZero) }
    // PyTorch's sign of a NaN is zero.
    case .sign: map(input, into: &output) { $0 > 0 ? 1 : $0 < 0 ? -1 : 0 }
    case .rsqrt: wide(input, into: &output) { 1 / $0.squareRoot() }
    case .deg2rad: wide(input, into: &output) { $0 * (.pi / 180) }
    case .rad2deg: wide(input, into: &output) { $0 * (180 / .pi) }
    case .sinc:
      wide(input, into: &output) { $0 == 0 ? 1 : Foundation.sin(.pi * $0) / (.pi * $0) }
    case .exp: WideLoops.apply(.exp, input, into: &output)
    case .expm1: WideLoops.apply(.expMinusOne, input, into: &output)
    case .log: WideLoops.apply(.log(times: 1), input, into: &output)
    case .log10: WideLoops.apply(.log(times: 0.434_294_481_903_251_827_65), input, into: &output)
    case .log2: WideLoops.apply(.log(times: 1.442_695_040_888_963_407_4), input, into: &output)
    case .log1p: WideLoops.apply(.logOnePlus, input, into: &output)
    case .logit: wide(input, into: &output) { Foundation.log($0 / (1 - $0)) }
    default: applyLibrary(input, into: &output)
    }
  }

  /// The functions of the C library.
  private func applyLibrary(_ input: Span<Float>?, into output: inout MutableSpan<Float>) {
    switch function {
    case .acos: wide(input, into: &output) { Foundation.acos($0) }
    case .acosh: wide(input, into: &output) { Foundation.acosh($0) }
    case .asin: wide(input, into: &output) { Foundation.asin($0) }
    case .asinh: wide(input, into: &output) { Foundation.asinh($0) }
    case .atan: wide(input, into: &output) { Foundation.atan($0) }
    case .atanh: wide(input, into: &output) { Foundation.atanh($0) }
    case .cos: wide(input, into: &output) { Foundation.cos($0) }
    case .cosh: wide(input, into: &output) { Foundation.cosh($0) }
    case .erf: wide(input, into: &output) { Foundation.erf($0) }
    case .erfc: wide(input, into: &output) { Foundation.erfc($0) }
    case .exp2: wide(input, into: &output) { Foundation.exp2($0) }
    case .sin: wide(input, into: &output) { Foundation.sin($0) }
    case .sinh: wide(input, into: &output) { Foundation.sinh($0) }
    case .tan: wide(input, into: &output) { Foundation.tan($0) }
    default: preconditionFailure("\(function) is not here")
    }
  }
}

/// Applies a function in double precision.
@inline(__always)
func wide(
  _ input: Span<Float>?, into output: inout MutableSpan<Float>, _ function: (Double) -> Double
) {
  map(input, into: &output) { Float(function(Double($0))) }
}
