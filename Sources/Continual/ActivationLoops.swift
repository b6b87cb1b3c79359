import CKernels

/// Swift's side of the activations in C: the same functions behind safe signatures.
///
/// Results are within 1.7 units in the last place of the exact ones, for all of single precision and on
/// all instruction sets; `activations_variant.h` says how. Instruction sets agree where they have the
/// same fused multiply-add, see ``InstructionSet``.
///
/// Without a source, they change the target where it is. They are safe for the reason that ``DenseLoops``
/// gives for loops over elements.
enum ActivationLoops {
  /// The logistic function, 1 / (1 + e^-x).
  static func sigmoid(
    _ source: Span<Float>?, into target: inout MutableSpan<Float>,
    instructionSet: InstructionSet = .current
  ) {
    unsafe DenseLoops.map(ck_sigmoid, source, into: &target, instructionSet)
  }

  /// The input times its logistic function, x / (1 + e^-x).
  static func silu(
    _ source: Span<Float>?, into target: inout MutableSpan<Float>,
    instructionSet: InstructionSet = .current
  ) {
    unsafe DenseLoops.map(ck_silu, source, into: &target, instructionSet)
  }

  /// The hyperbolic tangent.
  static func tanh(
    _ source: Span<Float>?, into target: inout MutableSpan<Float>,
    instructionSet: InstructionSet = .current
  ) {
    unsafe DenseLoops.map(ck_tanh, source, into: &target, instructionSet)
  }

  /// The input times `above`, and from zero down e^x - 1 times `below`.
  static func elu(
    _ source: Span<Float>?, above: Float, below: Float, into target: inout MutableSpan<Float>,
    instructionSet: InstructionSet = .current
  ) {
    unsafe DenseLoops.map(
      { isa, source, target, count in
        unsafe ck_elu(isa, source, above, below, target, count)
      }, source, into: &target, instructionSet)
  }
}
