import Checkpoints
import OrderedCollections
import PlainData
import Tensors

// What is put around a clip is a part of the convolution behind it. Where there is none, it gets a
// convolution of its own, which copies each channel.
extension ExportedOperators {
  /// Calls that take over what was put around their input, or hand it on.
  static let takesPadding: Set = [
    "conv1d", "conv2d", "conv3d", "slice", "narrow", "permute", "transpose", "swapaxes", "swapdims",
    "unsqueeze", "squeeze", "contiguous", "clone", "detach", "detach_", "alias",
    "lift_fresh_copy", "dropout", "dropout_",
  ]
}

extension ExportedTranslator {
  /// Makes what was put around the inputs of a call.
  mutating func settleInputs(of node: ExportedNode) throws(ExportedProblem) {
    for name in Set(node.arguments.values.flatMap(\.names)) {
      guard case .signal(let signal)? = values[name], signal.padding != nil else { continue }
      values[name] = .signal(try settled(signal, node))
    }
  }

  /// The clip with what was put around it, made by a convolution that copies each channel.
  ///
  /// Frames before the clip are made by a window that looks back as far, of which the oldest frame counts. So a
  /// clip that is cut at its end by as many is one that comes later, frame by frame.
  mutating func settled(
    _ signal: ExportedSignal, _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal {
    guard let padding = signal.padding else { return signal }
    let spaceCount = signal.axes.count - 2
    guard (1...3).contains(spaceCount) else { throw .moreThanThreeAxes }
    var input = signal
    input.padding = nil
    for (axis, ends) in padding.ends { input.axes[axis] -= ends[0] + ends[1] }
    var ends = (0..<spaceCount).map { padding.ends[$0 + 2] ?? [0, 0] }
    let looksBack = padding.mode == "zeros" ? ends[0][0] : 0
    ends[0][1] += looksBack
    let channels = signal.axes[ExportedSignal.channels]
    guard channels.times(looksBack + 1) <= ExportedConstants.limit else {
      throw .constants(limit: ExportedConstants.limit)
    }
    let shape = [channels, 1, looksBack + 1] + [Int](repeating: 1, count: spaceCount - 1)
    let path = unused(node.place.module.adding("(\(node.valueName) padding)"))
    let weight = path.adding("weight")
    weights[weight] = StoredTensor(
      path: weight,
      computed: Tensor64(
        Shape(shape),
        (0..<channels * (looksBack + 1)).map { $0 % (looksBack + 1) == 0 ? 1 : 0 }))
    var arguments: OrderedDictionary<String, PlainValue> = [
      "groups": .int(channels), "bias": .bool(false),
      "padding": .list(ends.map { .integers($0) }),
      "stride": .integers([Int](repeating: 1, count: spaceCount)),
    ]
    if padding.mode != "zeros" {
      arguments["padding_mode"] = .string(padding.mode)
      if padding.mode != "replicate", ends[0] != [0, 0] {
        arguments["temporal_fill"] = .string("zeros")
      }
    }
    var result = signal
    result.padding = nil
    result.node = try add(
      "Conv\(spaceCount)d", node, reading: [input], arguments, name: path)
    return result
  }
}
