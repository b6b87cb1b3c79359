import Continual
import Tensors
import TextLayout

/// A network on the bench: the plan that runs, its definition, and the facts that several checks need.
///
/// It is only read. A check gets it together with what else it needs, and writes to an ``Evidence``.
struct NetworkUnderTest {
  /// A module whose steps can mean something else than its clip.
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

  /// The modules whose steps can mean something else than their clip.
  let divergences: [Divergence]

  /// The joins at which, as the network is written, frames meet that do not belong together.
  let misalignments: [Misalignment]

  /// Whether clip and steps mean different things at ``clipLength``.
  let partsAtThisLength: Bool

  /// The indices in ``Plan/modules`` of those that are compared with their oracle.
  let judged: [Int]

  /// The most multiplications that a single check of time or memory may cost.
  private static let longestClipCost = 40e9

  /// The most numbers that a made-up clip may have: a gigabyte.
  private static let largestClip = Double(1 << 28)

  /// Puts a network on the bench.
  ///
  /// - Throws: ``VerificationError`` where the network cannot run, or yields nothing in any clip that
  ///   fits in memory.
  init(_ subject: Subject, seed: UInt64) throws(VerificationError) {
    guard subject.clipLength > 0 else {
      throw VerificationError(
        .option, "clips of \(subject.clipLength) frames; at least 1 is needed")
    }
    try self.init(try subject.makePlan(), clipLength: subject.clipLength, seed: seed)
  }

  /// Puts a plan on the bench.
  init(_ plan: Plan, clipLength: Int, seed: UInt64 = 1) throws(VerificationError) {
    self.plan = plan
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
    partsAtThisLength = divergences.contains { !isSame.contains($0.path) }
    judged = plan.judgedModules
    misalignments = plan.misalignments
    let longest = streamLength(outputs: 5)
    guard isHeld(frames: longest) else {
      throw VerificationError(
        .option,
        "clips of \(Number.grouped(longest)) frames \(frame) would be needed to see "
          + "outputs; that is more than can be held at once")
    }
  }
}

extension NetworkUnderTest {
  /// The shape (B, C, S…) of the input frames.
  var frame: Shape { plan.inputFrame }

  /// A made-up clip (B, C, T, S…) for the network; by default of ``clipLength`` frames.
  func clip(_ profile: InputProfile = .normal, frames: Int? = nil, number: Int) -> Tensor {
    profile.clip(of: frame, frames: frames ?? clipLength, seed: seed, clip: number)
  }

  // MARK: - Cost

  /// The multiplications that a frame of input costs in all layers together.
  var frameCost: Double { judged.reduce(0) { $0 + plan.oracleCost(ofModule: $1) } }

  /// Whether a clip of so many frames fits in memory.
  private func isHeld(frames: Int) -> Bool {
    Double(frames) * Double(frame.count) <= NetworkUnderTest.largestClip
  }

  /// Whether a single check can afford to run a clip of so many frames, perhaps several times.
  func canAfford(frames: Int, times: Int = 1) -> Bool {
    isHeld(frames: frames)
      && Double(frames) * Double(times) * frameCost <= NetworkUnderTest.longestClipCost
  }

  // MARK: - Time

  /// How many steps show at least `outputs` outputs, and at least a whole clip.
  func streamLength(outputs: Int) -> Int {
    max(clipLength, plan.timing.step(ofOutput: outputs - 1) + 1)
  }

  // MARK: - Running

  /// Computes a clip at once; an error ends the run, for then there is nothing to judge.
  func forward(
    _ clip: Tensor, recording wires: Set<Wire> = []
  ) throws(VerificationError) -> Recording {
    do throws(ModuleError) {
      return try Recording(plan, forward: clip, wires: wires)
    } catch {
      throw VerificationError(.notRunnable, error)
    }
  }

  /// Runs a clip through a stream.
  func steps(
    _ clip: Tensor, through stream: inout LiveStream, recording wires: Set<Wire> = []
  ) throws(VerificationError) -> Recording {
    do throws(ModuleError) {
      return try Recording(&stream, steps: clip, wires: wires)
    } catch {
      throw VerificationError(.notRunnable, error)
    }
  }

  /// Runs a clip through a fresh stream.
  func steps(_ clip: Tensor) throws(VerificationError) -> Recording {
    var stream = plan.makeStream()
    return try steps(clip, through: &stream)
  }
}

extension Module {
  /// The module as PyTorch prints it, as in `Conv1d(64, 64, kernel_size=(9,))`.
  var description: String { typeName + "(" + summary + ")" }
}

extension Plan {
  /// The whole network; it is lowered last.
  var network: any Module {
    guard let root = modules.last else { preconditionFailure("a plan without its network") }
    return root.module
  }
}
