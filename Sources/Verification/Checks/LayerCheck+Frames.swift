import Continual
import Tensors

/// What a page shows of the frames of a module.
extension LayerCheck {
  /// Each frame of what a module made, by what its comparison judges with.
  ///
  /// - Parameters:
  ///   - comparison: of the clip as a whole.
  ///   - got: what the module made.
  ///   - definition: what it should have made.
  ///   - module: the module.
  ///   - input: what it received.
  ///   - profile: the name of the input.
  /// - Returns: one for each frame.
  func frames(
    _ comparison: Comparison, _ got: Tensor, _ definition: Definition, of module: any Module,
    _ input: Tensor, _ profile: String
  ) -> [FrameError] {
    let want = definition.values
    let screen = definition.rounding.screen(of: want)
    var frames = FrameError.all(got, want, profile: profile) { offset, _ in screen(offset) }
    if definition.rounding.isScreen, frames.contains(where: { $0.ratio > 1 }) {
      let bound = (module as? any RoundingBounded).flatMap { try? $0.roundingBound(input.widened) }
        .flatMap { $0.shape == want.shape ? $0 : nil }
      let noise =
        (module as? any NoiseMeasured).flatMap { try? $0.noise(input.widened) } ?? 0
      frames = FrameError.all(got, want, profile: profile) { offset, error in
        let usual = screen(offset)
        guard error > usual else { return usual }
        let wide = max(usual, (bound?.scalars[offset] ?? 0) * (1 + 1e-6))
        guard error > wide else { return wide }
        return max(wide, noise == 0 ? 0 : usual + Tolerance.ofNoise * noise)
      }
    }
    if comparison.openBound != nil, let offset = comparison.worstOffset {
      frames[got.shape.place(ofElement: offset)[2]] = FrameError(
        error: comparison.worst, allowed: .nan, profile: profile)
    }
    return frames
  }

  /// The worst element of a module over time.
  func trace(
    _ comparison: Comparison, of path: String, _ mode: Mode, _ got: Tensor, _ want: Tensor64,
    other: Tensor?, _ profile: String
  ) -> Trace? {
    let (own, counterpart): (Trace.Source, Trace.Source) =
      mode == .clip ? (.clip, .step) : (.step, .clip)
    let clips: [(Trace.Source, Tensor64)] =
      [(own, got.widened)] + (other.map { [(counterpart, $0.widened)] } ?? [])
      + [(.definition, want)]
    return Trace(
      module: path, profile: profile, offset: comparison.worstOffset, of: got.shape,
      error: comparison.worst, allowed: comparison.allowed, clips)
  }
}

extension Rounding {
  /// How far an element may be off without a closer look.
  fileprivate func screen(of want: Tensor64) -> (_ offset: Int) -> Double {
    switch self {
    case .none: { _ in 0 }
    case .part(let part, let least): { part * abs(want.scalars[$0]) + least }
    case .within(let limits): { Double(limits[$0]) }
    case .usual(let deviations): { Double(deviations[$0]) * Comparison.usualDeviations }
    case .unknown(let largest):
      { [allowed = Tolerance(for: want, scale: largest).allowed] _ in allowed }
    }
  }

  /// Whether what is beyond is judged by bounds of the module's own.
  fileprivate var isScreen: Bool {
    switch self {
    case .usual, .unknown: true
    case .none, .part, .within: false
    }
  }
}
