import Continual
import Tensors

/// The two modes on one clip, while it is being judged.
struct CaseRun {
  /// The name of the input.
  let name: String
  let clip: Recording
  let steps: Recording
  /// Whether the modes promise the same bits.
  var keepsBits = false
}

extension CaseRun {
  /// The largest difference between what both modes put on a wire; infinite where they put different
  /// numbers of frames.
  func difference(on wire: Wire) -> Double {
    guard var want = clip.wires[wire], var got = steps.wires[wire] else { return .infinity }
    if steps.unequalEnds != nil {
      // Without end padding, the steps are the first frames of the clip.
      let count = min(got.shape[2], want.shape[2])
      (want, got) = (want.frames(0..<count), got.frames(0..<count))
    }
    guard want.shape == got.shape else { return .infinity }
    if want.hasSameBits(as: got) { return 0 }
    return Comparison(got, want.widened, within: .exact).worst
  }

  /// Whether both modes put the same on a wire, up to rounding; false where none did.
  fileprivate func agrees(on wire: Wire) -> Bool {
    guard let want = clip.wires[wire] else { return false }
    let difference = difference(on: wire)
    if keepsBits || difference == 0 { return difference == 0 }
    return difference <= Tolerance(for: want.widened, scale: want.largestMagnitude).allowed
  }
}

/// The first module where the two modes part: its inputs are the same in both, its outputs are not.
struct Parting {
  let path: String
  let description: String
}

extension Parting {
  /// The parting at a module; nil where the modes do not part there.
  init?(at place: PlacedModule, in plan: Plan, of run: CaseRun) {
    guard run.clip.wires[place.output] != nil, !run.agrees(on: place.output) else { return nil }
    let inputs = place.inputs + place.inside.map { plan.modules[$0].output }
    guard inputs.allSatisfy(run.agrees(on:)) else { return nil }
    self.init(path: place.path, description: place.module.description)
  }
}
