import CKernels

/// The instruction sets the dense loops are written for, from the lowest.
///
/// With `avx2`, `avx512` and on arm64 a product is added with one rounding, so these agree bit for
/// bit; the baseline of x86-64 rounds twice. See `CKernels.h`.
package enum InstructionSet: Int32, Hashable, Sendable, CaseIterable {
  /// SSE2 on x86-64, NEON on arm64.
  case baseline
  /// AVX2 and FMA.
  case avx2
  /// AVX-512 F and VL.
  case avx512

  /// Those that this processor has, from the lowest.
  package static let available: [InstructionSet] = {
    let highest = ck_highest_instruction_set()
    return allCases.filter { $0.rawValue <= highest }
  }()

  /// Whether a product is added with one rounding.
  package var fusesProducts: Bool {
    #if arch(x86_64)
    self != .baseline
    #else
    true
    #endif
  }

  /// The one that kernels use: the highest of the processor, or a lower one where the environment
  /// variable `COVERIFY_ISA` names it (`baseline`, `avx2` or `avx512`).
  package static let current: InstructionSet = {
    let requested = ck_requested_instruction_set()
    let allowed = available.last { requested < 0 || $0.rawValue <= requested }
    return allowed ?? .baseline
  }()
}
