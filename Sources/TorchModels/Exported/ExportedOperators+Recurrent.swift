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

extension ExportedTranslator {
  fileprivate mutating func recurrent(
    _ type: String, _ node: ExportedNode, _ extra: OrderedDictionary<String, PlainValue> = [:]
  ) throws(ExportedProblem) -> ExportedValue {
    guard !bool(node, "bidirectional", or: false) else {
      throw .runsBackwards
    }
    let states: [ExportedValue?] =
      switch node["hx"] {
      case .values(let names): names.map { $0.flatMap { values[$0] } }
      case .value(let name): [values[name]]
      default: []
      }
    for state in states {
      guard case .constant(let numbers)? = state, numbers.scalars.allSatisfy({ $0 == 0 }) else {
        throw .initialState
      }
    }
    let isBatchFirst = bool(node, "batch_first", or: false)
    var input = try signal(node, "input")
    guard input.dims.count == 3 else {
      throw .noBatch
    }
    input = try withChannels(input, dim: 2, node)
    // Axes of length one hold no places.
    if input.axes.count > 3, input.axes.dropFirst(3).allSatisfy({ $0 == 1 }) {
      input = try rearranged(input, to: [[0], [1], [2]], node)
    }
    let timeDim = isBatchFirst ? 1 : 0
    guard input.axis(of: timeDim) == ExportedSignal.time || input.axes[ExportedSignal.time] == 1,
      !input.dims[1 - timeDim].contains(ExportedSignal.time),
      input.dims[1 - timeDim].allSatisfy({ $0 == ExportedSignal.batch || input.axes[$0] == 1 })
    else {
      throw .runsAlongOtherAxis
    }
    guard case .values(let names) = node["params"] else { throw .missing("weights") }
    let count = try int(node, "num_layers", or: 1)
    let hasBiases = bool(node, "has_biases", or: true)
    guard count > 0, names.count % count == 0 else {
      throw .weights(names.count, layers: count)
    }
    var roles = ["weight_ih", "weight_hh"] + (hasBiases ? ["bias_ih", "bias_hh"] : [])
    if names.count / count == roles.count + 1 { roles.append("weight_hr") }
    let parts = names.enumerated().map { index, name in
      (
        role: "\(roles[index % roles.count])_l\(index / roles.count)",
        value: name.flatMap { values[$0] }
      )
    }
    let path = try weights(parts, of: node)
    var arguments = extra
    arguments["num_layers"] = .int(count)
    arguments["bias"] = .bool(hasBiases)
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
}
