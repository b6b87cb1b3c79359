import Tensors

/// The sizes of a convolution on frames of a given shape.
struct ConvolutionSizes {
  let inputFrame: Shape
  let outputFrame: Shape
  let groups: Int
  /// The window along each axis, time first.
  let windows: [WindowAxis]

  /// Fits a convolution to frames.
  ///
  /// - Parameters:
  ///   - weight: the shape (Cout, Cin / groups, kT, kS…) of the weights.
  ///   - windows: the window along each axis, time first.
  ///   - groups: the number of groups; nil for as many as the channels ask for.
  ///   - paddingMode: what the padding consists of.
  ///   - frame: (B, C, S…).
  /// - Throws: ``ModuleError`` where the frames have the wrong axes or channels, or no window fits.
  init(
    weight: Shape, windows: [WindowAxis], groups: Int?, paddingMode: PaddingMode, frame: Shape
  ) throws(ModuleError) {
    self.windows = windows
    let space = windows.dropFirst()
    let groups = groups ?? max(frame[1] / weight[1], 1)
    let expected: [ModuleError.AxisLength] =
      [.any("B"), .exactly(weight[1] * groups)]
      + ["H", "W"].suffix(space.count).map(ModuleError.AxisLength.any)
    guard frame.rank == expected.count, frame[1] == weight[1] * groups,
      weight[0].isMultiple(of: groups)
    else {
      throw ModuleError(
        .frame(
          .convolution(frame: frame, expected: expected, weight: weight, groups: groups)))
    }
    var axes = [frame[0], weight[0]]
    for (axis, window) in zip(2..., space) {
      let length = frame[axis]
      guard length > 0, let outputs = window.count(along: length) else {
        throw ModuleError(
          .frame(
            .kernel(
              frame: frame, axis: axis, span: window.span,
              padding: window.before + window.after)))
      }
      guard
        paddingMode.accepts(
          padding: max(window.before, window.after), length: length)
      else {
        throw ModuleError(
          .frame(
            .padding(
              frame: frame, axis: axis, paddingMode, max(window.before, window.after))))
      }
      axes.append(outputs)
    }
    guard let outputFrame = Shape(checking: axes), outputFrame.count <= Size.limit else {
      throw ModuleError(.size(.frame(axes)))
    }
    inputFrame = frame
    self.outputFrame = outputFrame
    self.groups = groups
  }

  /// Plans how frames are stored.
  ///
  /// - Parameters:
  ///   - mode: what is around them.
  ///   - strategy: how they are multiplied.
  /// - Returns: where their elements are.
  /// - Throws: ``ModuleError`` where a stream would need more memory than a layer may have.
  func layout(
    mode: PaddingMode, for strategy: ConvolutionStrategy
  ) throws(ModuleError) -> FrameLayout {
    let time = windows[0]
    let rows = windows.count > 2 ? windows[1] : WindowAxis()
    let columns = windows.count > 1 ? windows[windows.count - 1] : WindowAxis()
    guard let entries = Size.product([time.kept, time.kernel]), entries <= Size.tableLimit,
      let layout = FrameLayout(
        rows: rows, of: inputFrame.rank > 3 ? inputFrame[2] : 1, columns: columns,
        of: inputFrame.rank > 2 ? inputFrame[inputFrame.rank - 1] : 1, mode: mode,
        isSpread: strategy == .spread),
      Size.product([time.kept, inputFrame[0], inputFrame[1], layout.channelCount]) != nil,
      strategy != .interleaved || Size.product(interleavedCounts(mode)) != nil
    else {
      throw ModuleError(.size(.layer(frames: time.kept, inputFrame, .convolution)))
    }
    return layout
  }
  /// What the floats of all interleaved frames are the product of.
  private func interleavedCounts(_ mode: PaddingMode) -> [Int] {
    [windows[0].kept, inputFrame[0], InterleavedLayout(self, mode: mode)?.frameCount ?? 0]
  }
}
