public import Tensors

/// A continual transposed convolution over time and none, one or two space axes.
///
/// A clip (B, C, T, S…) becomes what `ConvTranspose1d`, `ConvTranspose2d` or `ConvTranspose3d` of
/// `torch.nn` makes of it, time first. With a stride in time, several outputs come in one step: output
/// `o` of a clip is due as soon as no later input adds to it, and is in the clip if that ends now.
///
/// Each output is one sum. It starts at the bias, and the products are added in the order of the
/// inputs: time (the oldest first), channel, height, width, so clip and step agree bit for bit. Inputs
/// outside of the clip count as zeros.
///
/// - Unlike PyTorch, the outputs that are cropped at both ends of an axis (`padding`) can be numbers of
///   their own. What is cropped at the end of time alone makes a causal layer, whose outputs come
///   without delay.
public struct TransposedConvolution: Module {
  /// The weights (Cin, Cout / groups, kT, kS…); made anew by each call once a plan has packed them.
  public var weight: Tensor { weights.tensor }

  /// The shape of the weights.
  public var weightShape: Shape { weights.shape }

  /// The biases (Cout).
  public let bias: Tensor?

  /// The number of groups of channels that do not mix.
  public let groups: Int

  /// How inputs are spread along each axis, time first.
  public let axes: [TransposedAxis]

  private let weights: Weight

  /// Makes a transposed convolution.
  ///
  /// - Parameters:
  ///   - weight: (Cin, Cout / groups, kT), (…, kT, kW) or (…, kT, kH, kW).
  ///   - bias: (Cout), or nil.
  ///   - stride: one number an axis, time first.
  ///   - padding: how many outputs are cropped at both ends of each axis.
  ///   - outputPadding: how many outputs are appended to each axis; less than its stride or its
  ///     dilation.
  ///   - dilation: one number an axis.
  ///   - groups: must divide Cin.
  /// - Throws: ``ModuleError`` that names everything that does not fit together.
  public init(
    weight: Tensor, bias: Tensor?, stride: [Int], padding: [Int], outputPadding: [Int],
    dilation: [Int], groups: Int
  ) throws(ModuleError) {
    try self.init(
      weight: Weight(weight), bias: bias, stride: stride, before: padding, after: padding,
      outputPadding: outputPadding, dilation: dilation, groups: groups)
  }

  package init(
    weight: Weight, bias: Tensor?, stride: [Int], before: [Int], after: [Int],
    outputPadding: [Int], dilation: [Int], groups: Int
  ) throws(ModuleError) {
    let shape = weight.shape
    guard (3...5).contains(shape.rank) else {
      throw ModuleError(.arguments([.convolutionWeight(shape, .transposed)]))
    }
    var check = ArgumentCheck()
    check.require(shape.count > 0, .emptyWeight(shape))
    check.require(
      groups > 0 && shape[0].isMultiple(of: max(groups, 1)),
      .groups(groups, channels: shape[0], .transposed))
    if let bias {
      let outputs = shape[1].multipliedReportingOverflow(by: groups)
      check.require(
        !outputs.overflow && bias.shape == [max(outputs.partialValue, 0)],
        .transposedBias(bias.shape, weight: shape, groups: groups))
    }
    var numbers = [
      ("stride", stride, 1), ("padding", before, 0), ("output_padding", outputPadding, 0),
      ("dilation", dilation, 1),
    ]
    if after != before { numbers.insert(("padding behind", after, 0), at: 2) }
    for (name, values, least) in numbers {
      check.require(
        values.count == shape.rank - 2,
        .count(name, values, expected: shape.rank - 2, weight: shape, .transposed))
      check.require(name, values, in: least...ArgumentCheck.largest)
    }
    try check.finish()
    axes = (0..<shape.rank - 2).map { axis in
      TransposedAxis(
        kernel: shape[axis + 2], stride: stride[axis], dilation: dilation[axis],
        before: before[axis], after: after[axis], extra: outputPadding[axis])
    }
    for (index, axis) in axes.enumerated() {
      check.require(
        axis.kernel == 1 || (ArgumentCheck.largest - 1) / (axis.kernel - 1) >= axis.dilation,
        .span(kernel: axis.kernel, dilation: axis.dilation, axis: index))
      check.require(
        axis.extra < max(axis.stride, axis.dilation),
        .outputPadding(
          outputPadding, axis: index, stride: axis.stride, dilation: axis.dilation))
    }
    try check.finish()
    weights = weight
    self.bias = bias
    self.groups = groups
  }

  public var typeName: String { "ConvTranspose\(axes.count)d" }

  public var summary: String {
    var parts = ["\(weightShape[0])", "\(weightShape[1] * groups)"]
    parts.append("kernel_size=\(list(\.kernel))")
    parts.append("stride=\(list(\.stride))")
    if axes.contains(where: { $0.before != $0.after }) {
      let sides = axes.map { "(\($0.before), \($0.after))" }
      parts.append("padding=(\(sides.joined(separator: ", ")))")
    } else if axes.contains(where: { $0.before > 0 }) {
      parts.append("padding=\(list(\.before))")
    }
    if axes.contains(where: { $0.extra > 0 }) { parts.append("output_padding=\(list(\.extra))") }
    if axes.contains(where: { $0.dilation != 1 }) { parts.append("dilation=\(list(\.dilation))") }
    if groups != 1 { parts.append("groups=\(groups)") }
    if bias == nil { parts.append("bias=False") }
    return parts.joined(separator: ", ")
  }

  public var parameterCount: Int { weightShape.count + (bias?.shape.count ?? 0) }

  public func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire {
    let frame = input.frame
    let expected: [ModuleError.AxisLength] =
      [.any("B"), .exactly(weightShape[0])]
      + ["H", "W"].suffix(axes.count - 1).map(ModuleError.AxisLength.any)
    guard frame.rank == expected.count, frame[1] == weightShape[0] else {
      throw ModuleError(
        .frame(
          .convolution(frame: frame, expected: expected, weight: weightShape, groups: nil)))
    }
    let lengths = axes.indices.dropFirst().map { frame[$0 + 1] }
    var outputs = [frame[0], weightShape[1] * groups]
    for (index, axis) in axes.enumerated().dropFirst() {
      guard let count = axis.outputLength(of: lengths[index - 1]) else {
        throw ModuleError(
          .frame(
            .cropped(frame: frame, axis: index + 1, before: axis.before, after: axis.after)))
      }
      outputs.append(count)
    }
    // A step makes as many frames as the stride in time says, and they are in memory together.
    guard Size.product(outputs + [axes[0].stride]) != nil else {
      throw ModuleError(.size(.step(frames: axes[0].stride, axes: outputs)))
    }
    return plan.append(
      try TransposedConvolutionKernel(self, frame: frame, outputFrame: Shape(outputs)), to: input)
  }

  /// The packed weights: for each phase of time one matrix a phase of space.
  func matrices() -> [PackedMatrix] {
    let rest = axes.dropFirst()
    let space = rest.map { $0.phases.map { $0.taps.map(\.place) } }
    let rows = space.count > 1 ? space[0] : [[0]]
    let columns = space.last ?? [[0]]
    let width = axes.count > 1 ? axes[axes.count - 1].kernel : 1
    let plane = rest.map(\.kernel).reduce(1, *)
    var phases: [[[Int]]] = []
    for time in axes[0].phases {
      for row in rows {
        for column in columns {
          phases.append(
            time.taps.map { tap in
              row.flatMap { row in column.map { tap.place * plane + row * width + $0 } }
            })
        }
      }
    }
    return weights.matrices(
      PhasePacking(groups: groups, phases: phases), biases: bias?.scalars)
  }

  /// One number an axis, as Python prints a tuple.
  private func list(_ number: KeyPath<TransposedAxis, Int>) -> String {
    let numbers = axes.map { String($0[keyPath: number]) }
    return "(" + numbers.joined(separator: ", ") + (numbers.count == 1 ? ",)" : ")")
  }
}
