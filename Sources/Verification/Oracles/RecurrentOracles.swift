public import Continual
import Foundation
import Tensors

// Recurrent networks by their definition: gates from input and hidden state, one frame after the other.
// Rounding goes round with the hidden state, and no bound on it stays small for long. How much there is
// in this network and on this clip is measured: the same definition is computed in `Float` too.

/// What the oracles of recurrent networks have in common.
protocol RecurrentReferenced: ReferencedLeaf, NoiseMeasured {
  var layers: [RecurrentLayerWeights] { get }

  /// The definition, in `Double` or in `Float`.
  func run<Scalar: RecurrentScalar>(
    _ clip: DenseTensor<Scalar>
  ) throws(VerificationError) -> DenseTensor<Scalar>
}

extension RecurrentReferenced {
  public var remembersEverything: Bool { true }

  public var operationsPerElement: Int { layers.map(\.operations).reduce(0, +) }

  public func reference(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    try run(clip)
  }

  public func noise(_ clip: Tensor64) throws(VerificationError) -> Double {
    try largestDifference(run(clip), run(clip.narrowed))
  }
}

extension RNN: RecurrentReferenced {
  func run<Scalar: RecurrentScalar>(
    _ clip: DenseTensor<Scalar>
  ) throws(VerificationError) -> DenseTensor<Scalar> {
    try Recurrence.run(layers, clip) { layer, x, state in
      let sums = zip(layer.fromInput(x), layer.fromHidden(state.hidden)).map { $0 + $1 }
      state.hidden = sums.map { nonlinearity == .relu ? ($0 < 0 ? 0 : $0) : tanh($0) }
    }
  }
}

extension GRU: RecurrentReferenced {
  func run<Scalar: RecurrentScalar>(
    _ clip: DenseTensor<Scalar>
  ) throws(VerificationError) -> DenseTensor<Scalar> {
    try Recurrence.run(layers, clip) { layer, x, state in
      let (input, hidden) = (layer.fromInput(x), layer.fromHidden(state.hidden))
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
  func run<Scalar: RecurrentScalar>(
    _ clip: DenseTensor<Scalar>
  ) throws(VerificationError) -> DenseTensor<Scalar> {
    try Recurrence.run(layers, clip) { layer, x, state in
      let gates = zip(layer.fromInput(x), layer.fromHidden(state.hidden)).map { $0 + $1 }
      let size = gates.count / 4
      state.cell = (0..<size).map { index in
        sigmoid(gates[size + index]) * state.cell[index]
          + sigmoid(gates[index]) * tanh(gates[2 * size + index])
      }
      let output = (0..<size).map { sigmoid(gates[3 * size + $0]) * tanh(state.cell[$0]) }
      state.hidden = layer.projected(output)
    }
  }
}

protocol RecurrentScalar: BinaryFloatingPoint, Sendable {}

extension Double: RecurrentScalar {}
extension Float: RecurrentScalar {}

private func tanh<Scalar: RecurrentScalar>(_ x: Scalar) -> Scalar {
  Scalar(Foundation.tanh(Double(x)))
}

private func sigmoid<Scalar: RecurrentScalar>(_ x: Scalar) -> Scalar {
  Scalar(1 / (1 + exp(-Double(x))))
}

private func largestDifference(_ exact: Tensor64, _ rounded: Tensor) -> Double {
  zip(exact.scalars, rounded.scalars).reduce(0) { worst, pair in
    let difference = abs(pair.0 - Double(pair.1))
    return difference.isFinite ? max(worst, difference) : worst
  }
}

private enum Recurrence {
  struct State<Scalar: RecurrentScalar> {
    var hidden: [Scalar]
    var cell: [Scalar]
  }

  /// Runs the layers over a clip (B, C, T), each over all frames, from zeros.
  static func run<Scalar: RecurrentScalar>(
    _ layers: [RecurrentLayerWeights], _ clip: DenseTensor<Scalar>,
    _ step: (RecurrentLayerWeights, [Scalar], inout State<Scalar>) -> Void
  ) throws(VerificationError) -> DenseTensor<Scalar> {
    guard clip.shape.rank == 3, let first = layers.first,
      clip.shape[1] == first.inputWeights.shape[1]
    else {
      throw VerificationError(.shape, "a recurrent network on a clip of shape \(clip.shape)")
    }
    let (batch, frames) = (clip.shape[0], clip.shape[2])
    var sequence = (0..<frames).map { clip.frame($0).scalars }
    for layer in layers {
      let inputs = layer.inputWeights.shape[1]
      let size = layer.hiddenWeights.shape[1]
      // Only an LSTM has cells; there are four rows for each of them.
      let blank = State(
        hidden: [Scalar](repeating: 0, count: size),
        cell: [Scalar](repeating: 0, count: layer.inputWeights.shape[0] / 4))
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
    let outputs = layers.last?.hiddenWeights.shape[1] ?? 0
    return DenseTensor(frames: sequence, of: [batch, outputs])
  }
}

extension RecurrentLayerWeights {
  fileprivate var operations: Int {
    (inputWeights.shape.count + hiddenWeights.shape.count) / max(hiddenWeights.shape[1], 1)
  }

  fileprivate func fromInput<Scalar: RecurrentScalar>(_ x: [Scalar]) -> [Scalar] {
    product(inputWeights, x, inputBias)
  }

  fileprivate func fromHidden<Scalar: RecurrentScalar>(_ hidden: [Scalar]) -> [Scalar] {
    product(hiddenWeights, hidden, hiddenBias)
  }

  fileprivate func projected<Scalar: RecurrentScalar>(_ output: [Scalar]) -> [Scalar] {
    projection.map { product($0, output, nil) } ?? output
  }

  private func product<Scalar: RecurrentScalar>(
    _ matrix: Tensor, _ vector: [Scalar], _ bias: Tensor?
  ) -> [Scalar] {
    (0..<matrix.shape[0]).map { row in
      var sum = Scalar(bias?.scalars[row] ?? 0)
      for (column, value) in vector.enumerated() {
        sum += Scalar(matrix.scalars[row * vector.count + column]) * value
      }
      return sum
    }
  }
}
