import CKernels

/// Swift's side of the activations in C: the same functions behind safe signatures.
///
/// Results are within 1.7 units in the last place of the exact ones, for all of single precision and on
/// all instruction sets; `activations_variant.h` says how. Instruction sets agree where they have the
/// same fused multiply-add, see ``InstructionSet``.
///
/// Why this is safe: source and target have the same number of elements, which is compared before the
/// call, the loops read and write just these, and the pointers do not outlive it. Exclusive access to
/// the target, which Swift enforces, keeps it apart from the source.
enum ActivationLoops {
  /// The logistic function, 1 / (1 + e^-x).
  static func sigmoid(
    _ source: Span<Float>, into target: inout MutableSpan<Float>,
    instructionSet: InstructionSet = .current
  ) {
    unsafe apply(source, into: &target) { source, target, count in
      unsafe ck_sigmoid(instructionSet.rawValue, source, target, count)
    }
  }

  /// The input times its logistic function, x / (1 + e^-x).
  static func silu(
    _ source: Span<Float>, into target: inout MutableSpan<Float>,
    instructionSet: InstructionSet = .current
  ) {
    unsafe apply(source, into: &target) { source, target, count in
      unsafe ck_silu(instructionSet.rawValue, source, target, count)
    }
  }

  /// The hyperbolic tangent.
  static func tanh(
    _ source: Span<Float>, into target: inout MutableSpan<Float>,
    instructionSet: InstructionSet = .current
  ) {
    unsafe apply(source, into: &target) { source, target, count in
      unsafe ck_tanh(instructionSet.rawValue, source, target, count)
    }
  }

  /// The input times `above`, and from zero down e^x - 1 times `below`.
  static func elu(
    _ source: Span<Float>, above: Float, below: Float, into target: inout MutableSpan<Float>,
    instructionSet: InstructionSet = .current
  ) {
    unsafe apply(source, into: &target) { source, target, count in
      unsafe ck_elu(instructionSet.rawValue, source, above, below, target, count)
    }
  }

  @inline(__always)
  private static func apply(
    _ source: Span<Float>, into target: inout MutableSpan<Float>,
    _ body: (UnsafePointer<Float>?, UnsafeMutablePointer<Float>?, Int) -> Void
  ) {
    precondition(source.count == target.count, "\(source.count) and \(target.count) elements")
    unsafe source.withUnsafeBufferPointer { source in
      unsafe target.withUnsafeMutableBufferPointer { target in
        unsafe body(source.baseAddress, target.baseAddress, source.count)
      }
    }
  }
}
