public import Continual
import Foundation
import Tensors

// Recurrent networks by their definition: gates from input and hidden state, one frame after the other.
// Rounding goes round with the hidden state, and no bound on it stays small for long. How much there
// usually is in each element is computed beside it (``NoisyNumber``). How much there is in this network
// and on this clip is measured where an element is off by more: the same definition is computed in `Float`.

/// What the oracles of recurrent networks have in common.
protocol RecurrentReferenced: ReferencedLeaf, NoiseMeasured, SumDefined {
  var layers: [RecurrentLayerWeights] { get }

  /// The definition, in any kind of numbers.
  func run<Scalar: OracleScalar>(
    _ clip: Tensor64
  ) throws(VerificationError) -> OracleFrames<Scalar>
}

extension RecurrentReferenced {
  public var remembersEverything: Bool { true }

  public var operationsPerElement: Int { layers.map(\.operations).reduce(0, +) }

  public func reference(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    let exact: OracleFrames<Double> = try run(clip)
    return exact.values
  }

  func definition(_ clip: Tensor64, isSteps: Bool) throws(VerificationError) -> Definition {
    let noisy: OracleFrames<NoisyNumber> = try run(clip)
    return noisy.definition
  }

  public func noise(_ clip: Tensor64) throws(VerificationError) -> Double {
    let exact: OracleFrames<Double> = try run(clip)
    return exact.largestDifference(from: try run(clip))
  }
}

extension RNN: RecurrentReferenced {
  func run<Scalar: OracleScalar>(
    _ clip: Tensor64
  ) throws(VerificationError) -> OracleFrames<Scalar> {
    try Recurrence.run(layers, clip) { layer, x, state in
      let sums = zip(layer.input(x), layer.hidden(state.hidden)).map { $0 + $1 }
      state.hidden = sums.map { nonlinearity == .relu ? $0.rectified() : tanh($0) }
    }
  }
}

extension GRU: RecurrentReferenced {
  func run<Scalar: OracleScalar>(
    _ clip: Tensor64
  ) throws(VerificationError) -> OracleFrames<Scalar> {
    try Recurrence.run(layers, clip) { layer, x, state in
      let (input, hidden) = (layer.input(x), layer.hidden(state.hidden))
      let size = state.hidden.count
      state.hidden = (0..<size).map { index in
        let reset = sigmoid(input[index] + hidden[index])
        let update = sigmoid(input[size + index] + hidden[size + index])
        let new = tanh(input[2 * size + index] + reset * hidden[2 * size + index])
        return (1 - update) * new + update * state.hidden[index]
      }
    }
  }
}

extension LSTM: RecurrentReferenced {
  func run<Scalar: OracleScalar>(
    _ clip: Tensor64
  ) throws(VerificationError) -> OracleFrames<Scalar> {
    try Recurrence.run(layers, clip) { layer, x, state in
      let gates = zip(layer.input(x), layer.hidden(state.hidden)).map { $0 + $1 }
      let size = gates.count / 4
      state.cell = (0..<size).map { index in
        sigmoid(gates[size + index]) * state.cell[index]
          + sigmoid(gates[index]) * tanh(gates[2 * size + index])
      }
      let output = (0..<size).map { sigmoid(gates[3 * size + $0]) * tanh(state.cell[$0]) }
      state.hidden = layer.projection?(output) ?? output
    }
  }
}

private func tanh<Scalar: OracleScalar>(_ x: Scalar) -> Scalar {
  x.mapped(
    Foundation.tanh,
    slope: {
      let value = Foundation.tanh($0)
      return 1 - value * value
    })
}

private func sigmoid<Scalar: OracleScalar>(_ x: Scalar) -> Scalar {
  x.mapped(
    { 1 / (1 + exp(-$0)) },
    slope: {
      let value = 1 / (1 + exp(-$0))
      return value * (1 - value)
    })
}

private enum Recurrence {
  struct State<Scalar: OracleScalar> {
    var hidden: [Scalar]
    var cell: [Scalar]
  }

  /// The products of one layer.
  struct Layer<Scalar: OracleScalar> {
    let input: ProductOracle<Scalar>
    let hidden: ProductOracle<Scalar>
    let projection: ProductOracle<Scalar>?

    init(_ weights: RecurrentLayerWeights) {
      input = ProductOracle(weights.inputWeights, weights.inputBias)
      hidden = ProductOracle(weights.hiddenWeights, weights.hiddenBias)
      projection = weights.projection.map { ProductOracle($0) }
    }
  }

  /// Runs the layers over a clip (B, C, T), each over all frames, from zeros.
  static func run<Scalar: OracleScalar>(
    _ layers: [RecurrentLayerWeights], _ clip: Tensor64,
    _ step: (Layer<Scalar>, [Scalar], inout State<Scalar>) -> Void
  ) throws(VerificationError) -> OracleFrames<Scalar> {
    guard clip.shape.rank == 3, let first = layers.first,
      clip.shape[1] == first.inputSize
    else {
      throw VerificationError(.clip(.recurrent(clip.shape)))
    }
    let (batch, frames) = (clip.shape[0], clip.shape[2])
    var sequence = (0..<frames).map { clip.frame($0).scalars.map { Scalar($0) } }
    for weights in layers {
      let inputs = weights.inputSize
      let layer = Layer<Scalar>(weights)
      // Only an LSTM has cells; there are four rows for each of them.
      let blank = State(
        hidden: [Scalar](repeating: 0, count: weights.outputSize),
        cell: [Scalar](repeating: 0, count: weights.rows / 4))
      var states = [State<Scalar>](repeating: blank, count: batch)
      for time in 0..<frames {
        var output: [Scalar] = []
        for entry in 0..<batch {
          let x = Array(sequence[time][entry * inputs..<(entry + 1) * inputs])
          step(layer, x, &states[entry])
          output += states[entry].hidden
        }
        sequence[time] = output
      }
    }
    let outputs = layers.last?.outputSize ?? 0
    return OracleFrames(frames: sequence, shape: [batch, outputs])
  }
}

extension RecurrentLayerWeights {
  /// About as many products as one output takes.
  fileprivate var operations: Int { rows * (inputSize + outputSize) / max(outputSize, 1) }
}
