import Checkpoints
public import Continual
public import Tensors

extension LoadedModel {
  /// A plan, and the clips it is meant for.
  public struct ClipPlan: Sendable {
    /// The network, ready to run.
    public let plan: Plan

    /// The number of frames of a clip.
    public let frames: Int

    /// How shape and length were chosen, a sentence each; empty where both are given.
    public let notes: [String]
  }

  /// A plan for clips of a given shape (B, C, T, S…).
  ///
  /// - Throws: ``LoadError`` where the network cannot take them.
  public func plan(for clip: Shape) throws(LoadError) -> ClipPlan {
    guard clip.rank >= 3 else {
      throw .module(file: file, ModuleError(.frame(.notAClip(clip))))
    }
    if let channels = architecture.inputShape?.first ?? nil, clip[1] != channels {
      throw .module(
        file: file,
        ModuleError(.frame(.declaredChannels(clip: clip, expected: channels))))
    }
    let plan = try makePlan(frame: clip.frame, frames: clip[2])
    return ClipPlan(plan: plan, frames: clip[2], notes: [])
  }

  /// A plan for the clip that comes with the network; where none does, for one sample of a shape that
  /// is chosen.
  ///
  /// - Parameter frames: the number of frames where no clip comes with the network; nil to choose it.
  /// - Returns: the plan and the length.
  /// - Throws: ``LoadError`` where no shape will do.
  public func plan(frames: Int? = nil) throws(LoadError) -> ClipPlan {
    if let clip = reference?.input { return try plan(for: clip.shape) }
    return try plan(batch: 1, frames: frames)
  }

  /// A plan for clips whose shape nobody has given.
  ///
  /// The space axes come from the architecture; where nothing says them, the smallest usual size is
  /// taken that all layers can take. The clip is at least 16 frames and long enough for a few
  /// outputs; where a layer looks at whole clips, it has the length at which steps mean the same.
  ///
  /// - Parameters:
  ///   - batch: the number of samples.
  ///   - frames: the number of frames; nil to choose it.
  /// - Returns: the plan and the length.
  /// - Throws: ``LoadError`` where no shape will do.
  public func plan(batch: Int, frames: Int? = nil) throws(LoadError) -> ClipPlan {
    guard let sample else {
      throw .module(
        file: file,
        ModuleError(.frame(.unknownChannels)))
    }
    var notes: [String] = []
    var sizes = sample.space.contains(nil) ? [8, 16, 32, 64, 112, 160, 224] : [1]
    while true {
      let size = sizes.removeFirst()
      let axes = [batch, sample.channels] + sample.space.map { $0 ?? size }
      guard let frame = Shape(checking: axes) else {
        throw .module(file: file, ModuleError(.frame(.tooLarge(axes))))
      }
      do throws(LoadError) {
        let (plan, length) = try fitted(frame: frame, frames: frames ?? architecture.frames)
        if sample.space.contains(nil) {
          notes.append(
            "frames of \(frame.axes.dropFirst(2).map(String.init).joined(separator: " x ")) "
              + "are assumed, as nothing says their size")
        }
        if frames == nil, architecture.frames == nil { notes.append(lengthNote(plan, length)) }
        return ClipPlan(plan: plan, frames: length, notes: notes)
      } catch {
        // Larger frames do not need less, and run no better in time.
        guard case .module(_, let error) = error, error.code != .budget,
          error.code != .notStreamable, !sizes.isEmpty
        else { throw error }
      }
    }
  }

  private func makePlan(frame: Shape, frames: Int) throws(LoadError) -> Plan {
    let bytes = provenance.file.limits.planBytes(fileSize: provenance.file.checkpoint.byteCount)
    return try rethrowing(
      { LoadError.module(file: file, advised($0, frame: frame, frames: frames)) },
      try Plan(
        module, frame: frame, clipLength: frames, budget: bytes / MemoryLayout<Float>.size))
  }

  /// An error that tells how much to allow where the network needs more memory than it may.
  private func advised(_ error: ModuleError, frame: Shape, frames: Int) -> ModuleError {
    guard case .size(.budget(var budget)) = error.finding else { return error }
    budget.remedy =
      bytesNeeded(frame: frame, frames: frames).map { .allow(bytes: $0) } ?? .shrink
    return ModuleError(.size(.budget(budget)), path: error.path)
  }

  /// The bytes that have to be allowed so that a plan is made and its clips are computed; nil where that
  /// is more than there is anywhere.
  ///
  /// What a plan itself takes does not grow with the frames that it is made for.
  private func bytesNeeded(frame: Shape, frames: Int) -> Int? {
    let most = 1 << 42
    guard
      let plan = try? Plan(
        module, frame: frame, clipLength: frames, budget: most / MemoryLayout<Float>.size)
    else { return nil }
    let longest = max(
      frames, plan.timing.step(ofOutput: 4), plan.outputLength(ofClip: frames) ?? 0)
    // Of no wire a verification holds more than a few clips at a time.
    let largest = plan.nodes.map { node in
      node.output.frame.count.times(max(node.timing.outputCount(ofInputs: longest), 1))
    }.reduce(frame.count.times(longest), max)
    let floats = max(plan.floatCount, largest.times(LoadedModel.clipsOfVerification))
    let mebibytes = floats.times(MemoryLayout<Float>.size) >> 20 + 1
    return mebibytes < most >> 20 ? mebibytes << 20 : nil
  }

  /// Six copies each of what goes in, what comes out, and the largest in between.
  private static let clipsOfVerification = 18

  private func fitted(frame: Shape, frames: Int?) throws(LoadError) -> (Plan, Int) {
    if let frames { return (try makePlan(frame: frame, frames: frames), frames) }
    var frames = 16
    while true {
      let plan = try makePlan(frame: frame, frames: frames)
      if plan.wholeClips(ofClip: frames).isEmpty {
        if let window = plan.lengthOfWindow {
          return (try makePlan(frame: frame, frames: window), window)
        }
        return (plan, max(frames, plan.timing.step(ofOutput: 3) + 1))
      }
      if let common = plan.commonClipLength() {
        return (try makePlan(frame: frame, frames: common), common)
      }
      // Too short for a layer in front of a pool over the whole clip, or windows that contradict
      // each other; the latter end with a clip on which the modes differ, and are reported so.
      guard plan.outputLength(ofClip: frames) == nil, frames < 1024 else { return (plan, frames) }
      frames *= 2
    }
  }

  private func lengthNote(_ plan: Plan, _ frames: Int) -> String {
    guard let pool = plan.wholeClips(ofClip: frames).first else {
      return "clips have \(frames) frames"
    }
    return "clips have \(frames) frames, the length at which \(pool.path), which looks at a whole "
      + "clip, means the same in steps"
  }
}
