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

  /// The network for a batch of at least two; nil where it cannot be made for one, or another check tells
  /// its entries apart.
  let lanePlan: Plan?

  /// Whether another check compares the entries of a batch, bit for bit in both modes, with what each is
  /// alone.
  let comparesEntries: Bool

  enum Case {
    static let streams = Requirement(.isolation, profile: "streams")
    static let clipLanes = Requirement(.isolation, mode: .clip, profile: "lanes")
    static let stepLanes = Requirement(.isolation, mode: .step, profile: "lanes")
    static let causality = Requirement(.causality)
    static let memory = Requirement(.memory)
  }

  /// Makes the check; builds a second plan where the network takes one sample at a time.
  ///
  /// - Parameters:
  ///   - network: what is judged.
  ///   - comparesEntries: whether another check compares the entries of a batch, bit for bit in both modes,
  ///     with what each is alone.
  init(_ network: NetworkUnderTest, comparesEntries: Bool = false) {
    self.network = network
    self.comparesEntries = comparesEntries
    if comparesEntries {
      lanePlan = nil
    } else if network.frame[0] >= 2 {
      lanePlan = network.plan
    } else {
      lanePlan = try? Plan(
        network.plan.network, frame: Shape([2] + network.frame.axes.dropFirst()),
        clipLength: network.clipLength)
    }
  }

  var plan: Plan { network.plan }

  var plans: [Plan] { [plan] + [lanePlan].compactMap(\.self) }

  var isOfStreams: Bool { true }

  var work: Double {
    plan.frameCost * Double(network.streamLength(outputs: 5) * (network.isCostly ? 2 : 8))
  }

  func plan(_ evidence: inout Evidence) {
    for code in [CheckCode.reset, .snapshot, .purity, .chunks] {
      evidence.require(Requirement(code))
    }
    evidence.require(Case.streams)
    if comparesEntries {
      noteShortLanes(&evidence)
    } else if lanePlan == nil {
      evidence.note(
        "entries of a batch were not told apart: the network cannot be made for a batch of two")
    } else {
      evidence.require(Case.clipLanes)
      evidence.require(Case.stepLanes)
      noteShortLanes(&evidence)
    }
    planCausality(&evidence)
    planMemory(&evidence)
  }

  private func noteShortLanes(_ evidence: inout Evidence) {
    guard lanesAreShort else { return }
    evidence.note(
      "entries of a batch were told apart in clips of the usual length only: longer ones would take "
        + "too long")
  }

  func run(_ evidence: inout Evidence) throws(VerificationError) {
    evidence.tell("state")
    let length = network.streamLength(outputs: network.isCostly ? 3 : 5)
    let clips = Clips(judged: network.clip(frames: length, number: 4)) {
      network.clip(frames: $0, number: 3)
    }
    var stream = plan.makeStream()
    let fresh = try network.steps(clips.judged, through: &stream)
    let used = stream
    let parts = network.isCostly ? Part.few : Part.each
    // Each is about streams of its own.
    let counted = concurrently(parts.count) { number in
      Result { () throws(VerificationError) in
        try count(parts[number], clips, fresh, used)
      }
    }
    for counts in counted {
      for count in try counts.get() { enter(count, &evidence) }
    }
    try judgeCausality(&evidence)
    try judgeMemory(&evidence)
  }

  /// What is judged by itself; the longest comes first.
  private enum Part {
    case lanes
    case chunks
    case stored
    case streams
    case reset
    /// All but lanes at once.
    case together

    static let each = [Part.lanes, .chunks, .stored, .streams, .reset]
    static let few = [Part.lanes, .together]
  }

  private func count(
    _ part: Part, _ clips: Clips, _ fresh: Recording, _ used: LiveStream
  ) throws(VerificationError) -> [Count] {
    switch part {
    case .lanes: try countLanes(clips.judged, fresh)
    case .chunks: try countChunks(clips.judged, fresh)
    case .stored: try countStored(clips, fresh)
    case .streams: try countStreams(clips.judged, fresh)
    case .reset: try countReset(clips, fresh, used)
    case .together: try countTogether(clips, fresh, used)
    }
  }

  /// Streams take turns, with all that should not matter.
  ///
  /// One gets its frames in chunks, and in the middle is copied, ended and restored. The other was used
  /// and reset, and gets the first frames one by one; near the end it goes on from the state of the first.
  /// Where anything is wrong, each matter is judged by itself.
  private func countTogether(
    _ clips: Clips, _ fresh: Recording, _ used: LiveStream
  ) throws(VerificationError) -> [Count] {
    var turns = TakenTurns(
      plan, used, clips.judged, turn: max(network.clipLength, TakenTurns.shortest))
    let length = clips.judged.shape[2]
    let padEnd = fresh.unequalEnds == nil
    var random = RandomSource(seed: network.seed, for: "chunks")
    var isStored = false
    do throws(ModuleError) {
      while turns.frames < length {
        try turns.go(by: Int.random(in: 1...7, using: &random), padEnd: padEnd)
        guard !isStored, turns.frames > length / 2 else { continue }
        isStored = true
        // A clip that ends here can end in branches of different lengths.
        let canEnd = plan.outputLength(ofClip: turns.frames) != nil
        try turns.store(clips.other, clip: network.clip(number: 4), padEnd: padEnd && canEnd)
      }
    } catch {
      throw VerificationError(.notRun(error))
    }
    guard turns.differing(from: fresh) == 0 else {
      var counts: [Count] = []
      for part in Part.each where part != .lanes {
        counts += try count(part, clips, fresh, used)
      }
      if !counts.contains(where: { $0.differing > 0 }) {
        counts.append(
          Count(
            requirement: Case.streams, fault: .streams, differing: turns.differing(from: fresh),
            elements: fresh.output.shape.count))
      }
      return counts
    }
    let matters: [(Requirement, Problem.StateFault)] = [
      (Requirement(.reset), .reset), (Requirement(.snapshot), .snapshot),
      (Requirement(.purity), .purity), (Requirement(.chunks), .chunks), (Case.streams, .streams),
    ]
    return matters.map {
      Count(requirement: $0, fault: $1, differing: 0, elements: fresh.output.shape.count)
    }
  }

  /// Two clips.
  private struct Clips: Sendable {
    /// The one whose outputs are known.
    let judged: Tensor
    /// The first frames of the one that comes in between.
    let other: @Sendable (_ frames: Int) -> Tensor

    /// The second half of the judged clip.
    var rest: Tensor { judged.frames(half..<judged.shape[2]) }
    /// The first half of the judged clip.
    var start: Tensor { judged.frames(0..<half) }
    /// As much of the other one.
    var between: Tensor { other(max(half, 1)) }

    private var half: Int { judged.shape[2] / 2 }
  }

  /// How many elements are not what they should be.
  struct Count: Sendable {
    let requirement: Requirement
    let fault: Problem.StateFault
    let differing: Int
    let elements: Int
  }

  private func enter(_ count: Count, _ evidence: inout Evidence) {
    judge(count.requirement, count.fault, differing: count.differing, of: count.elements, &evidence)
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
  /// A stream that has seen clips, the judged one first, and is reset is as a fresh one.
  private func countReset(
    _ clips: Clips, _ fresh: Recording, _ used: LiveStream
  ) throws(VerificationError) -> [Count] {
    var stream = used
    _ = try network.steps(clips.between, through: &stream)
    stream.reset()
    var count = stream.state.differences(from: plan.initialState)
    let again = try network.steps(clips.judged, through: &stream)
    count += again.output.elementsDiffering(from: fresh.output)
    count += stream.state.differences(from: used.state)
    return [
      Count(
        requirement: Requirement(.reset), fault: .reset, differing: count,
        elements: fresh.output.shape.count)
    ]
  }

  /// In the middle of a clip, a copy of the stream goes another way and clips are computed at once; then
  /// the stream goes on, and once more from the state that was saved, here and in another stream.
  private func countStored(
    _ clips: Clips, _ fresh: Recording
  ) throws(VerificationError) -> [Count] {
    var stream = plan.makeStream()
    let before = try network.steps(clips.start, through: &stream)
    let want = fresh.output(after: before)
    let saved = stream.state
    let clip = network.clip(number: 4)
    let once = try network.forward(clip).output
    var trial = stream
    _ = try network.steps(clips.between, through: &trial)
    var impure = stream.state.differences(from: saved)
    let spoilt = try countEndPadding(stream, clips, fresh, want)
    let after = try network.steps(clips.rest, through: &stream)
    impure += after.output.elementsDiffering(from: want)
    impure += try network.forward(clip).output.elementsDiffering(from: once)
    var restored = 0
    stream.state = saved
    restored += try network.steps(clips.rest, through: &stream)
      .output.elementsDiffering(from: want)
    var elsewhere = plan.makeStream()
    elsewhere.state = saved
    restored += try network.steps(clips.rest, through: &elsewhere)
      .output.elementsDiffering(from: want)
    return [
      Count(
        requirement: Requirement(.snapshot), fault: .snapshot, differing: restored,
        elements: 2 * want.shape.count),
      Count(
        requirement: Requirement(.purity), fault: .purity, differing: impure,
        elements: want.shape.count + once.shape.count),
    ] + spoilt
  }

  /// A stream goes on when its end padding has been computed.
  private func countEndPadding(
    _ stream: LiveStream, _ clips: Clips, _ fresh: Recording, _ want: Tensor
  ) throws(VerificationError) -> [Count] {
    guard fresh.unequalEnds == nil, plan.outputLength(ofClip: clips.start.shape[2]) != nil else {
      return []
    }
    var stream = stream
    do throws(ModuleError) {
      _ = try stream.forwardSteps(clips.rest.frames(0..<0), padEnd: true)
    } catch {
      throw VerificationError(.notRun(error))
    }
    let output = try network.steps(clips.rest, through: &stream).output
    return [
      Count(
        requirement: Requirement(.purity), fault: .endPadding,
        differing: output.elementsDiffering(from: want), elements: want.shape.count)
    ]
  }

  private func countChunks(
    _ clip: Tensor, _ fresh: Recording
  ) throws(VerificationError) -> [Count] {
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
          throw VerificationError(.notRun(error))
        }
        start = end
      }
      count += Tensor(frames: frames, of: plan.output.frame).elementsDiffering(from: fresh.output)
      elements += fresh.output.shape.count
    }
    return [
      Count(
        requirement: Requirement(.chunks), fault: .chunks, differing: count, elements: elements)
    ]
  }
}

// MARK: - Isolation

extension StateCheck {
  /// Two streams take turns; the second one is a frame behind the first.
  private func countStreams(
    _ clip: Tensor, _ fresh: Recording
  ) throws(VerificationError) -> [Count] {
    var streams = [plan.makeStream(), plan.makeStream()]
    var outputs: [[[Float]]] = [[], []]
    for time in 0...clip.shape[2] {
      for index in streams.indices where 0..<clip.shape[2] ~= time - index {
        do throws(ModuleError) {
          let made = try streams[index].forwardSteps(
            clip.frames(time - index..<time - index + 1))
          outputs[index] += made.allFrames
        } catch {
          throw VerificationError(.notRun(error))
        }
      }
    }
    let want = fresh.stepOutput
    let count = outputs.reduce(0) {
      $0 + Tensor(frames: $1, of: plan.output.frame).elementsDiffering(from: want)
    }
    return [
      Count(
        requirement: Case.streams, fault: .streams, differing: count,
        elements: 2 * want.shape.count)
    ]
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
