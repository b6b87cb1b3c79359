import Continual
import Tensors
import TestSupport
import Testing

@testable import Verification

/// A layer of those that people use, behind which something is wrong.
enum RealLayer: String, CaseIterable, Sendable {
  case convolution
  case transposed
  case pool
  case join
  case recurrent
  case attention
  case norm
  case activation

  /// The layer, for frames (B, 4).
  func make() throws -> any Module {
    var random = SeededRandom(UInt64(rawValue.count))
    func weights(_ shape: Shape) -> Tensor {
      let scale = 1.5 / Float(shape.axes.last ?? 1).squareRoot()
      return Tensor(shape, random.floats(shape.count).map { $0 * scale })
    }
    switch self {
    case .convolution:
      return try Convolution(
        weight: weights([4, 4, 3]), bias: weights([4]), stride: [1], padding: .explicit([1]),
        dilation: [1], groups: 1, paddingMode: .zeros)
    case .transposed:
      return try TransposedConvolution(
        weight: weights([4, 4, 3]), bias: weights([4]), stride: [1], padding: [1],
        outputPadding: [0], dilation: [1], groups: 1)
    case .pool:
      return try Pooling(kind: .maximum, kernelSize: [3], stride: [1], padding: [1])
    case .join:
      return Residual(NamedModule("1", try RealLayer.convolution.make()))
    case .recurrent:
      return try GRU(layers: [
        RecurrentLayerWeights(
          inputWeights: weights([12, 4]), hiddenWeights: weights([12, 4]),
          inputBias: weights([12]), hiddenBias: weights([12]))
      ])
    case .attention:
      return try SingleOutputMultiheadAttention(
        weights: AttentionWeights(
          inWeight: weights([12, 4]), inBias: weights([12]), outWeight: weights([4, 4]),
          outBias: weights([4]), heads: 2),
        sequenceLength: 6)
    case .norm:
      return try BatchNorm(
        dimensions: 1, weight: weights([4]), bias: weights([4]), runningMean: weights([4]),
        runningVariance: Tensor([4], [0.5, 1, 2, 3]))
    case .activation:
      return try Activation(.sigmoid)
    }
  }
}

@Suite("faults behind layers that people use")
struct RealLayerFaultTests {
  /// What is wrong in clip, steps or both, at every place or only in some.
  static let faults: [Fault] = [
    .biasInBothModes, .weightInClip, .swollenClip, .staleChannel, .skippedChannel, .largerChannel,
    .wrongThirdEntry,
  ]

  private func network(_ layer: RealLayer, _ fault: Fault?) throws -> Sequential {
    let inner = try layer.make()
    return Sequential(
      try RealLayer.convolution.make(), fault.map { FaultyModule(inner, $0) } ?? inner,
      try Activation(.leakyReLU(negativeSlope: 0.1)))
  }

  private func report(
    _ network: any Module, clip: Tensor? = nil, _ reference: PyTorchReference? = nil
  ) throws -> Report {
    var options = Verifier.Options()
    options.input = clip
    options.reference = reference
    let subject = Subject(network, frame: [2, 4], clipLength: 12)
    return try Verifier(subject, options: options).run()
  }

  private let clip = InputProfile.normal.clip(of: [2, 4], frames: 12, seed: 3, clip: 0)

  @Test("a fault is found at its layer", arguments: RealLayer.allCases, faults)
  func layers(_ layer: RealLayer, _ fault: Fault) throws {
    let report = try report(network(layer, fault))
    #expect(report.verdict == .fail)
    let found = report.findings.filter { $0.code == .layer && $0.verdict == .fail }
    #expect(Set(found.map(\.module)) == ["1"])
  }

  @Test("without a fault the same networks do not fail", arguments: RealLayer.allCases)
  func clean(_ layer: RealLayer) throws {
    let report = try report(network(layer, nil))
    #expect(report.findings.filter { $0.code == .layer }.isEmpty)
    #expect(report.verdict == (layer == .attention ? .fail : .ok))
    #expect(layer != .attention || report.findings.allSatisfy { $0.code == .meaning })
  }

  @Test(
    "where PyTorch's output is that of the definition, a wrong kernel is CV801",
    arguments: RealLayer.allCases,
    [Fault.biasInBothModes, .weightInClip, .swollenClip, .largerChannel])
  func reference(_ layer: RealLayer, _ fault: Fault) throws {
    let network = try network(layer, fault)
    let right = try NetworkOracle(network).forward(clip.widened)
    let report = try report(network, clip: clip, PyTorchReference(forward: .init(right)))
    let found = report.findings.filter { $0.code == .referenceDiffers && $0.verdict == .fail }
    #expect(found.contains { $0.mode == .clip })
    #expect(!report.findings.contains { $0.code == .architecture })
  }

  @Test("a recurrent network agrees with what PyTorch computes in float32", arguments: 1...6)
  func float32(_ seed: Int) throws {
    let network = try network(.recurrent, nil)
    let rounded = try NetworkOracle(network).forward(clip.widened, roundedBy: UInt64(seed))
    let truth = PyTorchReference(forward: .init(rounded.narrowed.widened, isFloat32: true))
    let report = try report(network, clip: clip, truth)
    #expect(report.findings.map(\.message).isEmpty)
    #expect(report.verdict == .ok)
  }

  @Test("behind large numbers a sigmoid is judged by its own slope")
  func slope() throws {
    let large = Arithmetic(.multiply(.number(1e6)))
    let wrong = FaultyModule(try Activation(.sigmoid), .biasInBothModes)
    let report = try report(Sequential(large, wrong))
    #expect(report.findings.contains { $0.code == .layer && $0.module == "1" })
    let clean = try self.report(Sequential(large, try Activation(.sigmoid)))
    #expect(clean.verdict == .ok)
  }

  /// A network whose channel 1 is a hundred thousand times smaller than the others.
  private func smallChannel(_ fault: Fault) throws -> Sequential {
    guard let convolution = try RealLayer.convolution.make() as? Convolution else {
      return Sequential()
    }
    var scalars = convolution.weight.scalars
    for index in 12..<24 { scalars[index] *= 1e-5 }
    let small = try Convolution(
      weight: Tensor([4, 4, 3], scalars), bias: nil, stride: [1], padding: .explicit([1]),
      dilation: [1], groups: 1, paddingMode: .zeros)
    return Sequential(small, FaultyModule(try Activation(.relu), fault))
  }

  @Test("a small channel that is wrong by a tenth is found between the modes")
  func smallChannelInSteps() throws {
    let report = try report(smallChannel(.largerChannelInSteps))
    #expect(report.findings.contains { $0.code == .modes && $0.verdict == .fail })
  }

  @Test("a small channel that is wrong by a tenth is found against PyTorch's output")
  func smallChannelInReference() throws {
    let network = try smallChannel(.largerChannel)
    let right = try NetworkOracle(network).forward(clip.widened)
    let report = try report(network, clip: clip, PyTorchReference(forward: .init(right)))
    #expect(report.findings.contains { $0.code == .referenceDiffers && $0.mode == .clip })
  }
}
