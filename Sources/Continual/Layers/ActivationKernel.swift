import Foundation
import Tensors

/// Applies a function to each element.
///
/// Functions that only choose, multiply, add or divide are in ``SimpleLoops``, those made of exponentials and
/// logarithms in ``ActivationLoops``, in single precision, and those that few networks have in ``WideLoops``.
struct ActivationKernel: InPlaceKernel {
  let outputFrame: Shape
  let function: Activation.Function

  func apply(
    _ input: Span<Float>?, frames: Int, into output: inout MutableSpan<Float>,
    scratch: inout MutableSpan<Float>
  ) {
    switch function {
    case .sigmoid: ActivationLoops.sigmoid(input, into: &output)
    case .tanh: ActivationLoops.tanh(input, into: &output)
    case .silu: ActivationLoops.silu(input, into: &output)
    case .gelu: ActivationLoops.gelu(input, into: &output)
    case .geluTanh: ActivationLoops.geluTanh(input, into: &output)
    case .logSigmoid: ActivationLoops.logSigmoid(input, into: &output)
    case .softplus(let beta, let threshold):
      ActivationLoops.softplus(input, beta: beta, threshold: threshold, into: &output)
    case .elu(let alpha):
      ActivationLoops.elu(input, above: 1, below: Float(alpha), into: &output)
    case .selu:
      let scale = 1.050_700_987_355_480_493_4
      ActivationLoops.elu(
        input, above: Float(scale), below: Float(scale * 1.673_263_242_354_377_284_8), into: &output
      )
    case .celu(let alpha): WideLoops.apply(.celu(alpha: alpha), input, into: &output)
    case .tanhshrink: WideLoops.apply(.tanhShrink, input, into: &output)
    case .mish: WideLoops.apply(.mish, input, into: &output)
    case .power(let exponent):
      wide(input, into: &output) { Foundation.pow($0, exponent) }
    default:
      applySimple(input, into: &output)
    }
  }

  /// The bounds that it keeps numbers between; nil where it does something else.
  var bounds: (low: Float, high: Float)? {
    switch function {
    case .relu: (0, .infinity)
    case .relu6: (0, 6)
    case .hardtanh(let min, let max): (Float(min), Float(max))
    default: nil
    }
  }

  private func applySimple(_ input: Span<Float>?, into output: inout MutableSpan<Float>) {
    if let (low, high) = bounds {
      return SimpleLoops.apply(.clamp(low: low, high: high), input, into: &output)
    }
    let simple: SimpleLoops.Function =
      switch function {
      case .threshold(let threshold, let value): .threshold(threshold, value: Float(value))
      case .rrelu(let lower, let upper): .leak(Float((lower + upper) / 2))
      case .leakyReLU(let slope): .leak(Float(slope))
      case .hardsigmoid: .hardSigmoid
      case .hardswish: .hardSwish
      case .softsign: .softSign
      case .hardshrink(let lambda): .hardShrink(lambda)
      case .softshrink(let lambda): .softShrink(lambda)
      default: preconditionFailure("\(function) is not here")
      }
    SimpleLoops.apply(simple, input, into: &output)
  }
}
