import Continual
import Tensors
import TextLayout

/// CV7: whether the outputs of a stream are still right after many frames.
///
/// A ring that is a place too short, a phase that slips or a sum that is carried on show when they have gone
/// round often enough. The outputs of a long stream are compared, bit for bit, with those of the clip of
/// the same frames. Where that is large, or means another thing, they are compared with those of fresh
/// streams that begin a while before each of a few frames.
///
/// A stream that costs little has a batch of one: what counts frames is the same for all entries, and whether
/// they keep apart is a matter of ``StateCheck``.
struct DriftCheck: Check {
  static let codes: Set<CheckCode> = [.drift]

  let network: NetworkUnderTest

  /// How many frames the stream should have.
  let frames: Int

  private static let requirement = Requirement(.drift)

  /// The made-up clip of this check is told apart from others by its number.
  private static let clipNumber = 10

  /// What the steps may cost, in multiplications; one node of a step counts as many as fit in its time.
  private static let mostWork = 5e9
  private static let workOfNode = 20e3

  /// The most numbers that a clip has on all wires together.
  private static let largestClip = Double(1 << 26)

  private var plan: Plan { network.plan }

  /// Prepares the check.
  ///
  /// - Parameters:
  ///   - network: what is judged.
  ///   - frames: how many frames the stream should have.
  init(network: NetworkUnderTest, frames: Int) {
    self.network = DriftCheck.single(network) ?? network
    self.frames = frames
  }

  /// The network for a batch of one; nil where it has that already, or it is not worth another plan: that
  /// of a costly network takes as much memory as its weights, and where modules are many and small, most of
  /// a step does not depend on the batch.
  private static func single(_ network: NetworkUnderTest) -> NetworkUnderTest? {
    let plan = network.plan
    guard !network.isCostly, 4 * plan.frameCost > workOfNode * Double(plan.nodes.count) else {
      return nil
    }
    return network.with(Shape([1] + network.frame.axes.dropFirst()))
  }

  /// The frames that can be afforded, and that fit in memory.
  private var length: Int {
    let work = plan.frameCost + DriftCheck.workOfNode * Double(plan.nodes.count)
    let ends = Double(network.frame.count + plan.output.frame.count)
    let most = min(
      frames, Int(DriftCheck.mostWork / max(work, 1)), Int(DriftCheck.largestClip / max(ends, 1)))
    // Of some networks the branches fit each other in clips of certain lengths alone.
    let fitting = (0..<DriftCheck.mostTries).lazy.map { most - $0 }
      .first { $0 > 0 && plan.outputLength(ofClip: $0) != nil }
    return fitting ?? most
  }

  /// How many lengths are tried for one that fits.
  private static let mostTries = 64

  var work: Double { 2 * Double(length) * plan.frameCost }

  func plan(_ evidence: inout Evidence) {
    guard isComparable else {
      return evidence.note(
        "long streams were not judged: how far back their outputs look is not known")
    }
    let needed = network.streamLength(outputs: 3)
    if length < needed {
      return evidence.note(
        "long streams were not judged: \(Number.count(needed, "frame")) would be needed to see outputs, "
          + "and take too long")
    }
    if length < frames {
      evidence.note(
        "long streams were judged for \(Number.count(length, "frame")) instead of "
          + "\(Number.grouped(frames)), which take too long")
    }
    evidence.require(DriftCheck.requirement)
  }

  func run(_ evidence: inout Evidence) throws(VerificationError) {
    guard evidence.requires(DriftCheck.requirement) else { return }
    evidence.tell("a stream of \(Number.count(length, "frame"))")
    let clip = network.clip(frames: length, number: DriftCheck.clipNumber)
    if isComparedWithClip {
      let both = try network.run(JudgedClip(name: "stream", clip: clip))
      let (output, whole) = (both.steps.stepOutput, both.clip.output)
      let count = min(whole.shape[2], output.shape[2])
      return judge(output.frames(0..<count), whole.frames(0..<count), from: 0, &evidence)
    }
    let output = try network.steps(clip).stepOutput
    for anchor in anchors {
      let start = begin(before: anchor)
      let end = min(anchor + network.streamLength(outputs: 3), length)
      let again = try network.steps(clip.frames(start.frame..<end)).stepOutput
      // The first outputs see what comes before the first frame.
      let seen = again.shape[2]
      let first = min(start.clean, seen)
      let last = min(seen, output.shape[2] - start.output)
      guard first < last else { continue }
      judge(
        output.frames(start.output + first..<start.output + last), again.frames(first..<last),
        from: start.output + first, &evidence)
    }
  }

  private func judge(
    _ got: Tensor, _ want: Tensor, from first: Int, _ evidence: inout Evidence
  ) {
    let isSame = got.hasSameBits(as: want)
    let differing =
      isSame
      ? [] : (0..<got.shape[2]).filter { !got.frame($0).hasSameBits(as: want.frame($0)) }
    let drift = Problem.Drift(
      output: first + (differing.first ?? 0),
      step: plan.timing.step(ofOutput: first + (differing.first ?? 0)), differing: differing.count,
      outputs: got.shape[2],
      error: isSame ? 0 : Comparison(got, want.widened, within: .exact).worst)
    evidence.judge(
      DriftCheck.requirement, differing: differing.count, of: got.shape.count,
      finding: Finding(.drift(drift), mode: .step, profiles: ["\(length) frames"]))
  }

  // MARK: - Fresh streams

  /// Whether there is something to compare with: a clip that means the same, or streams that begin later,
  /// where outputs see no more than the receptive field.
  private var isComparable: Bool {
    network.plan.modules.allSatisfy { place in
      place.module.divergence(frame: place.input.frame) == nil || place.module is AdaptivePooling
    } && (isComparedWithClip || !isEndless)
  }

  /// Whether outputs can depend on all frames, or on how many there were.
  private var isEndless: Bool {
    plan.modules.contains { place in
      (place.module as? any Referenced)?.remembersEverything ?? false
        || place.module is RecyclingPositionalEncoding
    }
  }

  /// Whether the clip of all frames means the same and is small enough.
  private var isComparedWithClip: Bool {
    let elements = plan.nodes.map { Double($0.output.frame.count) }.reduce(0, +)
    return network.divergences.isEmpty
      && (isEndless || Double(length) * elements <= DriftCheck.largestClip)
  }

  /// The frames behind which outputs are compared: a few, and the last ones.
  private var anchors: [Int] {
    let last = length - network.streamLength(outputs: 3)
    return ([257, 601, 1001].filter { $0 < last } + [max(last, 0)])
  }

  /// Where a fresh stream begins so that its outputs behind an anchor are those of the long one: at the
  /// beginning of a period, a window before.
  private func begin(before anchor: Int) -> (frame: Int, output: Int, clean: Int) {
    let timing = plan.timing
    let period = plan.period ?? timing.rate.down
    let reach = timing.receptiveField + timing.padding
    let frame = max(anchor - reach, 0) / period * period
    let output = frame / timing.rate.down * timing.rate.up
    // An output whose window begins in the padding is not that of the long stream.
    let clean =
      frame == 0 ? 0 : (timing.padding * timing.rate.up) / timing.rate.down + timing.rate.up
    return (frame, output, clean)
  }
}
