/// Drops the first frames, as `continual.Skip`.
public struct Skip: Module {
  /// How many.
  public let frames: Int

  /// Drops the first frames of a clip and of a stream.
  ///
  /// - Parameter frames: how many, at least one.
  /// - Throws: ``ModuleError`` where the number is smaller.
  public init(frames: Int) throws(ModuleError) {
    self.frames = frames
    var check = ArgumentCheck()
    check.require("steps", [frames], in: 1...ArgumentCheck.largest)
    try check.finish()
  }

  public var typeName: String { "Skip" }

  public var summary: String { String(frames) }

  public func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire {
    plan.append(try HoldingKernel(input.frame, first: frames, last: 0), to: input)
  }
}
