import Checkpoints
import Continual
import PlainData
import Tensors

/// `Conv1d`, `Conv2d`, `Conv3d` of `torch.nn` and of `continual`.
let convolutionLayers = [
  LayerDefinition(
    ["Conv1d", "Conv2d", "Conv3d"], family: .convolution,
    summary: "A convolution over time, or over time and space.",
    arguments: [
      .init("in_channels", .int, .told, "The number of channels that come in."),
      .init("out_channels", .int, .told, "The number of channels that come out."),
      .init("kernel_size", .sizes, .told, "The size of the kernel."),
      .init("stride", .sizes, 1, "How far the kernel moves.", isOpenInDrafts: true),
      .init(
        "padding",
        .value("integer, \"same\", \"valid\", or a list with one or a pair for each axis"),
        0, "How much is added at both ends.", isOpenInDrafts: true),
      .dilation(isOpen: true),
      .init("groups", .int, .told, "In how many groups the channels are, each by itself."),
      .bias,
      .init(
        "padding_mode", .choice(of: PaddingMode.ofConvolutions), "zeros",
        "What padding consists of."),
      .fill(PaddingMode.ofConvolutions),
    ],
    attributes: ["t_padding_mode": "temporal_fill"],
    weightAxes: .init(output: 0, input: 1), rate: .lowered(by: "stride")
  ) { context throws(ModuleError) in
    let axes = context.dimensions
    let sizes = context.sizes("kernel_size", axes: axes)
    let groups = context.int("groups")
    let inputs = context.int("in_channels")
    let outputs = context.int("out_channels")
    let found = context.shape("weight")
    if let found, found.rank == axes + 2 {
      context.check("out_channels", outputs, against: found[0], of: "weight")
      if let inputs, let groups {
        context.check("in_channels", inputs, against: found[1].times(groups), of: "weight")
      }
    }
    let perGroup = inputs.flatMap { inputs in groups.map { inputs / max($0, 1) } }
    let kernel = sizes.map { $0.map { Int?($0) } } ?? [Int?](repeating: nil, count: axes)
    let weight = context.weight("weight", [outputs, perGroup] + kernel)
    // Of a weight that is missing nothing is known but what the arguments say.
    let rows = found == nil ? outputs : weight.shape[0]
    let bias = context.tensor("bias", [rows], if: context.bool("bias"))
    context.suggestInput(
      channels: inputs ?? weight.shape[1].times(groups ?? 1), spaceAxes: context.spaceAxes)
    let padding = context.padding(axes: axes)
    return try Convolution(
      weight: weight.reshaped(context.withTime(weight.shape)), bias: bias,
      stride: context.withTime(context.sizes("stride", axes: axes), standard: 1, still: 1),
      padding: padding,
      dilation: context.withTime(context.sizes("dilation", axes: axes), standard: 1, still: 1),
      groups: groups ?? inputs.map { $0 / max(weight.shape[1], 1) },
      paddingMode: context.choice("padding_mode", of: PaddingMode.ofConvolutions) ?? .zeros,
      temporalFill: context.choice("temporal_fill", of: PaddingMode.ofConvolutions))
  }.with {
    $0.inference = .convolution
    $0.pickle.subclass = convolutionType
  }
]

/// The class of an object whose own class is a convolution with other arguments: it
/// carries all of its attributes.
private func convolutionType(of value: PickledValue) -> String? {
  guard value.attribute("in_channels") != nil,
    let isTransposed = value.attribute("transposed")?.bool,
    let kernel = value.attribute("kernel_size")?.elements, (1...3).contains(kernel.count),
    value.attribute("_modules")?.items?.isEmpty == true
  else { return nil }
  return "Conv\(isTransposed ? "Transpose" : "")\(kernel.count)d"
}

extension ImportContext {
  /// A weight (C, C', k…) as one with a time axis: applied to each frame, it has none of its own.
  func withTime(_ shape: Shape) -> Shape {
    isFramewise ? Shape([shape[0], shape[1], 1] + shape.axes.dropFirst(2)) : shape
  }

  /// `padding` is one integer, a list of them or of pairs, or a word.
  ///
  /// PyTorch has no pairs: they are what `torch.nn.functional.pad` in front of a convolution does.
  fileprivate func padding(axes: Int) -> Convolution.Padding {
    switch raw("padding") {
    case .string("same"): return .same
    case .string("valid"): return .valid
    default:
      let (before, after) = sides(axes: axes)
      return before == after ? .explicit(before) : .sides(before: before, after: after)
    }
  }

  /// `padding` as one integer, or a list of them or of pairs.
  ///
  /// - Parameter axes: how many axes the class has.
  /// - Returns: a number for both ends of each axis, time first.
  func sides(axes: Int) -> (before: [Int], after: [Int]) {
    var sides = [(before: Int, after: Int)](repeating: (0, 0), count: axes)
    switch raw("padding") {
    case .list(let values) where values.contains(where: \.isList):
      let pairs = values.compactMap(\.sides)
      if pairs.count == axes, values.count == axes {
        sides = pairs
      } else {
        report(
          "found \(PlainValue.list(values)), expected for each of \(axes) axes an integer or a "
            + "pair, before and after, as [2, 0]", argument: "padding")
      }
    default:
      if let both = sizes("padding", axes: axes) { sides = both.map { ($0, $0) } }
    }
    return (
      withTime(sides.map(\.before), standard: 0, still: 0),
      withTime(sides.map(\.after), standard: 0, still: 0)
    )
  }
}

extension ImportContext {
  /// The sizes of a class with `dimensions` axes as sizes with time first.
  ///
  /// - Parameters:
  ///   - sizes: what is given, if anything.
  ///   - standard: the default for each axis.
  ///   - still: what leaves the time axis alone, for a module that is applied to each frame.
  /// - Returns: one size for time, then one for each space axis.
  func withTime(_ sizes: [Int]?, standard: Int, still: Int) -> [Int] {
    let sizes = sizes ?? [Int](repeating: standard, count: dimensions)
    return isFramewise ? [still] + sizes : sizes
  }
}

extension PlainValue {
  fileprivate var isList: Bool { if case .list = self { true } else { false } }

  /// What an axis is padded with at its ends; nil for anything but one integer or two.
  fileprivate var sides: (before: Int, after: Int)? {
    switch self {
    case .int(let both): (both, both)
    case .list(let ends) where ends.count == 2:
      if case .int(let before) = ends[0], case .int(let after) = ends[1] {
        (before, after)
      } else {
        nil
      }
    default: nil
    }
  }
}
