import Continual
import PlainData

/// `Upsample` of `torch.nn` and its two older forms, which are `torch.nn.functional.interpolate`.
///
/// `size` can have null for an axis that stays as it is.
let upsampleImporters = [
  ModuleImporter(
    ["Upsample", "UpsamplingNearest2d", "UpsamplingBilinear2d"],
    arguments: ["size", "scale_factor", "mode", "align_corners", "recompute_scale_factor"]
  ) { context throws(ModuleError) in
    let isOlder = context.description.type == "UpsamplingBilinear2d"
    let mode = context.choice("mode", as: Upsample.Mode.self)
    return try Upsample(
      extents: context.extents(), mode: mode ?? (isOlder ? .bilinear : .nearest),
      alignCorners: context.bool("align_corners") ?? isOlder,
      recomputesFactor: context.bool("recompute_scale_factor") ?? false,
      isFramewise: context.isFramewise)
  }
]

extension ImportContext {
  /// What `size` or `scale_factor` says, one of which there has to be.
  fileprivate func extents() -> [Upsample.Extent] {
    if has("size") == has("scale_factor") {
      report("\(description.type) needs either \"size\" or \"scale_factor\"")
      return [.unchanged]
    }
    let name = has("size") ? "size" : "scale_factor"
    let values: [PlainValue] =
      if case .list(let values)? = raw(name) { values } else { raw(name).map { [$0] } ?? [] }
    let extents = values.compactMap { value -> Upsample.Extent? in
      switch value {
      case .int(let length) where name == "size" && Int32(exactly: length) != nil:
        .length(length)
      case .null where name == "size": .unchanged
      case .int(let factor) where name == "scale_factor": .factor(Double(factor))
      case .double(let factor) where name == "scale_factor": .factor(factor)
      default: nil
      }
    }
    guard extents.count == values.count, (1...3).contains(values.count) else {
      report(
        "found \(raw(name) ?? .null), expected a number or a list with one for each axis",
        argument: name)
      return [.unchanged]
    }
    return extents
  }
}
