import Continual
import Tensors
import TestSupport
import Testing

@testable import Verification

@Suite("Layers that make all frames of a clip, and one in steps")
struct SinglePositionTests {
  static let size = 6

  private func attention(_ random: inout SeededRandom) throws -> AttentionWeights {
    let size = Self.size
    func weights(_ shape: Shape) -> Tensor {
      Tensor(shape, random.floats(shape.count).map { $0 * 0.8 })
    }
    return try AttentionWeights(
      inWeight: weights([3 * size, size]), inBias: weights([3 * size]),
      outWeight: weights([size, size]), outBias: weights([size]), heads: 2)
  }

  private func layer(
    query: Int, window: Int = 5
  ) throws -> SingleOutputMultiheadAttention {
    var random = SeededRandom(3)
    return try SingleOutputMultiheadAttention(
      weights: attention(&random), sequenceLength: window, queryIndex: query,
      singleOutputForward: false)
  }

  private func report(_ module: any Module, frames: Int) throws -> Report {
    try Verifier(Subject(module, frame: [2, Self.size], clipLength: frames)).run()
  }

  @Test("a right one passes on a clip as long as its window, with a note", arguments: [-1, -3, 1])
  func passes(_ query: Int) throws {
    let report = try report(Sequential(Identity(), layer(query: query)), frames: 5)
    #expect(report.verdict == .ok)
    #expect(report.findings.isEmpty)
    #expect(report.onlyForFrames == 5)
    let frame = query < 0 ? 5 + query : query
    #expect(
      report.notes.contains { $0.hasPrefix("CV206") && $0.contains("with frame \(frame) of") })
  }

  @Test("at another length nothing is the same")
  func otherLength() throws {
    let report = try report(layer(query: -1), frames: 9)
    #expect(report.verdict == .fail)
    #expect(report.findings.contains { $0.code == .meaning && $0.verdict == .fail })
  }

  @Test("steps that yield another position than they say fail")
  func wrongPosition() throws {
    let report = try report(FaultyModule(layer(query: -1), .biasInSteps), frames: 5)
    #expect(report.verdict == .fail)
    // The same weights with another query pass for themselves, and not for each other.
    let network = try NetworkUnderTest(
      Plan(layer(query: -1), frame: [1, Self.size], clipLength: 5), clipLength: 5)
    let clip = network.clip(number: 0)
    let other = try Plan(layer(query: 1), frame: [1, Self.size]).forward(clip)
    let whole = network.whatStepsMake(of: other.widened)
    #expect(whole.shape[2] == 1)
    let steps = try network.steps(clip).output.widened
    #expect(Comparison(steps, whole, within: Tolerance(allowed: 1e-4)).exceeding.isEmpty)
  }

  @Test("a layer behind it that mixes frames is not compared with a single one")
  func mixed() throws {
    let weights = Tensor([Self.size, 1, 2], (0..<2 * Self.size).map { 0.3 + Float($0) / 10 })
    let convolution = try Convolution(
      weight: weights, bias: nil, stride: [1], padding: .sides(before: [1], after: [0]),
      dilation: [1], groups: Self.size, paddingMode: .zeros)
    let report = try report(Sequential(layer(query: -1), convolution), frames: 5)
    #expect(report.verdict == .fail)
    #expect(report.findings.contains { $0.code == .meaning })
  }

  @Test("an attention with its own order of axes, among modules of another, is named")
  func misordered() throws {
    var random = SeededRandom(4)
    var attention = try SingleOutputMultiheadAttention(
      weights: attention(&random), sequenceLength: 5)
    attention.axes = .batchFirst
    // Alone, it gets what its user gives it.
    #expect(try report(attention, frames: 5).verdict == .ok)
    // So it does behind what takes any order.
    #expect(try report(Sequential(Identity(), attention), frames: 5).verdict == .ok)
    let pointwise = try Convolution(
      weight: Tensor([Self.size, 1, 1], (1...Self.size).map(Float.init)), bias: nil, stride: [1],
      padding: .explicit([0]), dilation: [1], groups: Self.size, paddingMode: .zeros)
    let report = try report(Sequential(pointwise, attention), frames: 5)
    #expect(report.verdict == .fail)
    let finding = try #require(report.findings.first)
    #expect(finding.code == .meaning && finding.module == "1")
    #expect(finding.message.contains("(B, T, E)"))
  }

}
