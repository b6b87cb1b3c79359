import Continual
import Tensors

extension StateCheck {
  /// Whether a clip of the usual length has to be enough for the entries of a batch; it has outputs in the end.
  var lanesAreShort: Bool {
    network.isCostly && network.frame[0] == 1
      && (plan.outputLength(ofClip: network.clipLength) ?? 0) > 0
  }

  /// Fills the last entry of a batch with NaN, and looks at the others.
  func countLanes(_ judged: Tensor, _ fresh: Recording) throws(VerificationError) -> [Count] {
    guard let lanePlan else { return [] }
    let usual = lanesAreShort ? judged.frames(0..<network.clipLength) : nil
    do throws(ModuleError) {
      let clip = try lanes(usual ?? judged, of: lanePlan, StateCheck.whole)
      // Where its branches end at different times, only a long stream has outputs.
      var step = try usual.flatMap { (clip) throws(ModuleError) in
        try lanes(clip, of: lanePlan, StateCheck.stepped)
      }
      if step == nil {
        let known = network.frame[0] == 1 ? fresh.output : nil
        step = try lanes(judged, of: lanePlan, output: known, StateCheck.stepped)
      }
      return [(Case.clipLanes, clip), (Case.stepLanes, step)].map {
        Count(
          requirement: $0, fault: .lanes, differing: $1?.differing ?? 1, elements: $1?.elements ?? 1
        )
      }
    } catch {
      throw VerificationError(.notRun(error))
    }
  }

  /// What a mode makes of a clip; nil where that is nothing.
  private typealias Making = (Plan, Tensor) throws(ModuleError) -> Tensor?

  private static func whole(_ plan: Plan, _ clip: Tensor) throws(ModuleError) -> Tensor? {
    try plan.forward(clip)
  }

  private static func stepped(_ plan: Plan, _ clip: Tensor) throws(ModuleError) -> Tensor? {
    var stream = plan.makeStream()
    let output = try Recording(&stream, steps: clip, goesOn: false).output
    return output.shape.count == 0 ? nil : output
  }

  /// Counts the elements of the other entries that change with the last one.
  ///
  /// - Parameters:
  ///   - known: the first entry, where the network itself takes one sample.
  ///   - lanePlan: the network for several.
  ///   - output: what the network makes of `known`, where that has been computed.
  ///   - made: the mode.
  /// - Returns: how many change, and of how many; nil where there are no outputs.
  /// - Throws: ``ModuleError`` where a clip cannot be computed.
  private func lanes(
    _ known: Tensor, of lanePlan: Plan, output: Tensor? = nil, _ made: Making
  ) throws(ModuleError) -> (differing: Int, elements: Int)? {
    let frame = lanePlan.inputFrame
    let isAlone = network.frame[0] == 1
    let clean =
      isAlone
      ? known.selecting([0, 0], along: 0)
      : InputProfile.normal.clip(of: frame, frames: known.shape[2], seed: network.seed, clip: 5)
    var scalars = clean.scalars
    for index in scalars.count - clean.shape.count / frame[0]..<scalars.count {
      scalars[index] = .nan
    }
    guard let other = try made(lanePlan, Tensor(clean.shape, scalars)) else { return nil }
    let kept = other.shape.count / frame[0] * (frame[0] - 1)
    func differing(from clean: Tensor?) -> Int {
      guard let clean, clean.shape.count >= kept else { return max(kept, 1) }
      return (0..<kept).count { !clean.scalars[$0].hasSameBits(as: other.scalars[$0]) }
    }
    // What is known spares the clean run; where it is not the same, that decides.
    var count = 1
    if let output {
      count = differing(from: output)
    } else if isAlone {
      count = differing(from: try made(plan, known))
    }
    if count > 0 { count = differing(from: try made(lanePlan, clean)) }
    return (count, kept)
  }
}
