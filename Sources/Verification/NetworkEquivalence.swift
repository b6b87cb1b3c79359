package import Continual
package import Tensors

/// Whether a network that was written in another way still computes the same, up to rounding.
///
/// Both networks are computed in float64 by their definitions. What may differ is what rounding the
/// new weights does, about as much as rounding in the arithmetic does, which is measured: the distance
/// between the original's float32 and float64 outputs.
///
///     allowed = 1e-6 * rms + 4 * noise
package struct NetworkEquivalence: Hashable, Sendable {
  /// The largest difference of an output of clip or steps.
  package let maxAbs: Double

  /// The largest difference that is called rounding.
  package let allowed: Double

  /// Whether the networks compute the same.
  package var holds: Bool { maxAbs <= allowed }

  /// Compares two networks on one clip.
  ///
  /// - Parameters:
  ///   - original: the network before.
  ///   - rewritten: the network afterwards.
  ///   - clip: (B, C, T, S…).
  /// - Throws: ``VerificationError`` where one of them cannot be computed.
  package init(
    _ original: any Module, _ rewritten: any Module, clip: Tensor
  ) throws(VerificationError) {
    let (one, other) = (NetworkOracle(original), NetworkOracle(rewritten))
    let wide = clip.widened
    let want = try one.forward(wide)
    let single: Tensor64
    do throws(ModuleError) {
      let plan = try Plan(original, frame: clip.shape.frame, clipLength: clip.shape[2])
      single = try plan.forward(clip).widened
    } catch {
      throw VerificationError(.notRun(error))
    }
    let noise = NetworkEquivalence.distance(single, want)
    maxAbs = max(
      NetworkEquivalence.distance(try other.forward(wide), want),
      NetworkEquivalence.distance(try other.steps(wide), try one.steps(wide)))
    allowed = 1e-6 * want.rms + 4 * noise
  }

  private static func distance(_ got: Tensor64, _ want: Tensor64) -> Double {
    guard got.shape == want.shape else { return .infinity }
    return Comparison(got, want, within: .exact).worst
  }
}
