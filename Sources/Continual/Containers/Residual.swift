/// A module whose input is added to its output, as `continual.Residual`.
///
/// With equal padding (`receptive_field - 2 * padding == 1`) a clip keeps its length and nothing is
/// cut. Otherwise `shrink` says which frames of the input meet the fewer frames of the output; it
/// is ignored where the padding is equal.
public struct Residual: Module {
  /// Which frames of the input are used where the module makes fewer frames than it gets.
  public enum Shrink: String, Hashable, Sendable, CaseIterable {
    /// Those in the middle; `residual_shrink=True` means the same.
    case centered
    /// The first ones, the oldest.
    case lagging
    /// The last ones, the newest.
    case leading
  }

  /// The module around which the input is led.
  public let module: NamedModule

  /// How input and output become one.
  public let reduce: Reduction

  /// What is cut off the input; nil for a module that keeps the length of a clip.
  public let shrink: Shrink?

  /// Leads the input around a module.
  ///
  /// - Parameters:
  ///   - module: of temporal stride one. Its name is `1` in `continual`, whose child `0` is a delay.
  ///   - reduce: how input and output become one.
  ///   - shrink: what is cut off the input where the module makes a clip shorter.
  public init(_ module: NamedModule, reduce: Reduction = .sum, shrink: Shrink? = nil) {
    self.module = module
    self.reduce = reduce
    self.shrink = shrink
  }

  public var typeName: String { "Residual" }

  public var summary: String {
    "reduce=\"\(reduce.rawValue)\"" + (shrink.map { ", residual_shrink=\"\($0.rawValue)\"" } ?? "")
  }

  public var children: [NamedModule] { [module] }

  public func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire {
    let output = try plan.lower(module, input: input)
    let timing = plan.timing(from: input, to: output)
    guard timing.rate == .one else {
      throw ModuleError(.branches(.residual(timing.rate)))
    }
    let kept = try trim(input, for: timing, in: &plan)
    return try plan.join([kept, output], by: reduce)
  }

  /// The frames of the input that meet the output.
  private func trim(
    _ input: Wire, for timing: Timing, in plan: inout PlanBuilder
  ) throws(ModuleError) -> Wire {
    let delay = timing.delay
    guard let shrink, timing.receptiveField - 2 * timing.padding != 1, delay > 0 else {
      return input
    }
    switch shrink {
    case .lagging:
      return plan.append(try HoldingKernel(input.frame, first: 0, last: delay), to: input)
    case .leading:
      return plan.append(try HoldingKernel(input.frame, first: delay, last: 0), to: input)
    case .centered:
      guard delay.isMultiple(of: 2) else {
        throw ModuleError(.arguments([.centeredResidual(delay: delay)]))
      }
      return plan.append(
        try HoldingKernel(input.frame, first: delay / 2, last: delay / 2), to: input)
    }
  }
}
