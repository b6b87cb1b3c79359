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
      throw ModuleError(.arguments([.convolutionWeight(weight, .convolution)]))
    }
    var check = ArgumentCheck()
    check.require(weight.count > 0, .emptyWeight(weight))
    if let groups, groups < 1 || weight[0] % groups != 0 {
      check.note(.groups(groups, channels: weight[0], .convolution))
    }
    if let bias, bias != [weight[0]] { check.note(.convolutionBias(bias, weight: weight)) }
    let axes = weight.rank - 2
    self.check(stride, named: "stride", count: axes, least: 1, noting: &check)
    self.check(dilation, named: "dilation", count: axes, least: 1, noting: &check)
    switch padding {
    case .explicit(let padding):
      self.check(padding, named: "padding", count: axes, least: 0, noting: &check)
    case .sides(let before, let after):
      self.check(before, named: "padding before", count: axes, least: 0, noting: &check)
      self.check(after, named: "padding after", count: axes, least: 0, noting: &check)
    case .same, .valid: break
    }
    check.require(padding != .same || stride.allSatisfy { $0 == 1 }, .sameWithStride(stride))
    try check.finish()
    let windows = (0..<axes).map(window)
    for (axis, window) in windows.enumerated() {
      check.require(
        window.kernel == 1
          || (ArgumentCheck.largest - 1) / (window.kernel - 1) >= window.dilation,
        .span(kernel: window.kernel, dilation: window.dilation, axis: axis))
    }
    try check.finish()
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
    _ numbers: [Int], named name: String, count: Int, least: Int,
    noting check: inout ArgumentCheck
  ) {
    let range = least...ArgumentCheck.largest
    if numbers.count != count {
      check.note(.count(name, numbers, expected: count, weight: weight, .convolution))
    } else if !numbers.allSatisfy(range.contains) {
      check.note(.rangeOfAxes(name, numbers, expected: range))
    }
  }
}
