public import Continual
import Foundation
public import Tensors

// Recurrent networks by their definition: gates from input and hidden state, one frame after the other.

extension RNN: ReferencedLeaf {
  public var remembersEverything: Bool { true }

  public var operationsPerElement: Int { layers.map(\.operations).reduce(0, +) }

  public func reference(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    try Recurrence.run(layers, clip) { layer, x, state in
      let sums = zip(layer.fromInput(x), layer.fromHidden(state.hidden)).map { $0 + $1 }
      state.hidden = sums.map { nonlinearity == .relu ? ($0 < 0 ? 0 : $0) : tanh($0) }
    }
  }
}

extension GRU: ReferencedLeaf {
  public var remembersEverything: Bool { true }

  public var operationsPerElement: Int { layers.map(\.operations).reduce(0, +) }

  public func reference(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
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

extension LSTM: ReferencedLeaf {
  public var remembersEverything: Bool { true }

  public var operationsPerElement: Int { layers.map(\.operations).reduce(0, +) }

  public func reference(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
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

private func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

private enum Recurrence {
  struct State {
    var hidden: [Double]
    var cell: [Double]
  }

  /// Runs the layers over a clip (B, C, T), each over all frames, from zeros.
  static func run(
    _ layers: [RecurrentLayerWeights], _ clip: Tensor64,
    _ step: (RecurrentLayerWeights, [Double], inout State) -> Void
  ) throws(VerificationError) -> Tensor64 {
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
        hidden: [Double](repeating: 0, count: size),
        cell: [Double](repeating: 0, count: layer.inputWeights.shape[0] / 4))
      var states = [State](repeating: blank, count: batch)
      for time in 0..<frames {
        var output: [Double] = []
        for entry in 0..<batch {
          let x = Array(sequence[time][entry * inputs..<(entry + 1) * inputs])
          step(layer, x, &states[entry])
          output += states[entry].hidden
        }
        sequence[time] = output
      }
    }
    let outputs = layers.last?.hiddenWeights.shape[1] ?? 0
    return Tensor64(frames: sequence, of: [batch, outputs])
  }
}

extension RecurrentLayerWeights {
  fileprivate var operations: Int {
    (inputWeights.shape.count + hiddenWeights.shape.count) / max(hiddenWeights.shape[1], 1)
  }

  fileprivate func fromInput(_ x: [Double]) -> [Double] {
    product(inputWeights, x, inputBias)
  }

  fileprivate func fromHidden(_ hidden: [Double]) -> [Double] {
    product(hiddenWeights, hidden, hiddenBias)
  }

  fileprivate func projected(_ output: [Double]) -> [Double] {
    projection.map { product($0, output, nil) } ?? output
  }

  private func product(_ matrix: Tensor, _ vector: [Double], _ bias: Tensor?) -> [Double] {
    (0..<matrix.shape[0]).map { row in
      var sum = Double(bias?.scalars[row] ?? 0)
      for (column, value) in vector.enumerated() {
        sum += Double(matrix.scalars[row * vector.count + column]) * value
      }
      return sum
    }
  }
}
