import Continual
import Tensors

/// CV5: what a stream remembers, and what it must not. All comparisons are of bits.
extension VerificationRun {
  private enum Case {
    static let streams = Requirement(.isolation, profile: "streams")
    static let clipLanes = Requirement(.isolation, mode: .clip, profile: "lanes")
    static let stepLanes = Requirement(.isolation, mode: .step, profile: "lanes")
  }

  mutating func planState() {
    for code in [CheckCode.reset, .snapshot, .purity, .chunks] { ledger.require(Requirement(code)) }
    ledger.require(Case.streams)
    if lanePlan == nil {
      notes.append(
        "entries of a batch were not told apart: the network cannot be made for a batch of two")
    } else {
      ledger.require(Case.clipLanes)
      ledger.require(Case.stepLanes)
    }
    if causalityCut != nil {
      ledger.require(Requirement(.causality))
    } else {
      notes.append(
        "causality of the clip was not judged: "
          + (partsAtThisLength
            ? "the clip means another thing than the steps"
            : "\(subject.clipLength) frames yield fewer than two outputs"))
    }
    if let endless = plan.modules.first(where: { $0.remembersEverything }) {
      notes.append(
        "\(endless.path.isEmpty ? endless.module.typeName : endless.path) remembers all frames, so "
          + "the receptive field has no end")
    } else if plan.timing.rate.up > 1 {
      notes.append(
        "the receptive field was not measured: several outputs come of \(plan.timing.rate.down) "
          + "frame\(plan.timing.rate.down == 1 ? "" : "s")")
    } else if !canAfford(frames: memoryProbe.length) {
      notes.append(
        "the receptive field was not measured: \(memoryProbe.length) steps take too long")
    } else {
      ledger.require(Requirement(.memory))
    }
  }

  mutating func checkState() throws(VerificationError) {
    tell("state")
    let length = streamLength(outputs: 5)
    let clips = (3...4).map {
      InputProfile.normal.clip(of: subject.frame, frames: length, seed: options.seed, clip: $0)
    }
    var stream = plan.makeStream()
    let fresh = try steps(clips[1], through: &stream)
    try checkReset(clips[0], clips[1], fresh, end: stream.state)
    try checkSnapshot(clips[0], clips[1], fresh)
    try checkPurity(clips[0], clips[1], fresh)
    try checkChunks(clips[1], fresh)
    try checkStreams(clips[0], clips[1], fresh)
    try checkLanes(length)
    try checkCausality()
    try checkMemory()
  }

  /// Enters how many bits differ, and makes a finding if any do.
  private mutating func record(
    _ requirement: Requirement, differing: Int, of elements: Int, _ message: String,
    unit: String = "element", hint: String? = nil
  ) {
    ledger.record(requirement, Measurement(elements: elements, worst: Double(differing)))
    guard differing > 0 else { return }
    find(
      Finding(
        requirement.check, mode: requirement.mode,
        profiles: requirement.profile.map { [$0] } ?? [], message: message,
        error: Double(differing), allowed: 0,
        pattern: unit == "element"
          ? "\(Number.grouped(differing)) of \(Number.grouped(elements)) elements differ in their bits"
          : "\(Number.count(differing, unit)) too far",
        hint: hint))
  }

  /// The number of elements that differ; all of them where the shapes do.
  private func differing(_ got: Tensor, _ want: Tensor) -> Int {
    got.shape == want.shape
      ? got.bitsDiffering(from: want) : max(got.shape.count, want.shape.count, 1)
  }

  private mutating func checkReset(
    _ first: Tensor, _ second: Tensor, _ fresh: Recording, end: StreamState
  ) throws(VerificationError) {
    var stream = plan.makeStream()
    _ = try steps(first, through: &stream)
    stream.reset()
    var count = stream.state.differences(from: plan.initialState)
    let again = try steps(second, through: &stream)
    count += differing(again.output, fresh.output) + stream.state.differences(from: end)
    record(
      Requirement(.reset), differing: count, of: fresh.output.shape.count,
      "a stream that was reset is not as a fresh one",
      hint: "something outlives the reset: state that the stream does not own")
  }

  private mutating func checkSnapshot(
    _ other: Tensor, _ clip: Tensor, _ fresh: Recording
  ) throws(VerificationError) {
    let half = clip.shape[2] / 2
    var stream = plan.makeStream()
    let before = try steps(clip.frames(0..<half), through: &stream)
    let saved = stream.state
    _ = try steps(other, through: &stream)
    stream.state = saved
    let rest = clip.frames(half..<clip.shape[2])
    let restored = try steps(rest, through: &stream)
    var elsewhere = plan.makeStream()
    elsewhere.state = saved
    let moved = try steps(rest, through: &elsewhere)
    let want = fresh.output(after: before)
    record(
      Requirement(.snapshot),
      differing: differing(restored.output, want) + differing(moved.output, want),
      of: 2 * want.shape.count, "a stream whose state was saved and restored goes on differently",
      hint: "the state of the stream is not all that it remembers")
  }

  private mutating func checkPurity(
    _ other: Tensor, _ clip: Tensor, _ fresh: Recording
  ) throws(VerificationError) {
    let half = clip.shape[2] / 2
    var stream = plan.makeStream()
    let before = try steps(clip.frames(0..<half), through: &stream)
    let saved = stream.state
    _ = try forward(clip.frames(0..<clip.shape[2]))
    var trial = stream
    _ = try steps(other, through: &trial)
    var count = stream.state.differences(from: saved)
    let after = try steps(clip.frames(half..<clip.shape[2]), through: &stream)
    let want = fresh.output(after: before)
    count += differing(after.output, want)
    let twice = try forward(clip).output
    count += differing(try forward(clip).output, twice)
    record(
      Requirement(.purity), differing: count, of: want.shape.count + twice.shape.count,
      "computing a clip, or stepping a copy, changes a stream or the next clip",
      hint: "forward or a copy writes to something that it shares with the stream")
  }

  private mutating func checkChunks(
    _ clip: Tensor, _ fresh: Recording
  ) throws(VerificationError) {
    let padEnd = fresh.unequalEnds == nil
    var random = RandomSource(seed: options.seed, for: "chunks")
    var count = 0
    var elements = 0
    let most = [clip.shape[2], 1, 3, max(2, clip.shape[2] / 2)]
    for largest in most {
      var stream = plan.makeStream()
      var frames: [[Float]] = []
      var start = 0
      while start < clip.shape[2] {
        let size = largest == clip.shape[2] ? largest : Int.random(in: 1...largest, using: &random)
        let end = min(start + size, clip.shape[2])
        do {
          let output = try stream.forwardSteps(
            clip.frames(start..<end), padEnd: padEnd && end == clip.shape[2])
          frames += (0..<output.shape[2]).map { output.frame($0).scalars }
        } catch {
          throw VerificationError(.notRunnable, error)
        }
        start = end
      }
      count += differing(Tensor(frames: frames, of: plan.output.frame), fresh.output)
      elements += fresh.output.shape.count
    }
    record(
      Requirement(.chunks), differing: count, of: elements,
      "the same frames in other chunks give other outputs")
  }

  private mutating func checkStreams(
    _ first: Tensor, _ second: Tensor, _ fresh: Recording
  ) throws(VerificationError) {
    var alone = plan.makeStream()
    let other = try steps(first, through: &alone)
    var streams = [plan.makeStream(), plan.makeStream()]
    var outputs: [[[Float]]] = [[], []]
    for time in 0..<first.shape[2] {
      for (index, clip) in [first, second].enumerated() {
        do {
          let made = try streams[index].forwardSteps(clip.frames(time..<time + 1))
          outputs[index] += (0..<made.shape[2]).map { made.frame($0).scalars }
        } catch {
          throw VerificationError(.notRunnable, error)
        }
      }
    }
    var count = 0
    for (frames, want) in zip(outputs, [other.stepOutput, fresh.stepOutput]) {
      count += differing(Tensor(frames: frames, of: plan.output.frame), want)
    }
    record(
      Case.streams, differing: count, of: 2 * fresh.stepOutput.shape.count,
      "two streams of one network, step by step in turn, disturb each other",
      hint: "they share state")
  }

  /// Fills one entry of a batch with NaN, and looks at the others.
  private mutating func checkLanes(_ length: Int) throws(VerificationError) {
    guard let lanePlan else { return }
    let frame = lanePlan.inputFrame
    let clip = InputProfile.normal.clip(of: frame, frames: length, seed: options.seed, clip: 5)
    var poisoned = clip.scalars
    let lane = clip.shape.count / frame[0]
    for index in poisoned.count - lane..<poisoned.count { poisoned[index] = .nan }
    let bad = Tensor(clip.shape, poisoned)
    do {
      let outputs = (try lanePlan.forward(clip), try lanePlan.forward(bad))
      var streams = [lanePlan.makeStream(), lanePlan.makeStream()]
      let steps = (
        try Recording(&streams[0], steps: clip).output,
        try Recording(&streams[1], steps: bad).output
      )
      for (requirement, pair) in [(Case.clipLanes, outputs), (Case.stepLanes, steps)] {
        let kept = pair.0.shape.count / frame[0] * (frame[0] - 1)
        var count = 0
        for index in 0..<kept {
          let (clean, other) = (pair.0.scalars[index], pair.1.scalars[index])
          let isSame = clean.bitPattern == other.bitPattern || clean.isNaN && other.isNaN
          if !isSame { count += 1 }
        }
        record(
          requirement, differing: count, of: kept,
          "a NaN in one entry of the batch changes another entry",
          hint: "statistics over the batch, or an index that runs into the next entry")
      }
    } catch {
      throw VerificationError(.notRunnable, error)
    }
  }

  /// The number of outputs that are due before the frames that are changed, and the first of these
  /// frames; nil where a clip yields too few outputs.
  var causalityCut: (outputs: Int, frame: Int)? {
    let count = plan.outputCount(ofSteps: subject.clipLength)
    guard count >= 2, !partsAtThisLength else { return nil }
    // Where a step yields several outputs, a cut is before all of them or behind.
    let middle = plan.timing.step(ofOutput: max(1, count / 2))
    for cut in [middle, middle + 1] where cut < subject.clipLength {
      let kept = plan.outputCount(ofSteps: cut)
      if kept > 0 { return (kept, cut) }
    }
    return nil
  }

  /// Changes the future of a clip: outputs that are due before must keep their bits.
  private mutating func checkCausality() throws(VerificationError) {
    guard let (kept, cut) = causalityCut else { return }
    let clips = (6...7).map {
      InputProfile.normal.clip(
        of: subject.frame, frames: subject.clipLength, seed: options.seed, clip: $0)
    }
    let frames = (0..<subject.clipLength).map { clips[$0 < cut ? 0 : 1].frame($0).scalars }
    let changed = Tensor(frames: frames, of: subject.frame)
    let outputs = (try forward(clips[0]).output, try forward(changed).output)
    guard outputs.0.shape[2] >= kept, outputs.1.shape[2] >= kept else {
      return ledger.doubt(
        Requirement(.causality), "the clip has fewer frames than its steps yield outputs")
    }
    let want = outputs.0.frames(0..<kept)
    record(
      Requirement(.causality), differing: differing(outputs.1.frames(0..<kept), want),
      of: want.shape.count, "frames from \(cut) on change outputs that are due before them")
  }

  /// Which frame is made NaN to measure the memory, and how many steps show all it can reach.
  var memoryProbe: (frame: Int, length: Int) {
    let timing = plan.timing
    // An output whose window begins with the frame makes the measure exact.
    let index = (timing.warmUp + timing.padding + timing.stride - 1) / timing.stride
    let frame = max(index * timing.stride - timing.padding, 0)
    return (frame, frame + timing.receptiveField + 3 * timing.stride + timing.warmUp)
  }

  /// Makes one frame NaN: outputs whose window does not hold it must not see it.
  private mutating func checkMemory() throws(VerificationError) {
    guard ledger.requires(Requirement(.memory)) else { return }
    let timing = plan.timing
    let (bad, length) = memoryProbe
    let clip = InputProfile.normal.clip(
      of: subject.frame, frames: length, seed: options.seed, clip: 8)
    var frames = (0..<length).map { clip.frame($0).scalars }
    frames[bad] = [Float](repeating: .nan, count: subject.frame.count)
    var streams = [plan.makeStream(), plan.makeStream()]
    let clean = try steps(clip, through: &streams[0]).stepOutput
    let output = try steps(Tensor(frames: frames, of: subject.frame), through: &streams[1])
      .stepOutput
    // What is no number anyway tells nothing.
    let told = (0..<clean.shape[2]).filter { index in
      !clean.frame(index).scalars.contains { $0.isNaN }
    }
    let hit = told.filter { index in output.frame(index).scalars.contains { $0.isNaN } }
    guard let last = hit.last else {
      ledger.record(Requirement(.memory), Measurement(elements: told.count, worst: 0))
      notes.append("a frame of NaN reaches no output, so the receptive field was not measured")
      return
    }
    // Output `last` begins at this frame; if that is after the bad one, it saw what it must not.
    let begin = last * timing.stride - timing.padding
    measuredReceptiveField = timing.receptiveField + max(begin - bad, 0) - max(bad - begin, 0)
    record(
      Requirement(.memory), differing: max(begin - bad, 0), of: told.count,
      "frame \(bad) still changes output \(last), whose \(timing.receptiveField) frames begin at "
        + "frame \(begin)",
      unit: "frame",
      hint: "a NaN stays in the state, or a ring is longer than the receptive field")
  }
}

extension PlacedModule {
  /// Whether the module can remember all frames it has seen.
  var remembersEverything: Bool { (module as? any Referenced)?.remembersEverything ?? false }
}
