import Continual
import Tensors
import TestSupport
import Testing

@testable import Verification

@Suite("the noise of attention")
struct AttentionNoiseTests {
  /// The numbers of layers, and how large the inputs are: at 40 a softmax has a single winner, and
  /// rounding of its scores is multiplied.
  static let cases = [(1, 1), (1, 40), (2, 10), (3, 40)].map { (layers: $0.0, scale: $0.1) }

  private func encoder(layers: Int, seed: UInt64) throws -> TransformerEncoder {
    var random = SeededRandom(seed)
    let (size, hidden) = (12, 20)
    func weights(_ shape: Shape) -> Tensor {
      let scale = 2 / Float(shape.axes.last ?? 1).squareRoot()
      return Tensor(shape, random.floats(shape.count).map { $0 * scale })
    }
    func norm() -> TransformerLayerWeights.Norm {
      .init(weight: weights([size]), bias: weights([size]))
    }
    let layers = try (0..<layers).map { _ in
      try TransformerLayerWeights(
        attention: AttentionWeights(
          inWeight: weights([3 * size, size]), inBias: weights([3 * size]),
          outWeight: weights([size, size]), outBias: weights([size]), heads: 3),
        linear1: .init(weight: weights([hidden, size]), bias: weights([hidden])),
        linear2: .init(weight: weights([size, hidden]), bias: weights([size])), norm1: norm(),
        norm2: norm(), activation: .gelu, normFirst: true)
    }
    return try TransformerEncoder(layers: layers, norm: nil, sequenceLength: 7)
  }

  private func clip(seed: UInt64, scale: Int) -> Tensor {
    var random = SeededRandom(seed + 100)
    let plain = random.tensor([2, 12, 7])
    return Tensor(plain.shape, plain.scalars.map { $0 * Float(scale) })
  }

  private func largest(_ got: Tensor, _ want: Tensor64) -> Double {
    zip(got.scalars, want.scalars).reduce(0) { max($0, abs(Double($1.0) - $1.1)) }
  }

  @Test("a kernel's rounding is within a few times the noise", arguments: cases)
  func bounds(_ test: (layers: Int, scale: Int)) throws {
    var worst = 0.0
    for seed in 1...6 as ClosedRange<UInt64> {
      let module = try encoder(layers: test.layers, seed: seed)
      let clip = clip(seed: seed, scale: test.scale)
      let got = try Plan(module, frame: clip.shape.frame).forward(clip)
      let error = largest(got, try module.reference(clip.widened))
      worst = max(worst, error / (try module.noise(clip.widened)))
    }
    #expect(worst < Tolerance.ofNoise / 2)
  }

  @Test(
    "a kernel's rounding is about as large as its deviation says, element by element",
    arguments: cases)
  func deviations(_ test: (layers: Int, scale: Int)) throws {
    for seed in 1...6 as ClosedRange<UInt64> {
      let module = try encoder(layers: test.layers, seed: seed)
      let clip = clip(seed: seed, scale: test.scale)
      let got = try Plan(module, frame: clip.shape.frame).forward(clip)
      let definition = try module.definition(clip.widened, isSteps: false)
      #expect((0.3...Comparison.usualDeviations).contains(try definition.largestError(of: got)))
    }
  }

  @Test("a weight that is slightly wrong is beyond the noise")
  func finds() throws {
    let right = try encoder(layers: 2, seed: 3)
    var layers = right.layers
    let attention = layers[1].attention
    var weights = attention.outWeight.scalars
    weights[5] += 0.01
    layers[1] = try TransformerLayerWeights(
      attention: AttentionWeights(
        inWeight: attention.inWeight, inBias: attention.inBias,
        outWeight: Tensor(attention.outWeight.shape, weights), outBias: attention.outBias,
        heads: attention.heads), linear1: layers[1].linear1, linear2: layers[1].linear2,
      norm1: layers[1].norm1, norm2: layers[1].norm2, activation: .gelu, normFirst: true)
    let wrong = try TransformerEncoder(layers: layers, norm: nil, sequenceLength: 7)
    var random = SeededRandom(9)
    let clip = random.tensor([1, 12, 7])
    let got = try Plan(wrong, frame: clip.shape.frame).forward(clip)
    let error = largest(got, try right.reference(clip.widened))
    #expect(error > Tolerance.ofNoise * (try right.noise(clip.widened)))
  }
}
