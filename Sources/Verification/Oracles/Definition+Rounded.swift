import Continual
import Tensors

extension Definition {
  /// The values, each off by a random part of what rounding can do to it.
  ///
  /// - Parameters:
  ///   - module: whose definition it is.
  ///   - clip: what it was made of.
  ///   - random: the source of the numbers.
  /// - Returns: the values that are off.
  /// - Throws: ``VerificationError`` where the noise of the module cannot be measured.
  func rounded(
    _ module: any Referenced, _ clip: Tensor64, with random: inout RandomSource
  ) throws(VerificationError) -> Tensor64 {
    func moved(_ limit: (_ index: Int) -> Double) -> Tensor64 {
      Tensor64(
        values.shape,
        values.scalars.indices.map { index in
          let value = values.scalars[index]
          let limit = limit(index)
          guard limit.isFinite, value.isFinite else { return value }
          return value + limit * Double(2 * random.uniform() - 1)
        })
    }
    switch rounding {
    case .none: return values
    case .part(let part, _): return moved { part * abs(values.scalars[$0]) }
    case .within(let limits): return moved { Double(limits[$0]) }
    // A uniform number in (-1, 1) has a standard deviation of the root of a third.
    case .usual(let deviations): return moved { 1.75 * Double(deviations[$0]) }
    case .unknown(let largest):
      if let measured = module as? any NoiseMeasured {
        let noise = 2 * (try measured.noise(clip.narrowed.widened))
        return moved { _ in noise }
      }
      // The module says what the modules inside it make, which are off already.
      guard module.children.isEmpty else { return values }
      let limit = 4 * Rounding.unit * max(values.rms, min(largest, 64 * values.rms))
      return moved { _ in limit }
    }
  }
}
