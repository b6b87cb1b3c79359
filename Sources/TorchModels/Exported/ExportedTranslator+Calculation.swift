import Checkpoints
import OrderedCollections
import PlainData
import Tensors

// Calls that act inside each frame, and have no module: they are calculated frame by frame, as they are written.
extension ExportedTranslator {
  /// What a call makes that acts on each frame by itself; nil where it does not, or is not known to.
  ///
  /// - Parameter node: the call.
  /// - Returns: a value whose node calculates the call.
  /// - Throws: ``ExportedProblem`` where a tensor cannot be read.
  mutating func calculatedInFrames(
    _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedValue? {
    guard !isStill, node.changed == nil, TensorOperators.all[node.name] != nil,
      let output = node.outputs.first.flatMap(\.self), let shape = graph.shapes[output]
    else { return nil }
    var operands: [(name: String, signal: ExportedSignal)] = []
    var constants: [(name: String, value: ExportedValue)] = []
    for name in OrderedSet(node.arguments.values.flatMap(\.names)) {
      switch values[name] {
      case .signal(let signal)?:
        guard !signal.isFlat, !signal.isLastFrame, signal.padding == nil else { return nil }
        operands.append((name, signal))
      case .places?, .complex?, .scores?, .unsplit?, .states?, .folded?, .unusable?, nil: return nil
      case let value?: constants.append((name, value))
      }
    }
    guard let carried = carried(node, operands, rank: shape.count) else { return nil }
    if ExportedTranslator.isOfEachElement(node) {
      // Numbers that each frame has of its own are not the same frame by frame.
      let isSame = constants.allSatisfy { _, value in
        let own = value.constantShape ?? []
        return own.indices.allSatisfy {
          own[$0] == 1 || carried[$0 + shape.count - own.count] == nil
        }
      }
      guard isSame else { return nil }
    }
    let frameShape = shape.indices.map { carried[$0] == nil ? shape[$0] : 1 }
    // What an operand holds of a frame, one behind the other.
    var calls: [TensorCall] = []
    var flat: [ExportedSignal] = []
    var start = 0
    for (name, signal) in operands {
      let parts = signal.dims.joined().filter { $0 > 2 || $0 == 1 }.filter { signal.axes[$0] != 1 }
      let clip = try withChannels(inside: parts, signal, node)
      flat.append(clip)
      let count = clip.axes[1]
      let own = signal.dims.map { dim in
        dim.filter { $0 == 1 || $0 > 2 }.reduce(1) { $0 * signal.axes[$1] }
      }
      let part = "(part \(name))"
      calls.append(
        TensorCall(
          "narrow.default",
          [
            "self": .value("(frame)"), "dim": .int(1), "start": .int(start),
            "length": .int(count),
          ], output: part, shape: [1, count]))
      calls.append(
        TensorCall("view.default", ["self": .value(part)], output: name, shape: own))
      start += count
    }
    guard start > 0, frameShape.reduce(1, { $0.times($1) }) <= 1 << 20 else { return nil }
    let path = unused(node.place.module.adding("(\(node.valueName))"))
    var tensors: [String] = []
    var renamed: [String: String] = [:]
    for (name, value) in constants {
      let own = path.adding(name)
      switch value {
      case .tensor(let key, _):
        guard let tensor = self.tensors[key] else { return nil }
        weights[own] = tensor
      case .uniform(let number, let axes):
        // Of states that each sample and frame has, one is enough.
        let isState = node["hx"].names.contains(name) && axes.count == 3
        let axes = isState ? [axes[0], 1, axes[2]] : axes
        weights[own] = StoredTensor(
          path: own, computed: Tensor64(Shape(axes), repeating: number))
      default:
        guard let numbers = try read(value) else { return nil }
        weights[own] = StoredTensor(path: own, computed: numbers)
      }
      tensors.append(own)
      renamed[name] = own
    }
    var call = TensorCall(node, graph).renamed { renamed[$0] ?? $0 }
    call.outputs = [output]
    call.shapes = [frameShape]
    calls.append(call)
    guard isCalculable(calls, tensors, inputs: start, output: output) else {
      for name in tensors { weights[name] = nil }
      return nil
    }
    var input = flat[0]
    if flat.count > 1 {
      guard
        case .signal(let joined) = try joined(
          flat, "Reduce", node, ["reduce": .string("concat")], addingChannels: true)
      else { return nil }
      input = joined
    }
    let count = frameShape.reduce(1, *)
    input.node = try add(
      LayerDefinition.calculation, node, reading: [input],
      [
        "calls": .list(calls.map(\.plain)), "inputs": .list([.string("(frame)")]),
        "output": .string(output), "input_shape": .integers([1, start]),
        "output_shape": .integers(frameShape),
        "tensors": .list(tensors.map { .string($0) }),
      ], name: "")
    input.axes = [input.axes[0], count, input.axes[2]]
    input.dims = [[0], [1], [2]]
    let inner = shape.indices.filter { carried[$0] == nil }
    var result = try reshaped(
      input, to: [input.axes[0]] + inner.map { shape[$0] } + [input.axes[2]], node)
    let made = result.dims
    result.dims = shape.indices.map { dim in
      if let parts = carried[dim] { return parts.sorted() }
      return made[1 + (inner.firstIndex(of: dim) ?? 0)]
    }
    guard node.outputs.count > 1 else { return .signal(result) }
    return .several(
      [.signal(result)] + node.outputs.dropFirst().map { _ in .unusable(.lastState) })
  }

  /// Whether calls can be calculated, which zeros tell.
  private func isCalculable(
    _ calls: [TensorCall], _ names: [String], inputs: Int, output: String
  ) -> Bool {
    var given = ["(frame)": TensorView([1, inputs], [Double](repeating: 0, count: inputs))]
    for name in names {
      guard let numbers = try? weights[name]?.wideValues() else { return false }
      given[name] = TensorView(numbers)
    }
    let program = TensorProgram(calls, inputs: ["(frame)"], output: output)
    return (try? program.run(given)) != nil
  }

  /// Which axes of what a call makes hold samples and frames, and which of these; nil where samples or frames
  /// meet.
  private func carried(
    _ node: ExportedNode, _ operands: [(name: String, signal: ExportedSignal)], rank: Int
  ) -> [Int: Set<Int>]? {
    var result: [Int: Set<Int>] = [:]
    guard !operands.isEmpty else { return nil }
    for (index, operand) in operands.enumerated() {
      let signal = operand.signal
      guard signal.axes.count > 2, signal.dims.joined().contains(ExportedSignal.time) else {
        return nil
      }
      var own: [Int: Set<Int>] = [:]
      for (dim, parts) in signal.dims.enumerated() {
        let kept = parts.filter { $0 == ExportedSignal.batch || $0 == ExportedSignal.time }
        if kept.isEmpty { continue }
        guard parts.allSatisfy({ kept.contains($0) || signal.axes[$0] == 1 }),
          let place = place(of: dim, of: operand.name, signal, node, rank: rank)
        else { return nil }
        own[place] = Set(kept)
      }
      if index > 0, own != result { return nil }
      result = own
    }
    return result
  }

  /// The axis of what a call makes that an axis of one of its operands becomes, where what lies along it does not
  /// meet; nil where it does.
  private func place(
    of dim: Int, of name: String, _ signal: ExportedSignal, _ node: ExportedNode, rank: Int
  ) -> Int? {
    let own = signal.dims.count
    switch node.name {
    case "matmul", "bmm", "scaled_dot_product_attention":
      return dim < own - 2 && rank >= own ? dim + rank - own : nil
    case "einsum":
      guard case .string(let equation) = node["equation"],
        case .values(let names) = node["tensors"],
        let index = names.firstIndex(of: name), !equation.contains(".")
      else { return nil }
      let sides = equation.filter { $0 != " " }.split { !$0.isLetter }.map(Array.init)
      guard sides.count == names.count + 1, sides[index].indices.contains(dim) else { return nil }
      return sides[names.count].firstIndex(of: sides[index][dim])
    case "lstm", "gru", "rnn_tanh", "rnn_relu":
      let batch = bool(node, "batch_first", or: false) ? 0 : 1
      return dim == batch && node["input"].names == [name] ? dim : nil
    case "softmax", "_softmax", "log_softmax", "cumsum", "cumprod":
      guard let other = try? self.dim(node, rank: own) else { return nil }
      return dim == other ? nil : dim
    case "layer_norm", "rms_norm":
      let count = (try? ints(node, "normalized_shape", or: []))?.count ?? own
      return dim < own - count ? dim : nil
    case "group_norm", "instance_norm":
      return dim == 0 ? 0 : nil
    case "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d":
      return dim == 0 && rank == own ? 0 : nil
    default: return ExportedTranslator.isOfEachElement(node) ? dim + rank - own : nil
    }
  }

  /// Whether a call makes each number of those at the same place.
  private static func isOfEachElement(_ node: ExportedNode) -> Bool {
    TensorOperators.pairs[node.name] != nil || TensorOperators.elements[node.name] != nil
  }
}

extension TensorCall {
  init(
    _ target: String, _ arguments: OrderedDictionary<String, ExportedArgument>, output: String,
    shape: [Int]
  ) {
    self.target = target
    self.arguments = arguments
    outputs = [output]
    shapes = [shape]
  }
}
