import Tensors

extension ModuleError.ArgumentMisfit {
  /// What was found and what was expected.
  var text: String {
    switch self {
    case .range(let name, let values, let expected):
      "\(name) is \(Arguments.tuple(values)); it must be "
        + (expected.upperBound == ArgumentCheck.largest
          ? "at least \(expected.lowerBound)"
          : "between \(expected.lowerBound) and \(expected.upperBound)")
    case .rangeOfAxes(let name, let values, let expected):
      "\(name) is \(values), expected numbers from \(expected.lowerBound) to "
        + "\(expected.upperBound)"
    case .count(let name, let values, let expected, let weight, let kind):
      "\(name) is \(kind == .transposed ? Arguments.tuple(values) : "\(values)"), expected "
        + "\(expected) numbers for the weight \(weight)"
    case .countOfPool(let name, let found, let expected):
      "\(name) has \(found) axes, and kernel_size \(expected)"
    case .probability(let value): "p is \(value); it must be between 0 and 1"
    case .hardtanh(let min, let max):
      "min_val is \(min) and max_val \(max); it must be the larger"
    case .rrelu(let lower, let upper):
      "lower is \(lower) and upper \(upper); it must not be smaller"
    case .zeroAlpha: "alpha is 0; it must be another number"
    case .lambda(let value): "lambd is \(value); it must not be negative"
    case .scaleFactor(let value):
      "scale_factor is \(Arguments.number(value)); it must be above 0"
    case .divisor(let value):
      "divisor_override is \(value); it must be another number than zero"
    case .clipLength(let frames):
      "is meant for clips of \(frames) frames; at most \(ArgumentCheck.largest) are allowed"

    case .shape(let name, let found, let expected):
      "\(name) has shape \(found), expected \(Arguments.shape(expected))"
    case .normalized(let name, let found, let expected):
      "\(name) has the shape \(found), expected \(Arguments.tuple(expected))"
    case .perChannel(let tensors):
      tensors.map { "\($0.name) has the shape \($0.shape)" }.joined(separator: ", ")
        + "; each must be (channels)"
    case .slopes(let found): "weight has the shape \(found); expected (1) or (channels)"
    case .convolutionWeight(let found, let kind):
      "weight has shape \(found), expected (\(kind.channels), time), and one or two space axes "
        + "behind"
    case .emptyWeight(let found): "weight has shape \(found), with nothing in it"
    case .linearBias(let found, let weight):
      "bias has shape \(found), which does not fit the weight \(weight)"
    case .convolutionBias(let found, let weight):
      "bias has shape \(found), expected (\(weight[0])) like the weight \(weight)"
    case .transposedBias(let found, let weight, let groups):
      "bias has shape \(found), and the weight \(weight) with groups=\(groups) makes "
        + "\(weight[1]) x \(groups) channels"
    case .matrices(let found):
      "the matrix has shape \(found.map(\.description).joined(separator: " times ")), "
        + "expected (V, W) or (K, V, W)"
    case .halfStatistics: "running_mean and running_var must both be there, or neither"

    case .groups(let groups, let channels, let kind):
      "groups is \(groups), which does not divide \(channels) "
        + "\(kind == .transposed ? "input" : "output") channels"
    case .heads(let heads, let channels):
      "num_heads is \(heads); it must divide embed_dim, which is \(channels)"
    case .sameWithStride(let stride):
      "padding is 'same' with stride \(stride); it needs stride 1"
    case .span(let kernel, let dilation, let axis):
      "a kernel of \(kernel) with dilation \(dilation) on axis \(axis) spans too much"
    case .outputPadding(let padding, let axis, let stride, let dilation):
      "output_padding is \(Arguments.tuple(padding)); on axis \(axis) it must be smaller "
        + "than the stride \(stride) or the dilation \(dilation)"
    case .poolPadding(let padding, let kernel):
      "padding is \(Arguments.tuple(padding)); it must be between 0 and half of kernel_size, "
        + Arguments.tuple(kernel)
    case .spaceDilation(let dilation):
      "dilation is \(Arguments.tuple(dilation)); along space an average has none"
    case .layerInputs(let layer, let found, let expected):
      "weight_ih_l\(layer) takes \(found) inputs, but layer \(layer - 1) has \(expected) outputs"
    case .projection(let layer):
      "weight_hr_l\(layer) is there, but only an LSTM has projections"
    case .encoderLayer(let layer, let found, let first):
      "layer \(layer) has \(found.channels) channels, \(found.hidden) hidden ones and "
        + "\(found.heads) heads, and layer 0 has \(first.channels), \(first.hidden) and "
        + "\(first.heads)"
    case .noRecurrentLayers: "there are no layers; expected at least one"
    case .noEncoderLayers: "an encoder has at least one layer"
    case .noBranches: "BroadcastReduce needs at least one branch"
    case .broadcastCount(let count):
      "num_streams is \(count), expected 1 to \(Streams.limit - 1)"
    case .centeredResidual(let delay):
      "residual_shrink=\"centered\" needs a module of even delay, and this one has \(delay)"

    case .dimension(let axis, let rank):
      "dimension \(axis.dimension) is not one of \(axis.isOfClips ? "clips" : "frames") of "
        + "\(rank) axes; it must be between \(-rank) and \(rank - 1)"
    case .softmaxAxis: "Softmax2d takes no dim"
    case .flattened(let start, let end): "start_dim=\(start) is behind end_dim=\(end)"
    case .matrixAxis(let dimension, let isBatch):
      "axis \(dimension) is the "
        + (isBatch
          ? "batch, which are independent of each other"
          : "channels, which the groups of several matrices are made of")
    case .newShape(let shape):
      "shape is \(Arguments.tuple(shape)); it must have a batch, channels, and at most one -1"
    case .enlargedAxes(let count): "enlarges \(count) axes; it must be one to three"
    case .alignedCorners(let mode):
      "align_corners is for linear modes, not for \(mode.rawValue)"
    case .paddingMode(let mode):
      "pads with \(mode.rawValue), which is for pools; use "
        + PaddingMode.ofConvolutions.map(\.rawValue).joined(separator: ", ")
    case .temporalFill(let mode):
      "temporal_fill is \"\(mode.rawValue)\"; it must be one of "
        + PaddingMode.ofPools.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
    case .rearrangement(let misfit): misfit.text
    }
  }
}

extension ModuleError.ConvolutionKind {
  /// The channels of a weight, in its order.
  fileprivate var channels: String {
    switch self {
    case .convolution: "out_channels, in_channels / groups"
    case .transposed: "in_channels, out_channels / groups"
    }
  }
}
