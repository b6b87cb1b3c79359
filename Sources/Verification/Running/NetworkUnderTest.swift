import Continual
import Tensors

/// A network on the bench: the plan that runs, its definition, and the facts that several checks need.
///
/// It is only read. A check gets it together with what else it needs, and writes to an ``Evidence``.
struct NetworkUnderTest {
  /// A module whose steps can mean something other than its clip.
  struct Divergence {
    let path: String
    let description: String
    let reason: String
  }

  /// The network, ready to run.
  let plan: Plan

  /// Its definition in float64.
  let oracle: NetworkOracle

  /// The number of frames of the clips it is judged with.
  let clipLength: Int

  /// Starts all made-up numbers.
  let seed: UInt64

  /// The modules whose steps can mean something other than their clip.
  let divergences: [Divergence]

  /// The joins at which, as the network is written, frames meet that do not belong together.
  let misalignments: [Misalignment]

  /// Whether all modules promise the same bits in clip and steps, wherever they mean the same.
  let keepsBits: Bool

  /// Those whose steps mean something else at ``clipLength``.
  let parting: [Divergence]

  /// The frame of a clip that its steps make, where a module makes all frames of a window in `forward` and
  /// one of them in steps, and the clip is as long as the window; nil where steps make all frames.
  let onlyFrame: Int?

  /// The indices in ``Plan/modules`` of those that are compared with their oracle.
  let judged: [Int]

  /// From how many multiplications on a stream is costly.
  static let costlyWork = 1e9

  /// ``costlyWork``, or less to judge a small network as if it were costly.
  let costlyWork: Double

  /// The most multiplications that a single check of time or memory may cost.
  private static let longestClipCost = 40e9

  /// The most numbers that a made-up clip may have: a gigabyte.
  private static let largestClip = Double(1 << 28)

  /// Puts a network on the bench.
  ///
  /// - Throws: ``VerificationError`` where the network cannot run, or yields nothing in any clip that
  ///   fits in memory.
  init(
    _ subject: Subject, seed: UInt64, costlyWork: Double = NetworkUnderTest.costlyWork
  ) throws(VerificationError) {
    guard subject.clipLength > 0 else {
      throw VerificationError(.option(.clipLength(subject.clipLength)))
    }
    try self.init(
      try subject.makePlan(), clipLength: subject.clipLength, seed: seed, costlyWork: costlyWork)
  }

  /// Puts a plan on the bench.
  init(
    _ plan: Plan, clipLength: Int, seed: UInt64 = 1,
    costlyWork: Double = NetworkUnderTest.costlyWork
  ) throws(VerificationError) {
    self.plan = plan
    self.costlyWork = costlyWork
    self.clipLength = clipLength
    self.seed = seed
    oracle = NetworkOracle(plan.network)
    divergences = plan.modules.compactMap { place in
      place.module.divergence(frame: place.input.frame).map {
        Divergence(path: place.path, description: place.module.description, reason: $0)
      }
    }
    // A layer that pools a whole clip means the same where the clip is as long as its window.
    let same = plan.wholeClips(ofClip: clipLength).filter { $0.found == $0.window }
    let isSame = Set(same.map(\.path))
    parting = divergences.filter { !isSame.contains($0.path) }
    onlyFrame = parting.count == 1 ? plan.onlyFrame(of: parting[0].path, ofClip: clipLength) : nil
    judged = plan.judgedModules
    misalignments = plan.misalignments
    keepsBits = plan.modules.allSatisfy { place in
      NetworkOracle.isPartOfSequence(place.module)
        || (place.module as? any Referenced)?.keepsBitsInSteps ?? false
    }
    let longest = streamLength(outputs: 5)
    guard isHeld(frames: longest) else {
      throw VerificationError(.option(.neededLength(longest, frame: frame)))
    }
  }
}

extension NetworkUnderTest {
  /// The shape (B, C, S…) of the input frames.
  var frame: Shape { plan.inputFrame }

  /// Whether clip and steps mean different things at ``clipLength``.
  var partsAtThisLength: Bool { !parting.isEmpty }

  /// A made-up clip (B, C, T, S…) for the network; by default of ``clipLength`` frames.
  func clip(_ profile: InputProfile = .normal, frames: Int? = nil, number: Int) -> Tensor {
    profile.clip(of: frame, frames: frames ?? clipLength, seed: seed, clip: number)
  }

  /// Judged modules, by default all, in groups whose recordings fit in memory, and the wires that show
  /// their work.
  func groups(
    of modules: [Int]? = nil, frames: Int, budget: Int
  ) -> [(modules: [Int], wires: Set<Wire>)] {
    plan.groups(of: modules ?? judged, frames: frames, budget: budget).map {
      ($0, $0.reduce(into: Set<Wire>()) { $0.formUnion(plan.wires(ofModule: $1)) })
    }
  }

  // MARK: - Cost

  /// What it costs to compare all layers with their definitions on a clip, in multiplications.
  var judgingCost: Double { plan.judgingCost(frames: clipLength) }

  /// Whether a stream takes so long that it is worth to run several at a time, and to do without what is
  /// only another way to see the same.
  var isCostly: Bool { plan.streamCost(frames: clipLength) > costlyWork }

  /// The same network for smaller frames, where it is costly and takes them: what a stream remembers,
  /// and when its outputs come, does not depend on the size of pictures.
  var reduced: NetworkUnderTest? {
    let space = frame.axes.dropFirst(2)
    guard isCostly, !space.isEmpty else { return nil }
    for part in [8, 6, 4, 3, 2, 1.5, 1.25, 1.2] {
      let smaller = space.map { max(Int((Double($0) / part).rounded(.up)), 1) }
      guard smaller.contains(where: { $0 > 1 }),
        let network = with(Shape(Array(frame.axes.prefix(2)) + smaller)),
        network.divergences.count == divergences.count
      else { continue }
      return network
    }
    return nil
  }

  /// The same network for other frames; nil where it does not take them, or has them already.
  func with(_ frame: Shape) -> NetworkUnderTest? {
    guard frame != self.frame,
      let plan = try? Plan(plan.network, frame: frame, clipLength: clipLength),
      plan.modules.count == self.plan.modules.count
    else { return nil }
    return try? NetworkUnderTest(
      plan, clipLength: clipLength, seed: seed, costlyWork: costlyWork)
  }

  /// Whether a clip of so many frames fits in memory.
  private func isHeld(frames: Int) -> Bool {
    Double(frames) * Double(frame.count) <= NetworkUnderTest.largestClip
  }

  /// Whether a single check can afford to run a clip of so many frames, perhaps several times.
  func canAfford(frames: Int, times: Int = 1) -> Bool {
    isHeld(frames: frames)
      && Double(frames) * Double(times) * plan.frameCost <= NetworkUnderTest.longestClipCost
  }

  // MARK: - Between the modes

  /// How far the modes may be apart: nothing where all modules promise the same bits.
  ///
  /// - Parameters:
  ///   - want: what one of them made.
  ///   - input: the clip (B, C, T, S…).
  /// - Returns: the tolerance.
  func toleranceBetweenModes(for want: Tensor64, of input: Tensor) -> Tolerance {
    keepsBits ? .exact : Tolerance(for: want, scale: input.largestMagnitude)
  }

  // MARK: - Frames that correspond

  /// What the steps of a clip have to be, of what `forward` made of it: all frames, or the only one that
  /// steps make.
  func whatStepsMake(of whole: Tensor64) -> Tensor64 {
    guard let onlyFrame, whole.shape[2] == clipLength else { return whole }
    return whole.frames(onlyFrame..<onlyFrame + 1)
  }

  // MARK: - Time

  /// How many steps show at least `outputs` outputs, and at least a whole clip.
  func streamLength(outputs: Int) -> Int {
    max(clipLength, plan.timing.step(ofOutput: outputs - 1) + 1)
  }

  // MARK: - Running

  /// Computes a clip at once; an error ends the run, for then there is nothing to judge.
  func forward(
    _ clip: Tensor, recording wires: Set<Wire> = [], fingerprinting: Bool = false
  ) throws(VerificationError) -> Recording {
    do throws(ModuleError) {
      return try Recording(plan, forward: clip, wires: wires, fingerprinting: fingerprinting)
    } catch {
      throw VerificationError(.notRun(error))
    }
  }

  /// Runs a clip through a stream.
  func steps(
    _ clip: Tensor, through stream: inout LiveStream, recording wires: Set<Wire> = [],
    fingerprinting: Bool = false, goesOn: Bool = true
  ) throws(VerificationError) -> Recording {
    do throws(ModuleError) {
      return try Recording(
        &stream, steps: clip, wires: wires, fingerprinting: fingerprinting, goesOn: goesOn)
    } catch {
      throw VerificationError(.notRun(error))
    }
  }

  /// Runs a clip through a stream for what it leaves there.
  func pass(_ clip: Tensor, through stream: inout LiveStream) throws(VerificationError) {
    do throws(ModuleError) {
      for time in 0..<clip.shape[2] { _ = try stream.forwardSteps(clip.frames(time..<time + 1)) }
    } catch {
      throw VerificationError(.notRun(error))
    }
  }

  /// Runs a clip through a fresh stream.
  func steps(_ clip: Tensor) throws(VerificationError) -> Recording {
    var stream = plan.makeStream()
    return try steps(clip, through: &stream, goesOn: false)
  }
}

extension Module {
  /// The module as PyTorch prints it, as in `Conv1d(64, 64, kernel_size=(9,))`.
  var description: String { typeName + "(" + summary + ")" }
}

extension Plan {
  /// The frame of a clip that steps make, where the module at a path makes all frames of the clip, whose
  /// window is as long, and the network has as many; nil otherwise.
  fileprivate func onlyFrame(of path: String, ofClip frames: Int) -> Int? {
    guard let place = modules.first(where: { $0.path == path }),
      let single = place.module as? any SinglePosition, !single.singleOutputForward,
      let window = single.windowLength,
      place.inputs.first.flatMap({ frameCount(on: $0, ofClip: frames) }) == window,
      outputLength(ofClip: frames) == frames, window == frames
    else { return nil }
    return single.queryIndex < 0 ? window + single.queryIndex : single.queryIndex
  }

  /// The whole network; it is lowered last.
  var network: any Module {
    guard let root = modules.last else { preconditionFailure("a plan without its network") }
    return root.module
  }
}
