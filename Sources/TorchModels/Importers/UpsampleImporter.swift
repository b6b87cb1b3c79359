import Continual
import PlainData

/// `Upsample` of `torch.nn` and its two older forms, which are `torch.nn.functional.interpolate`.
///
/// `size` can have null for an axis that stays as it is.
let upsampleLayers = [
  LayerDefinition(
    ["Upsample", "UpsamplingNearest2d"], family: .utility,
    summary: "A clip made larger, in time by whole factors.",
    arguments: upsampleArguments(mode: .nearest, alignCorners: false),
    functions: ["interpolate", "upsample"], rate: .raised(by: "scale_factor")
  ) { context throws(ModuleError) in
    try context.upsample()
  },
  LayerDefinition(
    ["UpsamplingBilinear2d"], family: .utility,
    summary: "The older form of a bilinear Upsample that keeps the corners.",
    arguments: upsampleArguments(mode: .bilinear, alignCorners: true),
    rate: .raised(by: "scale_factor")
  ) { context throws(ModuleError) in
    try context.upsample()
  },
  LayerDefinition(
    ["PixelShuffle"], family: .utility,
    summary: "Channels moved into the last two axes: time and space, or space of each frame.",
    arguments: shuffleArguments, functions: ["pixel_shuffle"], rate: .raised(by: "upscale_factor")
  ) { context throws(ModuleError) in
    try context.pixelShuffle(axes: 2)
  },
  LayerDefinition(
    ["PixelShuffle1d"], family: .utility,
    summary: "Channels moved into time, as networks for sound have it; PyTorch has no such class.",
    arguments: shuffleArguments, rate: .raised(by: "upscale_factor")
  ) { context throws(ModuleError) in
    try context.pixelShuffle(axes: 1)
  },
]

private let shuffleArguments: [LayerDefinition.Argument] = [
  .init("upscale_factor", .int, .required, "How many times longer each of these axes becomes.")
]

private func upsampleArguments(
  mode: Upsample.Mode, alignCorners: Bool
) -> [LayerDefinition.Argument] {
  [
    .init(
      "size", .optionalSizes, .unset,
      "The size afterwards, null for an axis that stays; or a scale_factor."),
    .init(
      "scale_factor", .value("number, or a list with one for each axis"), .unset,
      "How many times larger it is; or a size."),
    .init(
      "mode", .choice(of: Upsample.Mode.self), .value(.string(mode.rawValue)),
      "How what is between is computed."),
    .init(
      "align_corners", .bool, .value(.bool(alignCorners)),
      "Whether the first and last elements stay at the ends."),
    .init(
      "recompute_scale_factor", .bool, false, "Whether the factor is that of the rounded size."),
  ]
}

extension ImportContext {
  fileprivate func pixelShuffle(axes: Int) throws(ModuleError) -> any Module {
    guard let factor = int("upscale_factor") else {
      report("\(description.type) needs an \"upscale_factor\"")
      return Identity()
    }
    return try PixelShuffle(
      factors: [Int](repeating: factor, count: axes), isFramewise: isFramewise)
  }

  fileprivate func upsample() throws(ModuleError) -> any Module {
    try Upsample(
      extents: extents(), mode: choice("mode", as: Upsample.Mode.self) ?? .nearest,
      alignCorners: flag("align_corners"), recomputesFactor: flag("recompute_scale_factor"),
      isFramewise: isFramewise)
  }

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
