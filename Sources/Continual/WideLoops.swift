import CKernels

/// Swift's side of the functions in C that are computed in double precision and rounded once.
///
/// Without a source, they change the target where it is. They are safe for the reason that ``DenseLoops``
/// gives for loops over elements.
enum WideLoops {
  /// About how long an element takes, in nanoseconds.
  private static let cost = 1.5

  /// Which function.
  enum Function: Sendable {
    /// e^x
    case exp
    /// e^x - 1
    case expMinusOne
    /// x, and below zero alpha (e^(x / alpha) - 1).
    case celu(alpha: Double)
    /// x - tanh(x)
    case tanhShrink
    /// x tanh(log(1 + e^x))
    case mish
    /// The logarithm of x times a factor.
    case log(times: Double)
    /// log(1 + x)
    case logOnePlus
  }

  /// Applies a function to each element.
  ///
  /// - Parameters:
  ///   - function: which one.
  ///   - source: the elements; nil where they are in `target`.
  ///   - target: as many elements.
  ///   - instructionSet: which one to use.
  static func apply(
    _ function: Function, _ source: Span<Float>?, into target: inout MutableSpan<Float>,
    instructionSet: InstructionSet = .current
  ) {
    unsafe DenseLoops.map(
      { isa, source, target, count in
        switch function {
        case .exp: unsafe ck_exp(isa, source, target, count)
        case .expMinusOne: unsafe ck_expm1(isa, source, target, count)
        case .celu(let alpha): unsafe ck_celu(isa, source, alpha, target, count)
        case .tanhShrink: unsafe ck_tanhshrink(isa, source, target, count)
        case .mish: unsafe ck_mish(isa, source, target, count)
        case .log(let factor): unsafe ck_log(isa, source, factor, target, count)
        case .logOnePlus: unsafe ck_log1p(isa, source, target, count)
        }
      }, source, into: &target, instructionSet, cost: cost)
  }
}
