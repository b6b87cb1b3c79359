import Checkpoints
import OrderedCollections
import PlainData
import Tensors

// Convolutions, products with matrices, normalizations.
extension ExportedOperators {
  static let layers: [String: Operation] = [
    "conv1d": convolution, "conv2d": convolution, "conv3d": convolution,
    "conv_transpose1d": transposed, "conv_transpose2d": transposed, "conv_transpose3d": transposed,
    "batch_norm": batchNorm, "instance_norm": instanceNorm, "group_norm": groupNorm,
    "layer_norm": layerNorm, "linear": linear, "softmax": softmax, "_softmax": softmax,
    "log_softmax": logSoftmax, "_log_softmax": logSoftmax, "glu": glu,
  ]

  private static let convolution: Operation = { translator, node throws(ExportedProblem) in
    try translator.convolution(node, isTransposed: false)
  }

  private static let transposed: Operation = { translator, node throws(ExportedProblem) in
    try translator.convolution(node, isTransposed: true)
  }

  private static let softmax: Operation = { translator, node throws(ExportedProblem) in
    try translator.alongAxis("Softmax", node)
  }

  private static let logSoftmax: Operation = { translator, node throws(ExportedProblem) in
    try translator.alongAxis("LogSoftmax", node)
  }

  private static let glu: Operation = { translator, node throws(ExportedProblem) in
    let input = try translator.signal(node)
    let dim = try translator.dim(node, or: -1, rank: input.dims.count)
    let clip = try translator.withChannels(input, dim: dim, node)
    var signal = clip
    signal.node = try translator.add("GLU", node, reading: [clip], ["dim": .int(1)])
    signal.axes[ExportedSignal.channels] /= 2
    return .signal(signal)
  }

  private static let batchNorm: Operation = { translator, node throws(ExportedProblem) in
    guard !translator.bool(node, "training", or: false) else {
      throw .training(.batchStatistics)
    }
    let input = try translator.withChannels(translator.signal(node, "input"), node)
    let roles = ["weight", "bias", "running_mean", "running_var"]
    let path = try translator.weights(roles, of: node)
    let hasWeight = translator.value(node, "weight") != nil
    return try translator.same(
      "BatchNorm\(min(input.axes.count - 2, 3))d", node, input,
      ["eps": .double(translator.double(node, "eps", or: 1e-5)), "affine": .bool(hasWeight)],
      name: path)
  }

  private static let instanceNorm: Operation = { translator, node throws(ExportedProblem) in
    let input = try translator.withChannels(translator.signal(node, "input"), node)
    let roles = ["weight", "bias", "running_mean", "running_var"]
    let path = try translator.weights(roles, of: node)
    let usesClip = translator.bool(node, "use_input_stats", or: true)
    let spaceCount = input.axes.count - (translator.isStill ? 3 : 2)
    return try translator.statistics(
      "InstanceNorm\(min(max(spaceCount, 1), 3))d", node, input,
      [
        "eps": .double(translator.double(node, "eps", or: 1e-5)),
        "affine": .bool(translator.value(node, "weight") != nil),
        "track_running_stats": .bool(!usesClip),
      ], name: path)
  }

  private static let groupNorm: Operation = { translator, node throws(ExportedProblem) in
    let input = try translator.withChannels(translator.signal(node, "input"), node)
    let path = try translator.weights(["weight", "bias"], of: node)
    return try translator.statistics(
      "GroupNorm", node, input,
      [
        "num_groups": .int(try translator.int(node, "num_groups", or: 1)),
        "num_channels": .int(input.axes[ExportedSignal.channels]),
        "eps": .double(translator.double(node, "eps", or: 1e-5)),
        "affine": .bool(translator.value(node, "weight") != nil),
      ], name: path)
  }

  private static let layerNorm: Operation = { translator, node throws(ExportedProblem) in
    var input = try translator.signal(node, "input")
    let shape = try translator.ints(node, "normalized_shape", or: [])
    let last = input.dims.suffix(shape.count)
    let all = last.flatMap { parts in parts.filter { input.axes[$0] != 1 || last.count == 1 } }
    let axes = all.count > 1 ? all.filter { input.axes[$0] != 1 } : all
    guard !axes.contains(ExportedSignal.time) || input.axes[ExportedSignal.time] == 1,
      !axes.contains(ExportedSignal.batch)
    else { throw .normOverTime }
    // Axes of length one that the clip does not have are left out of the weights as well.
    let sizes = axes.map { input.axes[$0] }
    let isNatural = sizes == shape || sizes.reduce(1, *) != shape.reduce(1, { $0.times($1) })
    let path = try translator.weights(
      [("weight", translator.value(node, "weight")), ("bias", translator.value(node, "bias"))],
      of: node,
      changingWeight: isNatural
        ? nil
        : { $0.split(into: sizes) }, for: ["weight", "bias"])
    let arguments: OrderedDictionary<String, PlainValue> = [
      "normalized_shape": .integers(isNatural ? shape : sizes),
      "eps": .double(translator.double(node, "eps", or: 1e-5)),
      "elementwise_affine": .bool(translator.value(node, "weight") != nil),
    ]
    if axes == [ExportedSignal.channels], input.axes.count == 3 {
      // The last axis of a frame is its channels.
      let inner = ModuleDescription(
        type: "LayerNorm", name: "", arguments: arguments, place: node.place.description)
      input.node = try translator.add(
        "Framewise", node, reading: [input], name: path, modules: [inner])
      return .signal(input)
    }
    // They become the last axes of the clip.
    let others = input.axes.indices.filter { axis in
      axis != ExportedSignal.batch && axis != ExportedSignal.time && !axes.contains(axis)
    }
    let order =
      [[ExportedSignal.batch], others.first.map { [$0] } ?? [], [ExportedSignal.time]]
      + others.dropFirst().map { [$0] } + axes.map { [$0] }
    return try translator.same(
      "LayerNorm", node, try translator.rearranged(input, to: order, node), arguments, name: path)
  }

  private static let linear: Operation = { translator, node throws(ExportedProblem) in
    var input = try translator.signal(node, "input")
    let path = try translator.weights(["weight", "bias"], of: node)
    var arguments: OrderedDictionary<String, PlainValue> = [
      "bias": .bool(translator.value(node, "bias") != nil)
    ]
    let last = input.dims.count - 1
    guard last >= 0 else { throw .noAxes }
    if !input.isFlat {
      // Along an axis of space it would be another one in frames, which have no time.
      if input.axis(of: last) ?? .max > ExportedSignal.time {
        input = try translator.withChannels(input, dim: last, node)
      }
      guard let axis = input.axis(of: last), axis != ExportedSignal.time,
        axis != ExportedSignal.batch
      else {
        throw .mixesFrames(.timeAsFeatures)
      }
      arguments["channel_dim"] = .int(axis)
      input.axes[axis] = translator.shape(of: node).last ?? 1
    } else {
      input.axes[ExportedSignal.channels] = translator.shape(of: node).last ?? 1
    }
    return try translator.same("Linear", node, input, arguments, name: path)
  }
}

extension ExportedTranslator {
  /// A normalization by statistics of the clip; where each clip is a frame, of each frame.
  fileprivate mutating func statistics(
    _ type: String, _ node: ExportedNode, _ input: ExportedSignal,
    _ arguments: OrderedDictionary<String, PlainValue>, name: String
  ) throws(ExportedProblem) -> ExportedValue {
    guard isStill else {
      if type == "GroupNorm" || arguments["track_running_stats"] == .bool(false) {
        needsWholeClip(node, .normOverTime)
      }
      return try same(type, node, input, arguments, name: name)
    }
    let inner = ModuleDescription(
      type: type, name: "", arguments: arguments, place: node.place.description)
    var result = input
    result.node = try add("Framewise", node, reading: [input], name: name, modules: [inner])
    return .signal(result)
  }

  /// A function along one axis of each frame.
  fileprivate mutating func alongAxis(
    _ type: String, _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedValue {
    if case .scores(var scores)? = value(node, node.arguments.keys.first ?? "self") {
      let rank = scores.shape.count
      guard type == "Softmax", try dim(node, or: nil, rank: rank) == rank - 1, !scores.isNormed
      else { throw .operand(.scores) }
      scores.isNormed = true
      return .scores(scores)
    }
    let input = try signal(node)
    let dim = try dim(node, or: nil, rank: input.dims.count)
    guard let axis = input.axis(of: dim) else {
      throw .productOfAxes(isWindow: false)
    }
    if axis == ExportedSignal.time, !input.isFlat { needsWholeClip(node, .normOverTime) }
    return try same(type, node, input, ["dim": .int(axis)])
  }

  /// A window along an axis that is not one of the clip has to have length one.
  private func checkMissing(_ axes: [Int?], _ node: ExportedNode) throws(ExportedProblem) {
    guard case .tensor(_, let shape)? = value(node, "weight") else { return }
    // With a padding that is said by a word, a kernel of one place has none.
    let isWord = if case .string = node["padding"] { true } else { false }
    let padding =
      isWord ? axes.map { _ in 0 } : try ints(node, "padding", or: axes.map { _ in 0 })
    for (index, axis) in axes.enumerated() where axis == nil {
      guard index + 2 < shape.count, shape[index + 2] == 1, padding[index] == 0 else {
        throw .windowAlongNewAxis(makesLonger: true)
      }
    }
  }

  fileprivate mutating func convolution(
    _ node: ExportedNode, isTransposed: Bool
  ) throws(ExportedProblem) -> ExportedValue {
    let rank = node.windowRank
    var input = try signal(node, "input")
    guard input.dims.count == rank + 2 else {
      throw .noBatch
    }
    let ownPadding = node["padding"]
    let hasChannels =
      input.axis(of: 1) == ExportedSignal.channels
      || (input.axes[ExportedSignal.channels] == 1
        && input.dims[1].allSatisfy { input.axes[$0] == 1 })
    if isTransposed || !hasChannels || (input.padding?.mode != "zeros" && ownPadding != .none) {
      input = try settled(input, node)
    } else if case .string = ownPadding {
      input = try settled(input, node)
    }
    let padded = input.padding
    input.padding = nil
    if !hasChannels { input = try withChannels(input, node) }
    if padded == nil { input = try withWindows(input, count: rank, node) }
    let axes = try windowAxes(input, count: rank)
    try checkMissing(axes, node)
    let spaceCount = input.axes.count - 2
    guard spaceCount <= 3 else {
      throw .moreThanThreeAxes
    }
    var arguments: OrderedDictionary<String, PlainValue> = [:]
    let ones = [Int](repeating: 1, count: rank)
    let zeros = [Int](repeating: 0, count: rank)
    let stride = try ints(node, "stride", or: ones)
    let dilation = try ints(node, "dilation", or: ones)
    arguments["stride"] = .integers(spread(stride, over: axes, of: input, or: 1))
    arguments["dilation"] = .integers(spread(dilation, over: axes, of: input, or: 1))
    arguments["groups"] = .int(try int(node, "groups", or: 1))
    let bias = value(node, "bias")
    arguments["bias"] = .bool(bias != nil)
    if case .string(let name) = ownPadding {
      arguments["padding"] = .string(name)
    } else {
      let both = spread(try ints(node, "padding", or: zeros), over: axes, of: input, or: 0)
      let around = (0..<spaceCount).map { padded?.ends[$0 + 2] ?? [0, 0] }
      arguments["padding"] = .list(
        zip(both, around).map { both, ends in
          ends == [0, 0] ? .int(both) : .integers([both + ends[0], both + ends[1]])
        })
      if let mode = padded?.mode, mode != "zeros" {
        arguments["padding_mode"] = .string(mode)
        // Frames that a stream does not have yet are zeros in its steps.
        if mode != "replicate", around[0] != [0, 0] {
          arguments["temporal_fill"] = .string("zeros")
        }
      }
    }
    if isTransposed {
      arguments["output_padding"] = .integers(
        spread(try ints(node, "output_padding", or: zeros), over: axes, of: input, or: 0))
    }
    // The kernel has an axis for each of the clip, in its order.
    let isNatural = axes == (0..<spaceCount).map { $0 + 2 }
    let change: ((StoredTensor) -> StoredTensor)? =
      isNatural
      ? nil
      : { tensor in
        // One that is no kernel of so many axes does not fit, and is named for it.
        guard tensor.shape.rank == rank + 2 else { return tensor }
        let places = (0..<spaceCount).map { axes.firstIndex(of: $0 + 2) }
        let head = tensor.shape.axes.prefix(2)
        let strides = tensor.strides.prefix(2)
        return tensor.viewed(
          shape: Shape(head + places.map { $0.map { tensor.shape[$0 + 2] } ?? 1 }),
          strides: strides + places.map { $0.map { tensor.strides[$0 + 2] } ?? 1 })
      }
    let path = try weights(
      [("weight", value(node, "weight")), ("bias", bias)], of: node, changingWeight: change)
    var result = input
    result.node = try add(
      "Conv\(isTransposed ? "Transpose" : "")\(spaceCount)d", node, reading: [input], arguments,
      name: path)
    let shape = shape(of: node)
    guard shape.count == rank + 2 else { return .signal(result) }
    result.axes[ExportedSignal.channels] = shape[1]
    for (index, axis) in axes.enumerated() {
      if let axis { result.axes[axis] = shape[index + 2] }
    }
    // Channels of length one may have been in no axis.
    result.dims[1] = [ExportedSignal.channels]
    return .signal(result)
  }
}
