import Foundation
import Tensors

/// Applies a function to each element.
///
/// Functions that only choose or multiply once run in single precision, and those made of exponentials and
/// logarithms in ``ActivationLoops``; all others in double precision, since those of the C library in
/// single precision are off by more than a unit in the last place in places, and each further operation
/// would add half a unit.
struct ActivationKernel: InPlaceKernel {
  let outputFrame: Shape
  let function: Activation.Function

  func apply(
    _ input: Span<Float>?, frames: Int, into output: inout MutableSpan<Float>,
    scratch: inout MutableSpan<Float>
  ) {
    // The comparisons are written so that a NaN is kept.
    switch function {
    case .relu:
      map(input, into: &output) { $0 < 0 ? 0 : $0 }
    case .relu6:
      map(input, into: &output) { x in
        let low: Float = x < 0 ? 0 : x
        return low > 6 ? 6 : low
      }
    case .hardtanh(let min, let max):
      let bounds = (Float(min), Float(max))
      map(input, into: &output) { x in
        let low = x < bounds.0 ? bounds.0 : x
        return low > bounds.1 ? bounds.1 : low
      }
    case .threshold(let threshold, let value):
      wide(input, into: &output) { $0 <= threshold ? value : $0 }
    case .rrelu(let lower, let upper):
      leak((lower + upper) / 2, input, into: &output)
    case .leakyReLU(let slope):
      leak(slope, input, into: &output)
    case .sigmoid:
      ActivationLoops.sigmoid(input, into: &output)
    case .hardsigmoid:
      wide(input, into: &output) { ActivationKernel.clamped($0 + 3) / 6 }
    case .tanh:
      ActivationLoops.tanh(input, into: &output)
    case .silu:
      ActivationLoops.silu(input, into: &output)
    case .gelu:
      ActivationLoops.gelu(input, into: &output)
    case .geluTanh:
      ActivationLoops.geluTanh(input, into: &output)
    case .logSigmoid:
      ActivationLoops.logSigmoid(input, into: &output)
    case .softplus(let beta, let threshold):
      ActivationLoops.softplus(input, beta: beta, threshold: threshold, into: &output)
    case .hardswish:
      wide(input, into: &output) { $0 * ActivationKernel.clamped($0 + 3) / 6 }
    case .elu(let alpha):
      ActivationLoops.elu(input, above: 1, below: Float(alpha), into: &output)
    case .celu(let alpha):
      wide(input, into: &output) { $0 > 0 ? $0 : alpha * Elementary.expMinusOne($0 / alpha) }
    case .selu:
      let scale = 1.050_700_987_355_480_493_4
      ActivationLoops.elu(
        input, above: Float(scale), below: Float(scale * 1.673_263_242_354_377_284_8), into: &output
      )
    case .softsign:
      wide(input, into: &output) { $0 / (1 + abs($0)) }
    case .hardshrink(let lambda):
      wide(input, into: &output) { -lambda <= $0 && $0 <= lambda ? 0 : $0 }
    case .softshrink(let lambda):
      wide(input, into: &output) { x in
        let below = x < -lambda ? x + lambda : x * 0
        return x > lambda ? x - lambda : below
      }
    default:
      applyTranscendental(input, into: &output)
    }
  }

  private func applyTranscendental(_ input: Span<Float>?, into output: inout MutableSpan<Float>) {
    switch function {
    case .tanhshrink:
      wide(input, into: &output) { x in
        // Near zero the difference has few digits left, and three terms of its series have enough.
        let square = x * x
        let series = x * square * (1.0 / 3 - square * (2.0 / 15 - square * (17.0 / 315)))
        return abs(x) < 0.02 ? series : x - Elementary.tanh(x)
      }
    case .mish:
      // With e = e^x, tanh(log(1 + e)) is n / (n + 2) for n = e (e + 2).
      wide(input, into: &output) { x in
        let e = Elementary.exp(x > 100 ? 100 : x)
        let n = e * (e + 2)
        return x * (n / (n + 2))
      }
    case .power(let exponent):
      wide(input, into: &output) { Foundation.pow($0, exponent) }
    default:
      preconditionFailure("\(function) is not here")
    }
  }

  /// Keeps x between 0 and 6.
  @inline(__always)
  private static func clamped(_ x: Double) -> Double {
    let low = x < 0 ? 0 : x
    return low > 6 ? 6 : low
  }

  /// x, and below zero x times a slope.
  private func leak(
    _ slope: Double, _ input: Span<Float>?, into output: inout MutableSpan<Float>
  ) {
    let slope = Float(slope)
    map(input, into: &output) { $0 > 0 ? $0 : $0 * slope }
  }
}
