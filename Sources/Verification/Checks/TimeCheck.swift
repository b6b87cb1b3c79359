import Continual
import Tensors
import TextLayout

/// CV2: when outputs come, and how many.
///
/// What a network declares (warm-up, stride, the length of its output) is compared with what its
/// streams do, and the number of frames of a clip with a count that the oracles make for themselves.
/// Clips of other lengths than the usual one are compared in both modes too.
struct TimeCheck: Check {
  static let codes: Set<CheckCode> = [
    .delay, .stridePhase, .lengths, .modes, .shift, .padding,
  ]

  let network: NetworkUnderTest

  /// Compares the values of clips of other lengths; nil to count their frames only.
  let modes: ModeCheck?

  /// The made-up clips of this check are told apart from those of the cases by their number.
  static let clipNumber = 2

  var plan: Plan { network.plan }

  var isOfStreams: Bool { true }

  var work: Double { plan.frameCost * Double(lengths.reduce(lengths.max() ?? 0, +)) }

  func plan(_ evidence: inout Evidence) {
    evidence.require(Requirement(.delay))
    evidence.require(Requirement(.stridePhase))
    for length in lengths {
      evidence.require(countRequirement(length))
      if modes != nil, (plan.outputLength(ofClip: length) ?? 0) > 0, !network.partsAtThisLength {
        evidence.require(valueRequirement(length))
      }
    }
    if !network.divergences.isEmpty {
      evidence.note(
        "only clips of \(Number.count(network.clipLength, "frame")) are judged: clip and steps mean "
          + "different things at other lengths")
    } else {
      let left = wantedLengths.filter { !lengths.contains($0) }.map(String.init)
      if !left.isEmpty {
        evidence.note("clips of \(left.joined(separator: ", ")) frames were left out: too long")
      }
    }
  }

  func run(_ evidence: inout Evidence) throws(VerificationError) {
    evidence.tell("time")
    // One stream shows both: two whole periods of the declared rate and the first output of the next, and
    // all lengths of clip.
    let frames = network.streamLength(outputs: 2 * min(plan.timing.rate.up, 1 << 10) + 2)
    let lengths = lengths
    let longest = max(frames, lengths.max() ?? 0)
    let clip = network.clip(frames: longest, number: TimeCheck.clipNumber)
    var stream = plan.makeStream()
    var outputs: [[Float]] = []
    var steps: [Int] = []
    for time in 0..<longest {
      do throws(ModuleError) {
        let made = try stream.forwardSteps(clip.frames(time..<time + 1)).allFrames
        outputs += made
        if time < frames { steps += [Int](repeating: time, count: made.count) }
      } catch {
        throw VerificationError(.notRun(error))
      }
      if time == frames - 1 { judge(schedule: steps, of: frames, &evidence) }
      if lengths.contains(time + 1) {
        judge(length: clip.frames(0..<time + 1), outputs, stream, &evidence)
      }
    }
  }

  // MARK: - When outputs come

  /// Judges in which of the first `frames` steps outputs came; one that yielded several is named as
  /// often.
  func judge(schedule steps: [Int], of frames: Int, _ evidence: inout Evidence) {
    let timing = plan.timing
    evidence.measured(warmUp: steps.first, rate: Rate(ofOutputsIn: steps))
    let late = steps.first.map { abs(Double($0 - timing.warmUp)) } ?? .infinity
    evidence.record(Requirement(.delay), Measurement(elements: 1, worst: late))
    if late > 0 {
      evidence.find(
        Finding(.firstOutput(found: steps.first, steps: frames, declared: timing.warmUp)))
    }
    let gaps = zip(steps, steps.dropFirst()).map { $1 - $0 }
    let declared = steps.indices.map { timing.step(ofOutput: $0) }
    let wrong =
      zip(gaps, zip(declared, declared.dropFirst()).map { $1 - $0 })
      .map { abs($0 - $1) }.max() ?? 0
    if wrong == 0, let problem = rateProblem(after: frames) {
      evidence.judge(
        Requirement(.stridePhase), differing: Int(problem.size.error ?? 1), of: gaps.count,
        finding: Finding(problem))
    } else {
      evidence.judge(
        Requirement(.stridePhase), differing: wrong, of: gaps.count,
        finding: Finding(.schedule(found: steps, rate: timing.rate, error: wrong)))
    }
  }

  /// A longer clip has more outputs, by the definitions of the modules, than the declared rate says, or
  /// fewer; nil where it has as many, or no definition says it.
  private func rateProblem(after frames: Int) -> Problem? {
    let rate = plan.timing.rate
    let oracle = network.oracle
    // What goes down and up again has a rate of one, and comes in whole periods all the same.
    guard oracle.missing.isEmpty, network.divergences.isEmpty, let period = plan.period,
      let before = oracle.outputLength(ofClip: frames),
      let after = oracle.outputLength(ofClip: frames + 4 * period),
      after - before != 4 * period / rate.down * rate.up
    else { return nil }
    return .rate(outputs: after - before, frames: 4 * period, declared: rate)
  }
}

extension Rate {
  /// The rate of a stream by the steps of its outputs: the shortest period that all of them keep, which
  /// has to be seen once more at least; nil where there is none.
  init?(ofOutputsIn steps: [Int]) {
    for period in 1..<max(steps.count, 1) {
      let gap = steps[period] - steps[0]
      guard gap > 0, period == 1 || steps.count >= 2 * period,
        (0..<steps.count - period).allSatisfy({ steps[$0 + period] - steps[$0] == gap })
      else { continue }
      self.init(up: period, down: gap)
      return
    }
    return nil
  }
}
