public import Tensors

/// A matrix product along one axis, as `Linear` of `torch.nn` and of `continual`.
///
/// An axis of a clip, ``Axis/clip(_:)``, is counted by PyTorch in what the module gets: in `forward` in the
/// clip (B, C, T, S…), in steps in the frame (B, C, S…). `channel_dim=1` is the channels in both. The last
/// axis, `-1`, of clips (B, C, T) is time, and of their frames (B, C) the channels; such a module is run
/// in both ways, and ``divergence(frame:)`` says so. An axis of a frame, ``Axis/frame(_:)``, is the same
/// in both.
///
/// Each output starts at its bias, and the products are added in the order of the inputs, so that clip
/// and step have the same bits.
public struct Linear: Module {
  /// The weights (out, in); made anew by each call once a plan has packed them.
  public var weight: Tensor { weights.tensor }

  /// The shape of the weights.
  public var weightShape: Shape { weights.shape }

  /// The biases (out).
  public let bias: Tensor?

  /// The axis that has `in` elements before and `out` elements after.
  public let axis: Axis

  private let weights: Weight

  /// Makes a product.
  ///
  /// - Parameters:
  ///   - weight: (out, in).
  ///   - bias: (out), or nil.
  ///   - axis: by default in PyTorch the last one of what the module gets, `.clip(-1)`.
  /// - Throws: ``ModuleError`` where weight and bias do not fit together.
  public init(weight: Tensor, bias: Tensor?, axis: Axis) throws(ModuleError) {
    try self.init(weight: Weight(weight), bias: bias, axis: axis)
  }

  package init(weight: Weight, bias: Tensor?, axis: Axis) throws(ModuleError) {
    var check = ArgumentCheck()
    check.require(
      weight.shape.rank == 2 && weight.shape.count > 0,
      .shape("weight", weight.shape, expected: [.any("out_features"), .any("in_features")]))
    if let bias {
      check.require(
        bias.shape.axes == Array(weight.shape.axes.prefix(1)),
        .linearBias(bias.shape, weight: weight.shape))
    }
    try check.finish()
    weights = weight
    weight.expect(Packing(blocks: [weight.shape[0]]))
    self.bias = bias
    self.axis = axis
  }

  public var typeName: String { "Linear" }

  public var summary: String {
    let channels = axis.dimension == -1 ? "" : ", channel_dim=\(axis.dimension)"
    return "in_features=\(weightShape[1]), out_features=\(weightShape[0]), "
      + "bias=\(Arguments.bool(bias != nil))\(channels)"
  }

  public var parameterCount: Int { weights.shape.count + (bias?.shape.count ?? 0) }

  public func divergence(frame: Shape) -> String? {
    guard let (clip, step) = try? places(frame: frame), clip != step else { return nil }
    return
      "works on axis \(clip) of a clip\(clip == AxisLayout.time ? ", which is time," : "") and on "
      + "axis \(step < AxisLayout.time ? step : step - 1) of a frame; use channel_dim=1 for the channels "
      + "in both"
  }

  public func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire {
    let (clip, step) = try places(frame: input.frame)
    var axes = input.frame.axes
    let place = step < AxisLayout.time ? step : step - 1
    guard axes[place] == weightShape[1] else {
      throw ModuleError(
        .frame(.features(frame: input.frame, axis: place, expected: weightShape[1])))
    }
    axes[place] = weightShape[0]
    guard let frame = Shape(checking: axes), frame.count <= StreamMemory.largest else {
      throw ModuleError(.size(.frame(axes)))
    }
    return plan.append(
      LinearKernel(
        inputFrame: input.frame, outputFrame: frame, clipAxis: clip, stepAxis: step,
        matrix: weights.matrix(bias: bias)), to: input)
  }

  /// The axis in `forward` and in steps, both counted in clips (B, C, T, S…).
  private func places(frame: Shape) throws(ModuleError) -> (clip: Int, step: Int) {
    let clip = try axis.index(inClipsOf: frame)
    do throws(ModuleError) {
      return (clip, try Axis.frame(axis.dimension).index(inClipsOf: frame))
    } catch {
      throw ModuleError(.stream(.features(dimension: axis.dimension, frame: frame)))
    }
  }
}
