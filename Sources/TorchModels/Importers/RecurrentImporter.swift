import Continual
import Tensors

/// `RNN`, `LSTM`, `GRU` of `torch.nn` and of `continual`.
let recurrentLayers = [
  LayerDefinition(
    ["RNN"], family: .recurrent, summary: "A recurrent layer without gates.",
    arguments: recurrentArguments + [
      .init(
        "nonlinearity", .choice(of: RNN.Nonlinearity.self), "tanh",
        "The function of the new state.", isOpenInDrafts: true)
    ]
  ) { context throws(ModuleError) in
    let layers = context.recurrentLayers(gates: 1)
    return try RNN(
      layers: layers,
      nonlinearity: context.choice("nonlinearity", as: RNN.Nonlinearity.self) ?? .tanh)
  }.with { $0.inference = .recurrent("RNN", gates: 1, assuming: ["nonlinearity \"tanh\""]) },
  LayerDefinition(
    ["GRU"], family: .recurrent, summary: "A gated recurrent unit.",
    arguments: recurrentArguments
  ) { context throws(ModuleError) in
    try GRU(layers: context.recurrentLayers(gates: 3))
  }.with { $0.inference = .recurrent("GRU", gates: 3) },
  LayerDefinition(
    ["LSTM"], family: .recurrent, summary: "A long short-term memory.",
    arguments: recurrentArguments + [
      .init("proj_size", .int, .told, "The size of what a layer passes on, if it is projected.")
    ]
  ) { context throws(ModuleError) in
    try LSTM(
      layers: context.recurrentLayers(gates: 4, projection: context.int("proj_size")))
  }.with { $0.inference = .recurrent("LSTM", gates: 4) },
]

private let recurrentArguments: [LayerDefinition.Argument] = [
  .init("input_size", .int, .told, "The number of channels that come in."),
  .init("hidden_size", .int, .told, "The number of features of the state."),
  .init("num_layers", .int, .told, "The number of layers, one behind the other."),
  .bias, .dropout, .batchFirst,
  .init(
    "bidirectional", .bool, false, "Whether it also runs backwards; refused, as it has no steps."),
]
extension ImportContext {
  /// The weights of each layer.
  ///
  /// What the tensors do not tell in a file without them is taken from the arguments, so that
  /// messages can say what was expected.
  fileprivate func recurrentLayers(
    gates: Int, projection given: Int? = nil
  ) -> [RecurrentLayerWeights] {
    if bool("bidirectional") == true || hasTensor("weight_ih_l0_reverse") {
      report(
        "a bidirectional \(description.type) needs the future and cannot be stepped",
        argument: has("bidirectional") ? "bidirectional" : nil,
        hint: "train it with bidirectional=False")
      for name in ["weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr"] {
        // As many as the tensors show: the number that is given can be any.
        for layer in 0..<max(countedLayers, 1) {
          ignoreTensor("\(name)_l\(layer)_reverse")
        }
      }
    }
    let count = int("num_layers") ?? max(countedLayers, 1)
    guard (1...1000).contains(count) else {
      report("found \(count), expected 1 to 1000 layers", argument: "num_layers")
      return []
    }
    let hidden = int("hidden_size") ?? shape("weight_ih_l0").map { $0[0] / gates }
    let projection = given.flatMap { $0 > 0 ? $0 : nil } ?? shape("weight_hr_l0")?[0]
    let output = projection ?? hidden
    let rows = hidden.map { $0 * gates }
    let hasBias = bool("bias")
    let layers = (0..<count).map { layer in
      RecurrentLayerWeights(
        input: weight(
          "weight_ih_l\(layer)", [rows, layer == 0 ? int("input_size") : output]),
        hidden: weight("weight_hh_l\(layer)", [rows, output]),
        inputBias: tensor("bias_ih_l\(layer)", [rows], if: hasBias),
        hiddenBias: tensor("bias_hh_l\(layer)", [rows], if: hasBias),
        projection: projection.map { weight("weight_hr_l\(layer)", [$0, hidden]) })
    }
    suggestInput(channels: layers[0].inputSize, spaceAxes: 0)
    return layers
  }

  /// How many layers the tensors show.
  private var countedLayers: Int {
    var count = 0
    while hasTensor("weight_ih_l\(count)") { count += 1 }
    return count
  }
}
