import Tensors

/// Passes its input on a number of steps later, as `continual.Delay`.
///
/// Takes and makes clips of any shape. A clip stays as it is: frame `j` of the output is frame `j` of
/// the input, and step `j + frames` yields it. Where branches are joined, frames are matched by their
/// index, so no delay is needed to align them; this one is for networks that have it.
///
/// With ``autoShrink`` a clip loses frames, and steps yield what is left, one by one. (The Python
/// library yields frames at the end that its `forward` does not have, and with `"centered"` at the
/// start as well.)
public struct Delay: Module {
  /// Which frames a clip loses, as many as the delay has.
  public enum Shrink: String, Hashable, Sendable, CaseIterable {
    /// As many frames at the start, and at the end; `auto_shrink=True` means the same.
    case centered
    /// The frames at the end.
    case lagging
  }

  /// The number of steps.
  public let frames: Int

  /// What stands for the frames before the first; it is never seen, since nothing is due until then.
  public let temporalFill: Fill

  /// Which frames a clip loses; nil for none.
  public let autoShrink: Shrink?

  /// Makes a delay.
  ///
  /// - Parameters:
  ///   - frames: the number of steps, at least zero.
  ///   - temporalFill: has no effect.
  ///   - autoShrink: which frames a clip loses.
  /// - Throws: ``ModuleError`` where the number is negative.
  public init(
    frames: Int, temporalFill: Fill = .zeros, autoShrink: Shrink? = nil
  ) throws(ModuleError) {
    self.frames = frames
    self.temporalFill = temporalFill
    self.autoShrink = autoShrink
    var check = ArgumentCheck()
    check.require("delay", [frames], in: 0...ArgumentCheck.largest)
    try check.finish()
  }

  public var typeName: String { "Delay" }

  public var summary: String {
    String(frames) + (autoShrink.map { ", auto_shrink=\"\($0.rawValue)\"" } ?? "")
  }

  public func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire {
    guard frames > 0 else { return input }
    let floats = try StreamMemory.floats(frames: frames, of: input.frame.count)
    switch autoShrink {
    case nil:
      return plan.append(
        DelayKernel(outputFrame: input.frame, delay: frames, floats: floats), to: input)
    case .centered:
      return plan.append(TrimKernel(frame: input.frame, first: frames, last: frames), to: input)
    case .lagging:
      return plan.append(TrimKernel(frame: input.frame, first: 0, last: frames), to: input)
    }
  }
}

/// Keeps the last frames in a ring until they are due.
struct DelayKernel: Kernel {
  let outputFrame: Shape
  let delay: Int
  let floats: Int

  var timing: Timing { Timing(receptiveField: delay + 1, delay: delay, warmUp: delay) }

  /// The ring, and the number of frames seen.
  var state: StateLayout { StateLayout(floats: floats, counters: 1) }

  func advance(
    _ input: Span<Float>, frames: Int, into output: inout MutableSpan<Float>, outputs: Int,
    ends: Bool, memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) {
    let seen = counters[0]
    counters[0] += frames
    FrameRing(rows: FrameRows(outputFrame), length: delay).advance(
      input, frames: frames, after: seen, into: &output, outputs: outputs, memory: &memory)
  }

  func endCount(after frames: Int) -> Int { min(frames, delay) }
}
