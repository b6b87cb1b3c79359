import Checkpoints
import OrderedCollections
import PlainData
import Tensors

// Recurrent layers, which remember all frames.
extension ExportedOperators {
  static let recurrent: [String: Operation] = [
    "lstm": { translator, node throws(ExportedProblem) in
      try translator.recurrent("LSTM", node)
    },
    "gru": { translator, node throws(ExportedProblem) in
      try translator.recurrent("GRU", node)
    },
    "rnn_tanh": { translator, node throws(ExportedProblem) in
      try translator.recurrent("RNN", node, ["nonlinearity": .string("tanh")])
    },
    "rnn_relu": { translator, node throws(ExportedProblem) in
      try translator.recurrent("RNN", node, ["nonlinearity": .string("relu")])
    },
  ]

  /// Weights in parts, which the loader puts together.
  static let constants: [String: Operation] = [
    "_weight_norm": { translator, node throws(ExportedProblem) in
      guard case .tensor(let directions, let shape)? = translator.value(node, "v"),
        let whole = translator.wholes[directions]
      else {
        throw .operand(.normedWeight)
      }
      return .folded(whole, shape)
    }
  ]
}

/// The tensors of a recurrent call: so many for each layer and direction.
private struct RecurrentWeights {
  let layers: Int
  let directions: Int
  let hasBiases: Bool
  /// The names that a module asks for, without the number of the layer.
  let roles: [String]
  private let values: [ExportedValue?]

  init(_ node: ExportedNode, _ translator: ExportedTranslator) throws(ExportedProblem) {
    guard case .values(let names) = node["params"] else { throw .missing("weights") }
    layers = try translator.int(node, "num_layers", or: 1)
    directions = translator.bool(node, "bidirectional", or: false) ? 2 : 1
    hasBiases = translator.bool(node, "has_biases", or: true)
    guard layers > 0, layers <= names.count, names.count % (layers * directions) == 0 else {
      throw .weights(names.count, layers: layers)
    }
    let count = names.count / (layers * directions)
    var roles = ["weight_ih", "weight_hh"] + (hasBiases ? ["bias_ih", "bias_hh"] : [])
    if count == roles.count + 1 { roles.append("weight_hr") }
    guard count == roles.count else { throw .weights(names.count, layers: layers) }
    self.roles = roles
    values = names.map { $0.flatMap { translator.values[$0] } }
  }

  /// Those of one layer in one direction, as a layer that is alone asks for them, or under its own number.
  func parts(
    layer: Int, direction: Int = 0, as number: Int
  ) -> [(role: String, value: ExportedValue?)] {
    let first = (layer * directions + direction) * roles.count
    return roles.enumerated().map { ("\($1)_l\(number)", values[first + $0]) }
  }
}

extension ExportedTranslator {
  /// A layer that runs along time with places as samples: one with a block of weights for each place.
  private mutating func blocks(
    _ type: String, _ node: ExportedNode, _ extra: OrderedDictionary<String, PlainValue>,
    _ input: ExportedSignal, _ timeDim: Int, _ layer: RecurrentWeights, _ places: [Int]
  ) throws(ExportedProblem) -> ExportedValue {
    let samples = input.dims[1 - timeDim].firstIndex(of: ExportedSignal.batch)
    // A batch of one may be in no axis.
    guard samples == 0 || samples == nil && input.axes[ExportedSignal.batch] == 1 else {
      throw .runsAlongOtherAxis
    }
    let count = places.reduce(1) { $0.times(input.axes[$1]) }
    let gates = type == "LSTM" ? 4 : type == "GRU" ? 3 : 1
    let path = unused(node.place.module.adding("(\(node.valueName) of \(count) places)"))
    for number in 0..<layer.layers {
      for (role, value) in layer.parts(layer: number, as: number) {
        guard let value, let numbers = try read(value) else { throw .computed(role) }
        let groups = role.hasPrefix("weight_hr") ? 1 : gates
        guard numbers.shape[0].isMultiple(of: groups),
          numbers.shape.count.times(count.times(count)) <= ExportedConstants.limit
        else { throw .constants(limit: ExportedConstants.limit) }
        let own = path.adding(role)
        weights[own] = StoredTensor(path: own, computed: numbers.inBlocks(count, groups: groups))
      }
    }
    let order = [
      [ExportedSignal.batch], places + input.dims[2].filter { input.axes[$0] != 1 },
      [ExportedSignal.time],
    ]
    var clip = input
    clip.dims = order
    clip = try rearranged(clip, to: order, node)
    var arguments = extra
    arguments["num_layers"] = .int(layer.layers)
    arguments["bias"] = .bool(layer.hasBiases)
    let size = shape(of: node).last ?? 1
    clip.node = try add(type, node, reading: [clip], arguments, name: path)
    clip.axes[ExportedSignal.channels] = count.times(size)
    clip.dims = [[ExportedSignal.batch], [ExportedSignal.channels], [ExportedSignal.time]]
    var result = try reshaped(
      clip, to: [clip.axes[0], count, size, clip.axes[ExportedSignal.time]], node)
    let made = result.dims
    result.dims = [made[0] + made[1], made[2]]
    result.dims.insert([ExportedSignal.time], at: timeDim)
    return .several([.signal(result), .unusable(.lastState), .unusable(.lastState)])
  }

  fileprivate mutating func recurrent(
    _ type: String, _ node: ExportedNode, _ extra: OrderedDictionary<String, PlainValue> = [:]
  ) throws(ExportedProblem) -> ExportedValue {
    try checkStates(node)
    let weights = try RecurrentWeights(node, self)
    var input = try signal(node, "input")
    guard input.dims.count == 3 else {
      throw .noBatch
    }
    let timeDim = bool(node, "batch_first", or: false) ? 1 : 0
    let isInsideFrames =
      input.dims[1 - timeDim].contains(ExportedSignal.time)
      && !input.dims[timeDim].contains(ExportedSignal.time)
    guard !isInsideFrames || isStill else { throw .runsAlongOtherAxis }
    guard isStill || weights.directions == 1 else { throw .runsBackwards }
    input = try withChannels(input, dim: 2, node)
    if isStill { return try sequence(type, node, extra, input, timeDim, weights) }
    // Axes of length one hold no places.
    if input.axes.count > 3, input.axes.dropFirst(3).allSatisfy({ $0 == 1 }) {
      input = try rearranged(input, to: [[0], [1], [2]], node)
    }
    let places = input.dims[1 - timeDim].filter {
      $0 != ExportedSignal.batch && $0 != ExportedSignal.time && input.axes[$0] != 1
    }
    if input.axis(of: timeDim) == ExportedSignal.time, !places.isEmpty {
      return try blocks(type, node, extra, input, timeDim, weights, places)
    }
    guard input.axis(of: timeDim) == ExportedSignal.time || input.axes[ExportedSignal.time] == 1,
      !input.dims[1 - timeDim].contains(ExportedSignal.time),
      input.dims[1 - timeDim].allSatisfy({ $0 == ExportedSignal.batch || input.axes[$0] == 1 })
    else {
      throw .runsAlongOtherAxis
    }
    let count = weights.layers
    let path = try self.weights(
      (0..<count).flatMap { weights.parts(layer: $0, as: $0) }, of: node)
    var arguments = extra
    arguments["num_layers"] = .int(count)
    arguments["bias"] = .bool(weights.hasBiases)
    var result = input
    result.node = try add(type, node, reading: [input], arguments, name: path)
    result.axes[ExportedSignal.channels] = shape(of: node).last ?? 1
    // What the last layer remembers at the end is what it made last.
    var last = result
    last.isLastFrame = true
    last.dims = [[], input.dims[1 - timeDim], [ExportedSignal.channels]]
    return .several([
      .signal(result), count == 1 ? .signal(last) : .states(last, layers: count),
      .unusable(.lastState),
    ])
  }

  /// The states to start from have to be zeros.
  private func checkStates(_ node: ExportedNode) throws(ExportedProblem) {
    let states: [ExportedValue?] =
      switch node["hx"] {
      case .values(let names): names.map { $0.flatMap { values[$0] } }
      case .value(let name): [values[name]]
      default: []
      }
    for state in states {
      guard let state, state.isConstant, let numbers = try read(state),
        numbers.scalars.allSatisfy({ $0 == 0 })
      else { throw .initialState }
    }
  }

  /// Layers that run along an axis of each frame, in one direction or in both.
  private mutating func sequence(
    _ type: String, _ node: ExportedNode, _ extra: OrderedDictionary<String, PlainValue>,
    _ clip: ExportedSignal, _ timeDim: Int, _ weights: RecurrentWeights
  ) throws(ExportedProblem) -> ExportedValue {
    let samples = clip.dims[1 - timeDim].filter { clip.axes[$0] != 1 || $0 == 0 }
    let places = clip.dims[timeDim].filter { clip.axes[$0] != 1 }
    guard samples.allSatisfy({ $0 == ExportedSignal.batch }), !clip.isFlat,
      !places.contains(ExportedSignal.batch), !places.contains(ExportedSignal.time)
    else { throw .runsAlongOtherAxis }
    var input = clip
    input.dims = [[ExportedSignal.batch], places, [ExportedSignal.channels]]
    input = try rearranged(
      input,
      to: [[ExportedSignal.batch], [ExportedSignal.channels], [ExportedSignal.time], places],
      node)
    var arguments = extra
    (arguments["num_layers"], arguments["bias"]) = (.int(1), .bool(weights.hasBiases))
    let length = input.axes[3]
    var ends: [ExportedSignal] = []
    for layer in 0..<weights.layers {
      var made: [ExportedSignal] = []
      for direction in 0..<weights.directions {
        let parts = weights.parts(layer: layer, direction: direction, as: 0)
        let path = node.place.module.adding("(\(node.valueName) \(layer) \(direction))")
        for (role, value) in parts {
          guard let value, case .tensor(let name, let shape) = value, let tensor = tensors[name]
          else { throw .computed(role) }
          self.weights[path.adding(role)] = tensor
          if role == "weight_hr_l0" || role == "weight_hh_l0" {
            arguments["proj_size"] = role == "weight_hr_l0" ? shape.first.map { .int($0) } : nil
          }
        }
        var result = input
        result.node = try along(
          input, ModuleDescription(type: type, arguments: arguments, place: node.place.description),
          node, isReversed: direction == 1, path: path)
        result.axes[ExportedSignal.channels] =
          (shape(of: node).last ?? 1) / max(weights.directions, 1)
        result.dims = [[ExportedSignal.batch], [3], [ExportedSignal.channels]]
        made.append(result)
        let isRead = node.outputs.count > 1 && node.outputs[1].map(isRead) ?? false
        if isRead { ends.append(try part(result, 1, direction == 0 ? length - 1 : 0, 1, node)) }
      }
      input = made.count == 1 ? made[0] : try concatenated(made, dim: 2, node)
    }
    var output = input
    if timeDim == 0 { output.dims.swapAt(0, 1) }
    var states = ExportedValue.unknown
    if !ends.isEmpty {
      var all = ends.count == 1 ? ends[0] : try concatenated(ends, dim: 2, node)
      let size = all.axes[ExportedSignal.channels] / ends.count
      all.dims = [[ExportedSignal.batch], [ExportedSignal.channels]]
      all = try reshaped(all, to: [all.axes[0], ends.count, size], node)
      all.dims.swapAt(0, 1)
      states = .signal(all)
    }
    return .several([.signal(output), states, .unusable(.lastState)])
  }
}

extension Tensor64 {
  /// A matrix, or a bias, of so many blocks, each of which is this one, gate by gate.
  fileprivate func inBlocks(_ count: Int, groups: Int) -> Tensor64 {
    let rows = shape[0] / groups
    guard shape.rank == 2 else {
      return Tensor64(
        Shape([shape[0] * count]),
        (0..<groups).flatMap { group in
          (0..<count).flatMap { _ in scalars[group * rows..<(group + 1) * rows] }
        })
    }
    let columns = shape[1]
    var numbers = [Double](repeating: 0, count: shape.count * count * count)
    for group in 0..<groups {
      for block in 0..<count {
        for row in 0..<rows {
          let target = ((group * count + block) * rows + row) * columns * count + block * columns
          let source = (group * rows + row) * columns
          for column in 0..<columns { numbers[target + column] = scalars[source + column] }
        }
      }
    }
    return Tensor64(Shape([shape[0] * count, columns * count]), numbers)
  }
}
