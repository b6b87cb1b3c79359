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
  public let temporalFill: PaddingMode

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
    frames: Int, temporalFill: PaddingMode = .zeros, autoShrink: Shrink? = nil
  ) throws(ModuleError) {
    self.frames = frames
    self.temporalFill = temporalFill
    self.autoShrink = autoShrink
    var check = ArgumentCheck()
    check.require("delay", [frames], in: 0...ArgumentCheck.largest)
    check.require(fill: temporalFill)
    try check.finish()
  }

  public var typeName: String { "Delay" }

  public var summary: String {
    String(frames) + (autoShrink.map { ", auto_shrink=\"\($0.rawValue)\"" } ?? "")
  }

  public func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire {
    guard frames > 0 else { return input }
    switch autoShrink {
    case nil:
      return plan.append(try HoldingKernel(input.frame, delay: frames), to: input)
    case .centered:
      return plan.append(
        try HoldingKernel(input.frame, first: frames, last: frames), to: input)
    case .lagging:
      return plan.append(try HoldingKernel(input.frame, first: 0, last: frames), to: input)
    }
  }
}
