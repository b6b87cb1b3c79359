import Continual
import Foundation
import Tensors
import TestSupport
import Testing

/// A recurrent network and its sizes.
struct RecurrentCase: CustomTestStringConvertible {
  enum Kind: String, CaseIterable {
    case tanh
    case relu
    case gru
    case lstm
    case projected
  }

  var kind: Kind
  var input: Int
  var hidden: Int
  var layers: Int
  var hasBias: Bool
  var batch: Int

  var testDescription: String {
    "\(kind), \(input) -> \(hidden), \(layers) layers, \(hasBias ? "" : "no ")bias, batch \(batch)"
  }

  var gates: Int {
    switch kind {
    case .tanh, .relu: 1
    case .gru: 3
    case .lstm, .projected: 4
    }
  }

  static let all = Kind.allCases.flatMap { kind in
    [
      RecurrentCase(kind: kind, input: 1, hidden: 1, layers: 1, hasBias: true, batch: 1),
      RecurrentCase(kind: kind, input: 7, hidden: 13, layers: 1, hasBias: true, batch: 3),
      RecurrentCase(kind: kind, input: 13, hidden: 9, layers: 3, hasBias: false, batch: 2),
      RecurrentCase(kind: kind, input: 5, hidden: 33, layers: 2, hasBias: true, batch: 1),
      RecurrentCase(kind: kind, input: 11, hidden: 17, layers: 2, hasBias: true, batch: 19),
    ]
  }

  func weights() -> [RecurrentLayerWeights] {
    var random = SeededRandom(UInt64(input * 100 + hidden))
    let rows = gates * hidden
    let output = kind == .projected ? max(hidden / 2, 1) : hidden
    return (0..<layers).map { layer in
      RecurrentLayerWeights(
        inputWeights: random.tensor([rows, layer == 0 ? input : output]),
        hiddenWeights: random.tensor([rows, output]),
        inputBias: hasBias ? random.tensor([rows]) : nil,
        hiddenBias: hasBias ? random.tensor([rows]) : nil,
        projection: kind == .projected ? random.tensor([output, hidden]) : nil)
    }
  }

  func module() throws -> any Module {
    switch kind {
    case .tanh: try RNN(layers: weights(), nonlinearity: .tanh)
    case .relu: try RNN(layers: weights(), nonlinearity: .relu)
    case .gru: try GRU(layers: weights())
    case .lstm, .projected: try LSTM(layers: weights())
    }
  }

  /// The definition of one layer for one element of the batch, in double precision.
  func naive(_ layer: RecurrentLayerWeights, _ frames: [[Double]]) -> [[Double]] {
    let size = layer.inputWeights.shape[0] / gates
    var state = [Double](repeating: 0, count: layer.hiddenWeights.shape[1])
    var cell = [Double](repeating: 0, count: size)
    func sums(_ weight: Tensor, _ bias: Tensor?, _ input: [Double]) -> [Double] {
      (0..<weight.shape[0]).map { row in
        input.indices.reduce(bias.map { Double($0[row]) } ?? 0) {
          $0 + Double(weight[row, $1]) * input[$1]
        }
      }
    }
    func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
    return frames.map { frame in
      let x = sums(layer.inputWeights, layer.inputBias, frame)
      let h = sums(layer.hiddenWeights, layer.hiddenBias, state)
      state = (0..<size).map { i in
        switch kind {
        case .tanh: return tanh(x[i] + h[i])
        case .relu: return max(x[i] + h[i], 0)
        case .gru:
          let r = sigmoid(x[i] + h[i])
          let z = sigmoid(x[size + i] + h[size + i])
          let n = tanh(x[2 * size + i] + r * h[2 * size + i])
          return (1 - z) * n + z * state[i]
        case .lstm, .projected:
          let gate = (0..<4).map { x[$0 * size + i] + h[$0 * size + i] }
          cell[i] = sigmoid(gate[1]) * cell[i] + sigmoid(gate[0]) * tanh(gate[2])
          return sigmoid(gate[3]) * tanh(cell[i])
        }
      }
      if let projection = layer.projection { state = sums(projection, nil, state) }
      return state
    }
  }
}

@Suite("recurrent networks")
struct RecurrentTests {
  @Test("a clip is computed as defined, and steps have the same bits", arguments: RecurrentCase.all)
  func definition(_ recurrent: RecurrentCase) throws {
    var random = SeededRandom(11)
    let plan = try Plan(recurrent.module(), frame: [recurrent.batch, recurrent.input])
    let clip = random.tensor([recurrent.batch, recurrent.input, 6])
    let run = try ModeRun(plan, clip: clip)
    let forward = run.forward
    #expect(run.steps.count == 6)
    #expect(run.differences == [])
    let outputs = forward.shape[1]
    var worst = 0.0
    for item in 0..<recurrent.batch {
      var frames = (0..<6).map { time in
        (0..<recurrent.input).map { Double(clip[item, $0, time]) }
      }
      for layer in recurrent.weights() { frames = recurrent.naive(layer, frames) }
      for time in 0..<6 {
        for index in 0..<outputs {
          let exact = frames[time][index]
          worst = max(worst, abs(Double(forward[item, index, time]) - exact) / max(abs(exact), 1))
        }
      }
    }
    #expect(worst < 2e-5)
  }

  @Test(
    "clips of more frames than are computed together have the bits of steps", arguments: [1, 2, 5])
  func longClips(_ batch: Int) throws {
    var random = SeededRandom(3)
    for kind in RecurrentCase.Kind.allCases {
      let recurrent = RecurrentCase(
        kind: kind, input: 3, hidden: 6, layers: 2, hasBias: true, batch: batch)
      let clip = random.tensor([batch, 3, 201])
      #expect(try ModeRun(recurrent.module(), clip: clip).differences == [], "\(kind)")
    }
  }

  @Test("a stream remembers, forgets when reset, and does not mix with another")
  func streams() throws {
    var random = SeededRandom(5)
    for recurrent in RecurrentCase.all {
      let plan = try Plan(recurrent.module(), frame: [recurrent.batch, recurrent.input])
      let clip = random.tensor([recurrent.batch, recurrent.input, 5])
      var stream = plan.makeStream()
      let first = try stream.forwardSteps(clip)
      var copy = stream
      let second = try stream.forwardSteps(clip)
      #expect(try copy.forwardSteps(clip).hasSameBits(as: second))
      stream.reset()
      #expect(try stream.forwardSteps(clip).hasSameBits(as: first))
    }
  }

  @Test("an RNN with ReLU keeps a NaN")
  func keepsNaN() throws {
    let layer = RecurrentLayerWeights(
      inputWeights: Tensor([1, 1], [1]), hiddenWeights: Tensor([1, 1], [0]))
    let plan = try Plan(RNN(layers: [layer], nonlinearity: .relu), frame: [1, 1])
    #expect(try plan.forward(Tensor([1, 1, 1], [.nan])).scalars[0].isNaN)
  }

  @Test("all weights that do not fit are named at once")
  func misfits() {
    let layers = [
      RecurrentLayerWeights(
        inputWeights: Tensor([8, 3]), hiddenWeights: Tensor([8, 3]), inputBias: Tensor([2])),
      RecurrentLayerWeights(inputWeights: Tensor([8, 5]), hiddenWeights: Tensor([8, 2])),
      RecurrentLayerWeights(inputWeights: Tensor([7, 2]), hiddenWeights: Tensor([7, 2])),
    ]
    #expect(
      throws: ModuleError(
        .arguments([
          .shape("weight_hh_l0", [8, 3], expected: [.exactly(8), .exactly(2)]),
          .shape("bias_ih_l0", [2], expected: [.exactly(8)]),
          .layerInputs(layer: 1, 5, expected: 3),
          .shape(
            "weight_ih_l2", [7, 2],
            expected: [.multiple(of: 4, "hidden_size"), .any("input_size")]),
        ]))
    ) { try LSTM(layers: layers) }
    #expect(throws: ModuleError.self) { try GRU(layers: []) }
    let projected = RecurrentLayerWeights(
      inputWeights: Tensor([6, 3]), hiddenWeights: Tensor([6, 1]), projection: Tensor([1, 2]))
    #expect(throws: ModuleError.self) { try GRU(layers: [projected]) }
  }

  @Test("frames with space axes or other channels are refused")
  func frames() throws {
    let layer = RecurrentLayerWeights(
      inputWeights: Tensor([2, 3]), hiddenWeights: Tensor([2, 2]))
    let network = try RNN(layers: [layer], nonlinearity: .tanh)
    for frame in [[1, 4], [1, 3, 1]] as [Shape] {
      #expect(
        throws: ModuleError(.frame(.recurrent(frame: frame, expected: 3)))
      ) { try Plan(network, frame: frame) }
    }
  }
}
