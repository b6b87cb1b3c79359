import Continual
import Tensors

/// CV5: what a stream remembers, and what it must not.
///
/// All comparisons are of bits.
struct StateCheck: Check {
  static let codes: Set<CheckCode> = [
    .reset, .snapshot, .purity, .chunks, .isolation, .causality, .memory,
  ]

  let network: NetworkUnderTest

  /// The network for a batch of at least two; nil where it cannot be made for one.
  private let lanePlan: Plan?

  enum Case {
    static let streams = Requirement(.isolation, profile: "streams")
    static let clipLanes = Requirement(.isolation, mode: .clip, profile: "lanes")
    static let stepLanes = Requirement(.isolation, mode: .step, profile: "lanes")
    static let causality = Requirement(.causality)
    static let memory = Requirement(.memory)
  }

  /// Makes the check; builds a second plan where the network takes one sample at a time.
  init(_ network: NetworkUnderTest) {
    self.network = network
    if network.frame[0] >= 2 {
      lanePlan = network.plan
    } else {
      lanePlan = try? Plan(
        network.plan.network, frame: Shape([2] + network.frame.axes.dropFirst()),
        clipLength: network.clipLength)
    }
  }

  var plan: Plan { network.plan }

  func plan(_ evidence: inout Evidence) {
    for code in [CheckCode.reset, .snapshot, .purity, .chunks] {
      evidence.require(Requirement(code))
    }
    evidence.require(Case.streams)
    if lanePlan == nil {
      evidence.note(
        "entries of a batch were not told apart: the network cannot be made for a batch of two")
    } else {
      evidence.require(Case.clipLanes)
      evidence.require(Case.stepLanes)
    }
    planCausality(&evidence)
    planMemory(&evidence)
  }

  func run(_ evidence: inout Evidence) throws(VerificationError) {
    evidence.tell("state")
    let length = network.streamLength(outputs: 5)
    let clips = Clips(
      other: network.clip(frames: length, number: 3),
      judged: network.clip(frames: length, number: 4))
    var stream = plan.makeStream()
    let fresh = try network.steps(clips.judged, through: &stream)
    try judgeReset(clips, fresh, end: stream.state, &evidence)
    try judgeSnapshot(clips, fresh, &evidence)
    try judgePurity(clips, fresh, &evidence)
    try judgeChunks(clips.judged, fresh, &evidence)
    try judgeStreams(clips, fresh, &evidence)
    try judgeLanes(length, &evidence)
    try judgeCausality(&evidence)
    try judgeMemory(&evidence)
  }

  /// Two clips of the same length.
  private struct Clips {
    /// The one that comes in between.
    let other: Tensor
    /// The one whose outputs are known.
    let judged: Tensor

    /// The second half of the judged clip.
    var rest: Tensor { judged.frames(half..<judged.shape[2]) }
    /// The first half of the judged clip.
    var start: Tensor { judged.frames(0..<half) }

    private var half: Int { judged.shape[2] / 2 }
  }

  /// Enters how many bits differ, and makes a finding if any do.
  func judge(
    _ requirement: Requirement, _ fault: Problem.StateFault, differing: Int, of elements: Int,
    _ evidence: inout Evidence
  ) {
    evidence.judge(
      requirement, differing: differing, of: elements,
      finding: Finding(
        .state(fault, differing: differing, elements: elements), mode: requirement.mode,
        profiles: requirement.profile.map { [$0] } ?? []))
  }
}

// MARK: - One stream

extension StateCheck {
  private func judgeReset(
    _ clips: Clips, _ fresh: Recording, end: StreamState, _ evidence: inout Evidence
  ) throws(VerificationError) {
    var stream = plan.makeStream()
    _ = try network.steps(clips.other, through: &stream)
    stream.reset()
    var count = stream.state.differences(from: plan.initialState)
    let again = try network.steps(clips.judged, through: &stream)
    count += again.output.elementsDiffering(from: fresh.output)
    count += stream.state.differences(from: end)
    judge(
      Requirement(.reset), .reset, differing: count, of: fresh.output.shape.count, &evidence)
  }

  private func judgeSnapshot(
    _ clips: Clips, _ fresh: Recording, _ evidence: inout Evidence
  ) throws(VerificationError) {
    var stream = plan.makeStream()
    let before = try network.steps(clips.start, through: &stream)
    let saved = stream.state
    _ = try network.steps(clips.other, through: &stream)
    stream.state = saved
    let restored = try network.steps(clips.rest, through: &stream)
    var elsewhere = plan.makeStream()
    elsewhere.state = saved
    let moved = try network.steps(clips.rest, through: &elsewhere)
    let want = fresh.output(after: before)
    let count =
      restored.output.elementsDiffering(from: want) + moved.output.elementsDiffering(from: want)
    judge(
      Requirement(.snapshot), .snapshot, differing: count, of: 2 * want.shape.count, &evidence)
  }

  private func judgePurity(
    _ clips: Clips, _ fresh: Recording, _ evidence: inout Evidence
  ) throws(VerificationError) {
    var stream = plan.makeStream()
    let before = try network.steps(clips.start, through: &stream)
    let saved = stream.state
    _ = try network.forward(clips.judged)
    var trial = stream
    _ = try network.steps(clips.other, through: &trial)
    var count = stream.state.differences(from: saved)
    let after = try network.steps(clips.rest, through: &stream)
    let want = fresh.output(after: before)
    count += after.output.elementsDiffering(from: want)
    let twice = try network.forward(clips.judged).output
    count += try network.forward(clips.judged).output.elementsDiffering(from: twice)
    judge(
      Requirement(.purity), .purity, differing: count, of: want.shape.count + twice.shape.count,
      &evidence)
  }

  private func judgeChunks(
    _ clip: Tensor, _ fresh: Recording, _ evidence: inout Evidence
  ) throws(VerificationError) {
    let length = clip.shape[2]
    let padEnd = fresh.unequalEnds == nil
    var random = RandomSource(seed: network.seed, for: "chunks")
    var count = 0
    var elements = 0
    for largest in [length, 1, 3, max(2, length / 2)] {
      var stream = plan.makeStream()
      var frames: [[Float]] = []
      var start = 0
      while start < length {
        let size = largest == length ? largest : Int.random(in: 1...largest, using: &random)
        let end = min(start + size, length)
        do throws(ModuleError) {
          let output = try stream.forwardSteps(
            clip.frames(start..<end), padEnd: padEnd && end == length)
          frames += output.allFrames
        } catch {
          throw VerificationError(.notRunnable, error)
        }
        start = end
      }
      count += Tensor(frames: frames, of: plan.output.frame).elementsDiffering(from: fresh.output)
      elements += fresh.output.shape.count
    }
    judge(Requirement(.chunks), .chunks, differing: count, of: elements, &evidence)
  }
}

// MARK: - Isolation

extension StateCheck {
  private func judgeStreams(
    _ clips: Clips, _ fresh: Recording, _ evidence: inout Evidence
  ) throws(VerificationError) {
    let other = try network.steps(clips.other)
    var streams = [plan.makeStream(), plan.makeStream()]
    var outputs: [[[Float]]] = [[], []]
    for time in 0..<clips.other.shape[2] {
      for (index, clip) in [clips.other, clips.judged].enumerated() {
        do throws(ModuleError) {
          let made = try streams[index].forwardSteps(clip.frames(time..<time + 1))
          outputs[index] += made.allFrames
        } catch {
          throw VerificationError(.notRunnable, error)
        }
      }
    }
    var count = 0
    for (frames, want) in zip(outputs, [other.stepOutput, fresh.stepOutput]) {
      count += Tensor(frames: frames, of: plan.output.frame).elementsDiffering(from: want)
    }
    judge(
      Case.streams, .streams, differing: count, of: 2 * fresh.stepOutput.shape.count, &evidence)
  }

  /// Fills one entry of a batch with NaN, and looks at the others.
  private func judgeLanes(_ length: Int, _ evidence: inout Evidence) throws(VerificationError) {
    guard let lanePlan else { return }
    let frame = lanePlan.inputFrame
    let clip = InputProfile.normal.clip(of: frame, frames: length, seed: network.seed, clip: 5)
    var poisoned = clip.scalars
    let lane = clip.shape.count / frame[0]
    for index in poisoned.count - lane..<poisoned.count { poisoned[index] = .nan }
    let bad = Tensor(clip.shape, poisoned)
    do throws(ModuleError) {
      var streams = [lanePlan.makeStream(), lanePlan.makeStream()]
      let outputs = [
        (Case.clipLanes, try lanePlan.forward(clip), try lanePlan.forward(bad)),
        (
          Case.stepLanes, try Recording(&streams[0], steps: clip).output,
          try Recording(&streams[1], steps: bad).output
        ),
      ]
      for (requirement, clean, other) in outputs {
        let kept = clean.shape.count / frame[0] * (frame[0] - 1)
        let count = (0..<kept).count { !clean.scalars[$0].hasSameBits(as: other.scalars[$0]) }
        judge(requirement, .lanes, differing: count, of: kept, &evidence)
      }
    } catch {
      throw VerificationError(.notRunnable, error)
    }
  }
}

extension Tensor {
  /// The frames of a clip (B, C, T, S…), one by one.
  var allFrames: [[Float]] { (0..<shape[2]).map { frame($0).scalars } }

  /// The number of elements whose bits differ; all of them where the shapes do.
  func elementsDiffering(from want: Tensor) -> Int {
    shape == want.shape ? bitsDiffering(from: want) : max(shape.count, want.shape.count, 1)
  }
}
