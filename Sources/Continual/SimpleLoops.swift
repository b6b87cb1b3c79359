import CKernels

/// Swift's side of the activations in C that only choose, multiply, add or divide, in single precision.
///
/// Without a source, they change the target where it is. They are safe for the reason that ``DenseLoops``
/// gives for loops over elements. All instruction sets have the same bits, but for the last place of
/// `hardSigmoid` and `hardSwish`.
enum SimpleLoops {
  /// Which function.
  ///
  /// A NaN stays one.
  enum Function: Sendable {
    /// x, not below `low` and not above `high`.
    case clamp(low: Float, high: Float)
    /// x, not below zero.
    static let relu = Function.clamp(low: 0, high: .infinity)
    /// x, and from zero down x times a slope.
    case leak(Float)
    /// x above the threshold, else the value.
    case threshold(Double, value: Float)
    /// x, and zero from -lambda to lambda.
    case hardShrink(Double)
    /// x moved by lambda towards zero, and zero from -lambda to lambda; rounded twice.
    case softShrink(Double)
    /// (x + 3) / 6, kept between 0 and 1; rounded twice.
    case hardSigmoid
    /// x times that; rounded three times.
    case hardSwish
    /// x / (1 + |x|), rounded twice.
    case softSign
    /// x times a scale and then a shift added, rounded twice.
    case scale(Float, shift: Float)
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
        case .clamp(let low, let high): unsafe ck_clamp(isa, source, low, high, target, count)
        case .leak(let slope): unsafe ck_leak(isa, source, slope, target, count)
        case .threshold(let threshold, let value):
          unsafe ck_threshold(isa, source, below(threshold), value, target, count)
        case .hardShrink(let lambda):
          unsafe ck_hard_shrink(isa, source, below(lambda), target, count)
        case .softShrink(let lambda):
          let high = below(lambda)
          unsafe ck_soft_shrink(isa, source, high, Float(lambda - Double(high)), target, count)
        case .hardSigmoid: unsafe ck_hard_sigmoid(isa, source, target, count)
        case .hardSwish: unsafe ck_hard_swish(isa, source, target, count)
        case .softSign: unsafe ck_soft_sign(isa, source, target, count)
        case .scale(let scale, let shift):
          unsafe ck_scale(isa, source, scale, shift, target, count)
        }
      }, source, into: &target, instructionSet, cost: DenseLoops.nanosecondsOfElement)
  }

  /// Applies a function to a part of the elements.
  static func apply(
    _ function: Function, _ source: Span<Float>?, _ range: Range<Int>,
    into target: inout MutableSpan<Float>, instructionSet: InstructionSet = .current
  ) {
    var own = target._mutatingExtracting(range)
    if let source {
      apply(function, source.extracting(range), into: &own, instructionSet: instructionSet)
    } else {
      apply(function, nil, into: &own, instructionSet: instructionSet)
    }
  }

  /// The largest float that is not above a number: a float is above it where it is above the number.
  private static func below(_ number: Double) -> Float {
    let nearest = Float(number)
    return Double(nearest) > number ? nearest.nextDown : nearest
  }
}
