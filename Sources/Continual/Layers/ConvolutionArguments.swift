import Tensors

/// The arguments of a convolution before it is known whether they fit together.
struct ConvolutionArguments {
  let weight: Shape
  let bias: Shape?
  let stride: [Int]
  let padding: ConvolutionPadding
  let dilation: [Int]
  let groups: Int?

  /// The window along each axis, time first.
  ///
  /// - Throws: ``ModuleError`` that names everything that does not fit.
  func windows() throws(ModuleError) -> [WindowAxis] {
    guard (3...5).contains(weight.rank) else {
      throw ModuleError(
        .argument,
        "weight has shape \(weight), expected (out_channels, in_channels / groups, time), and one or "
          + "two space axes behind")
    }
    var problems: [String] = []
    if weight.count == 0 { problems.append("weight has shape \(weight), with nothing in it") }
    if let groups, groups < 1 || weight[0] % groups != 0 {
      problems.append("groups is \(groups), which does not divide \(weight[0]) output channels")
    }
    if let bias, bias != [weight[0]] {
      problems.append("bias has shape \(bias), expected (\(weight[0])) like the weight \(weight)")
    }
    let axes = weight.rank - 2
    check(stride, named: "stride", count: axes, least: 1, into: &problems)
    check(dilation, named: "dilation", count: axes, least: 1, into: &problems)
    switch padding {
    case .explicit(let padding):
      check(padding, named: "padding", count: axes, least: 0, into: &problems)
    case .sides(let before, let after):
      check(before, named: "padding before", count: axes, least: 0, into: &problems)
      check(after, named: "padding after", count: axes, least: 0, into: &problems)
    case .same, .valid: break
    }
    if padding == .same, stride.contains(where: { $0 != 1 }) {
      problems.append("padding is 'same' with stride \(stride); it needs stride 1")
    }
    var windows: [WindowAxis] = []
    if problems.isEmpty {
      windows = (0..<axes).map(window)
      for (axis, window) in windows.enumerated()
      where window.kernel > 1
        && (ArgumentCheck.largest - 1) / (window.kernel - 1) < window.dilation
      {
        problems.append(
          "a kernel of \(window.kernel) with dilation \(window.dilation) on axis \(axis) spans too much"
        )
      }
    }
    guard problems.isEmpty else {
      throw ModuleError(.argument, problems.joined(separator: "; "))
    }
    return windows
  }

  private func window(_ axis: Int) -> WindowAxis {
    var window = WindowAxis(
      kernel: weight[axis + 2], stride: stride[axis], dilation: dilation[axis])
    switch padding {
    case .explicit(let padding): (window.before, window.after) = (padding[axis], padding[axis])
    case .sides(let before, let after): (window.before, window.after) = (before[axis], after[axis])
    case .same:
      let total = window.dilation.multipliedReportingOverflow(by: window.kernel - 1)
      let padding = total.overflow ? ArgumentCheck.largest : total.partialValue
      (window.before, window.after) = (padding / 2, padding - padding / 2)
    case .valid: break
    }
    return window
  }

  private func check(
    _ numbers: [Int], named name: String, count: Int, least: Int, into problems: inout [String]
  ) {
    if numbers.count != count {
      problems.append("\(name) is \(numbers), expected \(count) numbers for the weight \(weight)")
    } else if numbers.contains(where: { $0 < least || $0 > ArgumentCheck.largest }) {
      problems.append(
        "\(name) is \(numbers), expected numbers from \(least) to \(ArgumentCheck.largest)")
    }
  }
}
