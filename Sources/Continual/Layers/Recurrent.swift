import Tensors

// Recurrent networks over clips (B, C, T) and frames (B, C), as in `continual`. (Those of `torch.nn`
// take time first, or with batch_first second.) Both start from zeros. Each output comes in the step of
// its input. The sums of a gate start at its biases, go over the inputs, and then over the hidden
// state, in order; the activations are computed in double precision. Clip and step have the same bits.

/// A plain recurrent network: `h = tanh(W_ih x + b_ih + W_hh h + b_hh)`, or ReLU instead of tanh.
public struct RNN: Module {
  /// What the sums go through.
  public enum Nonlinearity: String, Hashable, Sendable, CaseIterable {
    /// The hyperbolic tangent.
    case tanh
    /// The positive part.
    case relu
  }

  /// The layers, from the input on.
  public let layers: [RecurrentLayerWeights]

  /// What the sums go through.
  public let nonlinearity: Nonlinearity

  /// Makes a network of one or more layers.
  ///
  /// - Parameters:
  ///   - layers: one row of weights an output.
  ///   - nonlinearity: in PyTorch by default tanh.
  /// - Throws: ``ModuleError`` that names all weights that do not fit together.
  public init(
    layers: [RecurrentLayerWeights], nonlinearity: Nonlinearity
  ) throws(ModuleError) {
    try Recurrent.check(layers, .tanh)
    self.layers = layers
    self.nonlinearity = nonlinearity
  }

  public var typeName: String { "RNN" }

  public var summary: String {
    Recurrent.summary(layers, gates: 1)
      + (nonlinearity == .relu ? ", nonlinearity=relu" : "")
  }

  public var parameterCount: Int { layers.reduce(0) { $0 + $1.count } }

  public func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire {
    try Recurrent.lower(layers, nonlinearity == .tanh ? .tanh : .relu, input, into: &plan)
  }
}

/// A network of long short-term memory, with a projection of its outputs where there is one.
///
/// With the gates i, f, g, o: `c = sigmoid(f) c + sigmoid(i) tanh(g)`, `h = sigmoid(o) tanh(c)`, and with
/// a projection `h = W_hr h`.
public struct LSTM: Module {
  /// The layers, from the input on.
  public let layers: [RecurrentLayerWeights]

  /// Makes a network of one or more layers.
  ///
  /// - Parameter layers: four rows of weights a cell, in the order i, f, g, o.
  /// - Throws: ``ModuleError`` that names all weights that do not fit together.
  public init(layers: [RecurrentLayerWeights]) throws(ModuleError) {
    try Recurrent.check(layers, .lstm, allowsProjection: true)
    self.layers = layers
  }

  public var typeName: String { "LSTM" }

  public var summary: String { Recurrent.summary(layers, gates: 4) }

  public var parameterCount: Int { layers.reduce(0) { $0 + $1.count } }

  public func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire {
    try Recurrent.lower(layers, .lstm, input, into: &plan)
  }
}

/// A network of gated recurrent units.
///
/// With the gates r, z, n: `n = tanh(W_in x + b_in + sigmoid(r) (W_hn h + b_hn))`, and
/// `h = (1 - sigmoid(z)) n + sigmoid(z) h`.
public struct GRU: Module {
  /// The layers, from the input on.
  public let layers: [RecurrentLayerWeights]

  /// Makes a network of one or more layers.
  ///
  /// - Parameter layers: three rows of weights an output, in the order r, z, n.
  /// - Throws: ``ModuleError`` that names all weights that do not fit together.
  public init(layers: [RecurrentLayerWeights]) throws(ModuleError) {
    try Recurrent.check(layers, .gru)
    self.layers = layers
  }

  public var typeName: String { "GRU" }

  public var summary: String { Recurrent.summary(layers, gates: 3) }

  public var parameterCount: Int { layers.reduce(0) { $0 + $1.count } }

  public func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire {
    try Recurrent.lower(layers, .gru, input, into: &plan)
  }
}

/// What the three networks have in common.
private enum Recurrent {
  static func check(
    _ layers: [RecurrentLayerWeights], _ cell: RecurrentCell, allowsProjection: Bool = false
  ) throws(ModuleError) {
    var check = ArgumentCheck()
    check.require(!layers.isEmpty, .noRecurrentLayers)
    var size: Int?
    for (index, layer) in layers.enumerated() {
      layer.check(
        layer: index, gates: cell.gates, inputSize: size, allowsProjection: allowsProjection,
        into: &check)
      size = layer.hidden.shape.rank == 2 ? layer.outputSize : nil
    }
    try check.finish()
    for layer in layers { layer.expectPacking(of: cell) }
  }

  static func summary(_ layers: [RecurrentLayerWeights], gates: Int) -> String {
    guard let first = layers.first else { return "" }
    var text = "\(first.inputSize), \(first.rows / gates)"
    if first.projecting != nil { text += ", proj_size=\(first.outputSize)" }
    if layers.count > 1 { text += ", num_layers=\(layers.count)" }
    if first.inputBias == nil && first.hiddenBias == nil { text += ", bias=False" }
    return text
  }

  static func lower(
    _ layers: [RecurrentLayerWeights], _ cell: RecurrentCell, _ input: Wire,
    into plan: inout PlanBuilder
  ) throws(ModuleError) -> Wire {
    let expected = layers.first?.inputSize ?? 0
    guard input.frame.rank == 2, input.frame[1] == expected else {
      throw ModuleError(.frame(.recurrent(frame: input.frame, expected: expected)))
    }
    var wire = input
    for layer in layers {
      guard
        let floats = Shape(checking: [
          input.frame[0], layer.rows + layer.outputSize,
        ]),
        floats.count <= StreamMemory.largest
      else {
        throw ModuleError(.size(.recurrentFrame(input.frame, weights: layer.count)))
      }
      wire = plan.append(
        RecurrentKernel(layer, cell: cell, batch: input.frame[0]), to: wire)
    }
    return wire
  }
}
