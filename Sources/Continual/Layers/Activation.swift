import Tensors

/// A function applied to each element, as the activations of `torch.nn` in evaluation mode.
///
/// Takes and makes clips of any shape. Clip and step have the same bits. Each result is within 2.5 units in
/// the last place of the exact value of the function, that of `gelu` within 4.2 and of a `softplus` with a
/// `beta` within 3.5, wherever the function is not ill-conditioned; NaN and infinities give what PyTorch's
/// functions give in double precision.
public struct Activation: Module {
  /// Which function.
  public enum Function: Hashable, Sendable {
    /// x above the threshold, else the value.
    case threshold(Double, value: Double)
    /// max(x, 0)
    case relu
    /// x, and below zero x times the mean of the bounds: what `RReLU` does in evaluation.
    case rrelu(lower: Double, upper: Double)
    /// x, kept between the bounds.
    case hardtanh(min: Double, max: Double)
    /// x, kept between 0 and 6.
    case relu6
    /// 1 / (1 + e^-x)
    case sigmoid
    /// (x + 3) / 6, kept between 0 and 1.
    case hardsigmoid
    /// The hyperbolic tangent.
    case tanh
    /// x sigmoid(x), also known as swish.
    case silu
    /// x hardsigmoid(x)
    case hardswish
    /// x, and below zero alpha (e^x - 1).
    case elu(alpha: Double)
    /// x, and below zero alpha (e^(x / alpha) - 1).
    case celu(alpha: Double)
    /// `elu` with the two constants that keep mean and variance.
    case selu
    /// x times the normal distribution function.
    case gelu
    /// As `gelu`, with the approximation of `approximate="tanh"`.
    case geluTanh
    /// x, and zero between -lambda and lambda.
    case hardshrink(lambda: Double)
    /// x, and below zero x times the slope.
    case leakyReLU(negativeSlope: Double)
    /// log(sigmoid(x))
    case logSigmoid
    /// log(1 + e^(beta x)) / beta, and x where beta x is above the threshold.
    case softplus(beta: Double, threshold: Double)
    /// x moved by lambda towards zero, and zero between -lambda and lambda.
    case softshrink(lambda: Double)
    /// x / (1 + |x|)
    case softsign
    /// x - tanh(x)
    case tanhshrink
    /// x tanh(log(1 + e^x))
    case mish
    /// A function of `torch` that has no class in `torch.nn`.
    case elementary(ElementaryFunction)
    /// x to the power of a number, as `torch.pow`.
    case power(Double)
  }

  /// Which function.
  public let function: Function

  /// Makes an activation.
  ///
  /// - Parameter function: which function.
  /// - Throws: ``ModuleError`` where PyTorch does not take an argument either.
  public init(_ function: Function) throws(ModuleError) {
    self.function = function
    var check = ArgumentCheck()
    switch function {
    case .hardtanh(let min, let max):
      check.require(min < max, .hardtanh(min: min, max: max))
    case .rrelu(let lower, let upper):
      check.require(lower <= upper, .rrelu(lower: lower, upper: upper))
    case .celu(let alpha):
      check.require(alpha != 0, .zeroAlpha)
    case .hardshrink(let lambda), .softshrink(let lambda):
      check.require(lambda >= 0, .lambda(lambda))
    default: break
    }
    try check.finish()
  }

  public var typeName: String {
    switch function {
    case .threshold: "Threshold"
    case .relu: "ReLU"
    case .rrelu: "RReLU"
    case .hardtanh: "Hardtanh"
    case .relu6: "ReLU6"
    case .sigmoid: "Sigmoid"
    case .hardsigmoid: "Hardsigmoid"
    case .tanh: "Tanh"
    case .silu: "SiLU"
    case .hardswish: "Hardswish"
    case .elu: "ELU"
    case .celu: "CELU"
    case .selu: "SELU"
    case .gelu, .geluTanh: "GELU"
    case .hardshrink: "Hardshrink"
    case .leakyReLU: "LeakyReLU"
    case .logSigmoid: "LogSigmoid"
    case .softplus: "Softplus"
    case .softshrink: "Softshrink"
    case .softsign: "Softsign"
    case .tanhshrink: "Tanhshrink"
    case .mish: "Mish"
    case .elementary, .power: "Lambda"
    }
  }

  public var summary: String {
    let arguments: [(String, Double)] =
      switch function {
      case .threshold(let threshold, let value): [("threshold", threshold), ("value", value)]
      case .rrelu(let lower, let upper): [("lower", lower), ("upper", upper)]
      case .hardtanh(let min, let max): [("min_val", min), ("max_val", max)]
      case .elu(let alpha), .celu(let alpha): [("alpha", alpha)]
      case .hardshrink(let lambda), .softshrink(let lambda): [("lambd", lambda)]
      case .leakyReLU(let slope): [("negative_slope", slope)]
      case .softplus(let beta, let threshold): [("beta", beta), ("threshold", threshold)]
      default: []
      }
    if function == .geluTanh { return "approximate=\"tanh\"" }
    if case .elementary(let elementary) = function { return elementary.rawValue }
    if case .power(let exponent) = function { return "pow, \(Arguments.number(exponent))" }
    return arguments.map { "\($0)=\(Arguments.number($1))" }.joined(separator: ", ")
  }

  public func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire {
    if case .elementary(let elementary) = function {
      return plan.append(
        ElementaryKernel(outputFrame: input.frame, function: elementary), to: input)
    }
    return plan.append(
      ActivationKernel(outputFrame: input.frame, function: function), to: input)
  }
}
