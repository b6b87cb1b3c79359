/// The taps of a window in time where the frames of a chunk are laid out so that each tap is one run of
/// floats: one part for each phase of the stride, as ``FrameLayout`` does it in space.
///
/// How long a part is depends on the chunk. What does not is kept here.
struct TimeTaps: Sendable {
  /// The phases that the window takes, in order.
  let phases: [Int]
  /// Where the run of each tap starts in its part.
  private let places: [Int]
  /// Which part that is; none where there is only one.
  private let parts: [Int]

  init(_ axis: WindowAxis, plane: Int) {
    let places = (0..<axis.kernel).map { $0 * axis.dilation }
    let phases = Set(places.map { $0 % axis.stride }).sorted()
    self.phases = phases
    self.places = places.map { $0 / axis.stride * plane }
    parts = phases.count == 1 ? [] : places.map { phases.firstIndex(of: $0 % axis.stride) ?? 0 }
  }

  /// Where the runs of the taps start, and by how many parts of some length they are shifted.
  ///
  /// Allocates nothing, unless there are more taps than can be counted with phases.
  func bases(length: Int) -> (bases: [Int], phases: TapPhases) {
    guard parts.count > TapPhases.most else { return (places, TapPhases(parts, length: length)) }
    return (zip(places, parts).map { $0 + $1 * length }, .none)
  }
}
