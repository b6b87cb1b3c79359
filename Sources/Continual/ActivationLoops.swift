import CKernels

/// Swift's side of the activations in C: the same functions behind safe signatures.
///
/// Results are within so many units in the last place of the exact ones, for all of single precision:
///
/// | function | with a fused multiply-add | without |
/// |---|---|---|
/// | `sigmoid` | 2.1 | 2.1 |
/// | `silu` | 2.1 | 2.1 |
/// | `tanh` | 1.3 | 1.3 |
/// | `elu` | 1.3 | 1.3 |
/// | `gelu` | 3.8 | 4.2 |
/// | `gelu_tanh` | 2.1 | 2.1 |
/// | `log_sigmoid` | 2.1 | 2.5 |
/// | `softplus` | 2.1 | 2.5 |
/// | `softplus_beta` | 3.2 | 3.5 |
///
/// A factor behind them adds half a unit, and `gated` is as `silu`. The last line is of a `beta` that is not
/// one; denormal results of it are off by one over `beta` units more. `scripts/measure_ulp.py` measures them.
///
/// Instruction sets agree bit for bit where they have the same fused multiply-add, see ``InstructionSet``.
///
/// Without a source, they change the target where it is. They are safe for the reason that ``DenseLoops``
/// gives for loops over elements.
enum ActivationLoops {
  /// About how long an element takes, in nanoseconds.
  private static let cost = 0.4

  /// The logistic function, 1 / (1 + e^-x).
  static func sigmoid(
    _ source: Span<Float>?, into target: inout MutableSpan<Float>,
    instructionSet: InstructionSet = .current
  ) {
    unsafe DenseLoops.map(ck_sigmoid, source, into: &target, instructionSet, cost: cost)
  }

  /// The input times its logistic function, x / (1 + e^-x).
  static func silu(
    _ source: Span<Float>?, into target: inout MutableSpan<Float>,
    instructionSet: InstructionSet = .current
  ) {
    unsafe DenseLoops.map(ck_silu, source, into: &target, instructionSet, cost: cost)
  }

  /// Values times the logistic functions of gates.
  static func gated(
    _ values: Span<Float>, by gates: Span<Float>, into target: inout MutableSpan<Float>,
    instructionSet: InstructionSet = .current
  ) {
    precondition(
      values.count == gates.count && gates.count == target.count,
      "\(values.count) values, \(gates.count) gates")
    Threads.split(&target, into: target.count, cost: cost) { part, target in
      unsafe values.extracting(part).withUnsafeBufferPointer { values in
        unsafe DenseLoops.run(
          { isa, gates, target, count in
            unsafe ck_gated(isa, values.baseAddress, gates, target, count)
          }, gates.extracting(part), into: &target, instructionSet, cost: 0)
      }
    }
  }

  /// The hyperbolic tangent.
  static func tanh(
    _ source: Span<Float>?, into target: inout MutableSpan<Float>,
    instructionSet: InstructionSet = .current
  ) {
    unsafe DenseLoops.map(ck_tanh, source, into: &target, instructionSet, cost: cost)
  }

  /// The input times the normal distribution function.
  static func gelu(
    _ source: Span<Float>?, into target: inout MutableSpan<Float>,
    instructionSet: InstructionSet = .current
  ) {
    unsafe DenseLoops.map(ck_gelu, source, into: &target, instructionSet, cost: cost)
  }

  /// As `gelu`, with the approximation of `approximate="tanh"`.
  static func geluTanh(
    _ source: Span<Float>?, into target: inout MutableSpan<Float>,
    instructionSet: InstructionSet = .current
  ) {
    unsafe DenseLoops.map(ck_gelu_tanh, source, into: &target, instructionSet, cost: cost)
  }

  /// The logarithm of the logistic function.
  static func logSigmoid(
    _ source: Span<Float>?, into target: inout MutableSpan<Float>,
    instructionSet: InstructionSet = .current
  ) {
    unsafe DenseLoops.map(ck_log_sigmoid, source, into: &target, instructionSet, cost: cost)
  }

  /// log(1 + e^(beta x)) / beta, and x where beta x is above the threshold.
  static func softplus(
    _ source: Span<Float>?, beta: Double, threshold: Double, into target: inout MutableSpan<Float>,
    instructionSet: InstructionSet = .current
  ) {
    let (beta, inverse, threshold) = (Parts(beta), Parts(1 / beta), Parts(threshold))
    let numbers = ck_softplus_numbers(
      beta: beta.high, beta_low: beta.low, inverse: inverse.high, inverse_low: inverse.low,
      threshold: threshold.high, threshold_low: threshold.low)
    unsafe withUnsafePointer(to: numbers) { numbers in
      unsafe DenseLoops.map(
        { isa, source, target, count in
          unsafe ck_softplus(isa, source, numbers, target, count)
        }, source, into: &target, instructionSet, cost: cost)
    }
  }

  /// A number as the sum of a float and of what that leaves over.
  private struct Parts {
    let high: Float
    let low: Float

    init(_ number: Double) {
      high = Float(number)
      low = high.isFinite ? Float(number - Double(high)) : 0
    }
  }

  /// The input times `above`, and from zero down e^x - 1 times `below`.
  static func elu(
    _ source: Span<Float>?, above: Float, below: Float, into target: inout MutableSpan<Float>,
    instructionSet: InstructionSet = .current
  ) {
    unsafe DenseLoops.map(
      { isa, source, target, count in
        unsafe ck_elu(isa, source, above, below, target, count)
      }, source, into: &target, instructionSet, cost: cost)
  }
}
