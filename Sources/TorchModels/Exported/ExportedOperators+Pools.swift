import OrderedCollections
import PlainData
import Tensors

// Pools, means, and clips made larger.
extension ExportedOperators {
  static let pools: [String: Operation] = [
    "max_pool1d": maximum, "max_pool2d": maximum, "max_pool3d": maximum,
    "avg_pool1d": average, "avg_pool2d": average, "avg_pool3d": average,
    "adaptive_avg_pool1d": adaptiveAverage, "adaptive_avg_pool2d": adaptiveAverage,
    "adaptive_avg_pool3d": adaptiveAverage, "adaptive_max_pool1d": adaptiveMaximum,
    "adaptive_max_pool2d": adaptiveMaximum, "adaptive_max_pool3d": adaptiveMaximum,
    "_upsample_nearest_exact1d": nearest, "_upsample_nearest_exact2d": nearest,
    "_upsample_nearest_exact3d": nearest, "upsample_nearest1d": nearest,
    "upsample_nearest2d": nearest, "upsample_nearest3d": nearest,
    "mean": mean, "amax": amax,
    "upsample_linear1d": linear, "upsample_bilinear2d": linear, "upsample_trilinear3d": linear,
    "repeat_interleave": repeated, "max": largest,
  ]

  private static let maximum: Operation = { translator, node throws(ExportedProblem) in
    try translator.pool(node, "MaxPool")
  }

  private static let average: Operation = { translator, node throws(ExportedProblem) in
    try translator.pool(node, "AvgPool")
  }

  private static let adaptiveAverage: Operation = { translator, node throws(ExportedProblem) in
    try translator.adaptivePool(node, "AdaptiveAvgPool")
  }

  private static let adaptiveMaximum: Operation = { translator, node throws(ExportedProblem) in
    try translator.adaptivePool(node, "AdaptiveMaxPool")
  }

  private static let nearest: Operation = { translator, node throws(ExportedProblem) in
    try translator.upsample(node)
  }

  private static let linear: Operation = { translator, node throws(ExportedProblem) in
    guard !translator.bool(node, "align_corners", or: false) else { throw .alignsCorners }
    let modes = ["linear", "bilinear", "trilinear"]
    return try translator.upsample(node, mode: modes[min(max(node.windowRank, 1), 3) - 1])
  }

  /// Each place several times, along one axis.
  private static let repeated: Operation = { translator, node throws(ExportedProblem) in
    let input = try translator.signal(node)
    let dim = try translator.dim(node, rank: input.dims.count)
    let count = try translator.int(node, "repeats", or: 0)
    guard count > 0 else { throw .repeatsClip }
    if !input.dims[dim].contains(ExportedSignal.time), input.shape[dim] > 1 || input.isFlat {
      return .signal(
        try translator.selecting(
          (0..<input.shape[dim].times(count)).map { $0 / count }, of: input, dim, node))
    }
    guard let axis = input.axis(of: dim), axis >= ExportedSignal.time, !input.isFlat
    else { throw .repeatsClip }
    var result = input
    result.node = try translator.add(
      "Upsample", node, reading: [input],
      [
        "scale_factor": .integers(
          input.axes.indices.dropFirst(2).map { $0 == axis ? count : 1 }),
        "mode": .string("nearest"),
      ])
    result.axes[axis] = input.axes[axis].times(count)
    return .signal(result)
  }

  /// The largest of two clips, or along an axis of one.
  private static let largest: Operation = { translator, node throws(ExportedProblem) in
    guard node["other"] == .none else {
      let signals = [try translator.signal(node), try translator.signal(node, "other")]
      return try translator.largest(of: signals, node)
    }
    guard node["dim"] != .none else { throw .channelsOrBatch(.reduces) }
    let input = try translator.signal(node)
    let dim = try translator.dim(node, rank: input.dims.count)
    let readsPlace = node.outputs.count > 1 && node.outputs[1].map(translator.isRead) ?? false
    let readsNumber = node.outputs.first.map { $0.map(translator.isRead) ?? false } ?? false
    let place = readsPlace ? try translator.place(input, node) : .unusable(.unmade("the place"))
    guard readsNumber || !readsPlace else { return .several([.unknown, place]) }
    guard !input.dims[dim].contains(ExportedSignal.time), !input.isFlat, input.shape[dim] > 1 else {
      return .several([try translator.reduced(node, "AdaptiveMaxPool"), place])
    }
    var (_, largest, _) = try translator.largestAlong(input, dim, node)
    if !translator.bool(node, "keepdim", or: false) { largest = largest.removing(dim: dim) }
    return .several([.signal(largest), place])
  }

  private static let mean: Operation = { translator, node throws(ExportedProblem) in
    try translator.reduced(node, "AdaptiveAvgPool")
  }

  private static let amax: Operation = { translator, node throws(ExportedProblem) in
    try translator.reduced(node, "AdaptiveMaxPool")
  }
}

extension ExportedTranslator {
  fileprivate mutating func pool(
    _ node: ExportedNode, _ type: String
  ) throws(ExportedProblem) -> ExportedValue {
    let rank = node.windowRank
    var input = try withWindows(signal(node), count: rank, node)
    // A window along the channels moves along an axis of space then.
    if (input.dims.count - min(rank, input.dims.count)..<input.dims.count).contains(where: {
      input.axis(of: $0) == ExportedSignal.channels && input.axes[ExportedSignal.channels] > 1
    }) {
      input = try withoutChannels(input, node)
    }
    let axes = try windowAxes(input, count: rank)
    let spaceCount = input.axes.count - 2
    let ones = [Int](repeating: 1, count: rank)
    let kernel = try ints(node, "kernel_size", or: ones)
    let stride = try ints(node, "stride", or: kernel)
    let zeros = [Int](repeating: 0, count: rank)
    var arguments: OrderedDictionary<String, PlainValue> = [
      "kernel_size": .integers(spread(kernel, over: axes, of: input, or: 1)),
      "stride": .integers(spread(stride, over: axes, of: input, or: 1)),
      "padding": .integers(
        spread(try ints(node, "padding", or: zeros), over: axes, of: input, or: 0)),
      "ceil_mode": .bool(bool(node, "ceil_mode", or: false)),
    ]
    if type == "MaxPool" {
      arguments["dilation"] = .integers(
        spread(try ints(node, "dilation", or: ones), over: axes, of: input, or: 1))
    } else {
      arguments["count_include_pad"] = .bool(bool(node, "count_include_pad", or: true))
      if case .int(let divisor) = node["divisor_override"] {
        arguments["divisor_override"] = .int(divisor)
      }
    }
    for (index, axis) in axes.enumerated() where axis == nil {
      guard kernel[index] == 1 else {
        throw .windowAlongNewAxis(makesLonger: false)
      }
    }
    var result = input
    result.node = try add("\(type)\(spaceCount)d", node, reading: [input], arguments)
    resize(&result, axes, to: shape(of: node).suffix(rank))
    return .signal(result)
  }

  private func resize(_ signal: inout ExportedSignal, _ axes: [Int?], to sizes: ArraySlice<Int>) {
    for (axis, size) in zip(axes, sizes) { if let axis { signal.axes[axis] = size } }
  }

  fileprivate mutating func adaptivePool(
    _ node: ExportedNode, _ type: String
  ) throws(ExportedProblem) -> ExportedValue {
    let rank = node.windowRank
    let input = try signal(node)
    let axes = try windowAxes(input, count: rank).compactMap(\.self)
    guard axes.count == rank else { throw .poolsNewAxis }
    let sizes = try ints(node, "output_size", or: [Int](repeating: 1, count: rank))
    var result = input
    result.node = try adaptive(
      type, node, input, Dictionary(zip(axes, sizes)) { first, _ in first })
    resize(&result, axes, to: sizes[...])
    if let place = axes.firstIndex(of: ExportedSignal.time), sizes[place] == 1 {
      result.isWholeClip = true
    }
    return .signal(result)
  }

  /// A pool to given sizes of some axes.
  mutating func adaptive(
    _ type: String, _ node: ExportedNode, _ input: ExportedSignal, _ sizes: [Int: Int]
  ) throws(ExportedProblem) -> String {
    let spaceCount = input.axes.count - 2
    let output = (0..<spaceCount).map { place in
      sizes[place + 2].flatMap { $0 == input.axes[place + 2] && $0 > 1 ? nil : .int($0) }
        ?? PlainValue.null
    }
    return try add("\(type)\(spaceCount)d", node, reading: [input], ["output_size": .list(output)])
  }

  /// The mean or maximum over axes.
  fileprivate mutating func reduced(
    _ node: ExportedNode, _ type: String
  ) throws(ExportedProblem) -> ExportedValue {
    let input = try signal(node)
    let dims = try reducedDims(node, of: input)
    // An axis of length one is its own mean.
    var axes = Set(dims.flatMap { input.dims[$0] }.filter { input.axes[$0] != 1 || $0 == 2 })
    var result = input
    if type == "AdaptiveAvgPool", axes.remove(ExportedSignal.channels) != nil {
      let count = Double(input.axes[ExportedSignal.channels])
      result = try total(input, over: [ExportedSignal.channels], factor: 1 / count, node)
    }
    guard !axes.contains(ExportedSignal.batch), !axes.contains(ExportedSignal.channels) else {
      throw axes.contains(ExportedSignal.time) ? .mixesFrames(.all) : .channelsOrBatch(.reduces)
    }
    if !axes.isEmpty {
      result.node = try adaptive(
        type, node, result, Dictionary(uniqueKeysWithValues: axes.map { ($0, 1) }))
      for axis in axes { result.axes[axis] = 1 }
      if axes.contains(ExportedSignal.time) { result.isWholeClip = true }
    }
    guard !bool(node, "keepdim", or: false) else { return .signal(result) }
    for dim in dims.reversed() { result = result.removing(dim: dim) }
    return .signal(result)
  }

  /// All but the batch as features.
  mutating func flattened(
    _ signal: ExportedSignal, _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal {
    var result = signal
    result.node = try add("Flatten", node, reading: [signal], ["start_dim": .int(1)])
    result.axes = [signal.axes[0], signal.axes.dropFirst().reduce(1) { $0.times($1) }]
    result.dims = [[0], [1]]
    result.isFlat = true
    return result
  }

  fileprivate mutating func upsample(
    _ node: ExportedNode, mode: String = "nearest"
  ) throws(ExportedProblem) -> ExportedValue {
    let rank = node.windowRank
    let input = try inOrder(signal(node, "input"), node)
    let after = Array(shape(of: node).suffix(rank))
    let before = Array(input.axes.suffix(rank))
    guard after.count == rank, zip(before, after).allSatisfy({ $0 > 0 && $1 % $0 == 0 }) else {
      throw .notAMultiple(before, after)
    }
    var result = input
    result.node = try add(
      "Upsample", node, reading: [input],
      ["scale_factor": .integers(zip(before, after).map { $1 / $0 }), "mode": .string(mode)])
    for (index, size) in after.enumerated() { result.axes[index + 2] = size }
    return .signal(result)
  }
}
