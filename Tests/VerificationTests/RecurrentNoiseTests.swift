import Continual
import Tensors
import TestSupport
import Testing

@testable import Verification

@Suite("the noise of recurrent networks")
struct RecurrentNoiseTests {
  /// A network of one layer whose weights make the hidden state grow, or not, by the seed.
  private func network(seed: UInt64, kind: Int) throws -> (any NoiseMeasured, Tensor) {
    var random = SeededRandom(seed)
    let inputs = Int.random(in: 1...90, using: &random)
    let size = Int.random(in: 2...24, using: &random)
    let rows = [1, 1, 3, 4][kind] * size
    let scale = Float.random(in: 0.2...1.4, using: &random) / Float(size).squareRoot()
    func weights(_ shape: Shape, _ scale: Float) -> Tensor {
      Tensor(shape, random.floats(shape.count).map { $0 * scale * 2 })
    }
    let layer = RecurrentLayerWeights(
      inputWeights: weights([rows, inputs], 1 / Float(inputs).squareRoot()),
      hiddenWeights: weights([rows, size], scale), inputBias: weights([rows], 0.1),
      hiddenBias: weights([rows], 0.1))
    let clip = random.tensor([2, inputs, Int.random(in: 5...40, using: &random)])
    switch kind {
    case 0: return (try RNN(layers: [layer], nonlinearity: .relu), clip)
    case 1: return (try RNN(layers: [layer], nonlinearity: .tanh), clip)
    case 2: return (try GRU(layers: [layer]), clip)
    default: return (try LSTM(layers: [layer]), clip)
    }
  }

  @Test(
    "a kernel's rounding is within a few times the noise, however the state grows", arguments: 0..<4
  )
  func bounds(_ kind: Int) throws {
    var worst = 0.0
    for seed in 1...12 as ClosedRange<UInt64> {
      let (module, clip) = try network(seed: seed, kind: kind)
      let want = try module.reference(clip.widened, inside: NoInside())
      let got = try Plan(module, frame: clip.shape.frame).forward(clip)
      let error = zip(got.scalars, want.scalars).reduce(0) { max($0, abs(Double($1.0) - $1.1)) }
      worst = max(worst, error / (try module.noise(clip.widened)))
    }
    #expect(worst < Tolerance.ofNoise / 2)
  }

  @Test(
    "a kernel's rounding is about as large as its deviation says, element by element",
    arguments: 0..<4)
  func deviations(_ kind: Int) throws {
    var largest: [Double] = []
    for seed in 1...12 as ClosedRange<UInt64> {
      let (module, clip) = try network(seed: seed, kind: kind)
      let sums = try #require(module as? any SumDefined)
      let definition = try sums.definition(clip.widened, isSteps: false)
      let got = try Plan(module, frame: clip.shape.frame).forward(clip)
      largest.append(try definition.largestError(of: got))
    }
    #expect(largest.allSatisfy { (0.5...Comparison.usualDeviations).contains($0) }, "\(largest)")
  }

  @Test("a weight that is slightly wrong is beyond the noise")
  func finds() throws {
    let (module, clip) = try network(seed: 3, kind: 0)
    guard let right = module as? RNN else { return }
    var layer = right.layers[0]
    var hidden = layer.hiddenWeights.scalars
    hidden[1] *= 1.001
    layer = RecurrentLayerWeights(
      inputWeights: layer.inputWeights, hiddenWeights: Tensor(layer.hiddenWeights.shape, hidden),
      inputBias: layer.inputBias, hiddenBias: layer.hiddenBias)
    let wrong = try RNN(layers: [layer], nonlinearity: .relu)
    let want = try module.reference(clip.widened, inside: NoInside())
    let got = try Plan(wrong, frame: clip.shape.frame).forward(clip)
    let error = zip(got.scalars, want.scalars).reduce(0) { max($0, abs(Double($1.0) - $1.1)) }
    #expect(error > Tolerance.ofNoise * (try module.noise(clip.widened)))
  }
}

/// There is nothing inside a recurrent network.
private struct NoInside: InsideReference {
  func output(of child: NamedModule, for clip: Tensor64) throws(VerificationError) -> Tensor64 {
    clip
  }

  func entering(_ child: NamedModule) -> any InsideReference { self }
}

extension Definition {
  /// The largest error of any element, in deviations of its rounding.
  func largestError(of got: Tensor) throws -> Double {
    guard case .usual(let deviations) = rounding else {
      Issue.record("rounding is not known as a deviation")
      return .nan
    }
    let errors = zip(got.scalars, values.scalars).map { abs(Double($0) - $1) }
    return zip(errors, deviations).reduce(0) { $1.0 == 0 ? $0 : max($0, $1.0 / Double($1.1)) }
  }
}
