import Continual
import Tensors
import Testing

@testable import Verification

/// A made-up network of real layers, told by a number.
struct RandomNetwork: CustomTestStringConvertible, Sendable {
  let seed: UInt64

  var testDescription: String { "seed \(seed)" }

  /// The network, and the shape (B, C, S…) of its frames.
  func make() throws -> (module: any Module, frame: Shape) {
    var maker = NetworkMaker(seed: seed)
    return (try maker.sequence(depth: 2), maker.frame)
  }

  static let all = (1...24).map { RandomNetwork(seed: $0) }
}

/// Chooses layers that fit behind each other.
private struct NetworkMaker {
  private var random: RandomSource
  private var channels: Int
  private let spaces: Int
  let frame: Shape

  init(seed: UInt64) {
    random = RandomSource(seed: seed, for: "network")
    channels = Int.random(in: 1...3, using: &random) * 2
    spaces = Int.random(in: 0...2, using: &random)
    let sizes = [7, 5].prefix(spaces)
    frame = Shape([Int.random(in: 1...3, using: &random), channels] + sizes)
  }

  mutating func sequence(depth: Int) throws -> any Module {
    let count = Int.random(in: 2...3, using: &random)
    var modules: [NamedModule] = []
    for index in 0..<count {
      modules.append(NamedModule(String(index), try module(depth: depth)))
    }
    return Sequential(modules)
  }

  private mutating func module(depth: Int) throws -> any Module {
    switch Int.random(in: 0..<(depth > 0 ? 12 : 8), using: &random) {
    case 0..<3: return try convolution(stride: Int.random(in: 1...2, using: &random), padding: nil)
    case 3: return try activation()
    case 4: return try normalization()
    case 5: return try pool()
    case 6: return try linear()
    case 7: return try spaces == 0 ? recurrent() : Delay(frames: 2)
    case 8, 9:
      let inner = try convolution(stride: 1, padding: 1, keepsChannels: true)
      return Residual(NamedModule("1", inner))
    case 10:
      let stride = Int.random(in: 1...2, using: &random)
      let before = channels
      let reduction = Reduction.allCases[Int.random(in: 0..<4, using: &random)]
      var branches: [NamedModule] = []
      for (index, kernel) in [5, 3, 1].enumerated() {
        channels = before
        let branch = try convolution(
          stride: stride, padding: kernel / 2, kernel: kernel, keepsChannels: true)
        branches.append(NamedModule(String(index), branch))
      }
      channels = reduction == .concatenation ? 3 * before : before
      return try BroadcastReduce(branches, reduce: reduction)
    default: return try sequence(depth: depth - 1)
    }
  }

  // Without a padding of its own, a convolution gets any that is shorter than its kernel.
  private mutating func convolution(
    stride: Int, padding: Int?, kernel: Int? = nil, keepsChannels: Bool = false
  ) throws -> any Module {
    let span = kernel ?? (padding == nil ? Int.random(in: 1...4, using: &random) : 3)
    let groups = channels.isMultiple(of: 2) && Bool.random(using: &random) ? 2 : 1
    let outputs = keepsChannels ? channels : Int.random(in: 1...3, using: &random) * 2
    let inside = padding ?? Int.random(in: 0..<span, using: &random)
    let shape = Shape([outputs, channels / groups, span] + [3, 3].prefix(spaces))
    let fanIn = Float(shape.count / max(outputs, 1))
    let weights = (0..<shape.count).map { _ in random.normal() / fanIn.squareRoot() }
    channels = outputs
    return try Convolution(
      weight: Tensor(shape, weights), bias: numbers(outputs),
      stride: [stride] + [1, 1].prefix(spaces),
      padding: .explicit([inside] + [1, 1].prefix(spaces)),
      dilation: [1] + [1, 1].prefix(spaces), groups: groups,
      paddingMode: Bool.random(using: &random) ? .zeros : .replicate)
  }

  private mutating func numbers(_ count: Int, around center: Float = 0) -> Tensor {
    Tensor([count], (0..<count).map { _ in center + random.normal() / 4 })
  }

  private mutating func activation() throws -> any Module {
    let functions: [Activation.Function] = [
      .relu, .silu, .gelu, .hardswish, .elu(alpha: 0.5), .softplus(beta: 1, threshold: 20), .tanh,
    ]
    return try Activation(functions[Int.random(in: functions.indices, using: &random)])
  }

  private mutating func normalization() throws -> any Module {
    try BatchNorm(
      dimensions: spaces + 1, weight: numbers(channels, around: 1), bias: numbers(channels),
      runningMean: numbers(channels), runningVariance: numbers(channels, around: 3))
  }

  private mutating func pool() throws -> any Module {
    let kernel = Int.random(in: 2...3, using: &random)
    let kind: Pooling.Kind =
      Bool.random(using: &random)
      ? .maximum
      : .average(countIncludePad: Bool.random(using: &random), divisorOverride: nil)
    return try Pooling(
      kind: kind, kernelSize: [kernel] + [3, 3].prefix(spaces),
      stride: [Int.random(in: 1...2, using: &random)] + [1, 1].prefix(spaces),
      padding: [Int.random(in: 0...1, using: &random)] + [1, 1].prefix(spaces),
      ceilMode: Bool.random(using: &random))
  }

  private mutating func linear() throws -> any Module {
    let outputs = Int.random(in: 1...3, using: &random) * 2
    let weight = numbers(outputs * channels).reshaped([outputs, channels])
    channels = outputs
    return try Linear(weight: weight, bias: numbers(outputs), axis: .clip(1))
  }

  private mutating func recurrent() throws -> any Module {
    let size = Int.random(in: 1...3, using: &random) * 2
    let layer = RecurrentLayerWeights(
      inputWeights: numbers(3 * size * channels).reshaped([3 * size, channels]),
      hiddenWeights: numbers(3 * size * size).reshaped([3 * size, size]),
      inputBias: numbers(3 * size), hiddenBias: numbers(3 * size))
    channels = size
    return try GRU(layers: [layer])
  }
}

@Suite("random networks")
struct RandomNetworkTests {
  @Test("a random network of right layers passes", arguments: RandomNetwork.all)
  func passes(_ network: RandomNetwork) throws {
    // Long enough for several outputs, whatever the strides.
    let (module, frame) = try network.make()
    let timing = try Plan(module, frame: frame).timing
    let length = max(20, timing.warmUp + 3 * timing.stride + 1)
    let subject = Subject(module, frame: frame, clipLength: length)
    var options = Verifier.Options()
    options.profiles = [.normal, .negative]
    let report = try Verifier(subject, options: options).run()
    // What the Python library gets wrong in them is a matter of its own.
    let findings = report.findings.filter { $0.code != .library }
    let found = findings.map { "\($0.code.rawValue) \($0.module) \($0.message)" }
    #expect(found.isEmpty)
    #expect(report.verdict == .ok)
    #expect(report.layers.count >= 2)
  }

  @Test("a clip longer or shorter than others passes too", arguments: [17, 31])
  func lengths(_ frames: Int) throws {
    let (module, frame) = try RandomNetwork(seed: 3).make()
    let subject = Subject(module, frame: frame, clipLength: frames)
    #expect(try Verifier(subject).run().verdict == .ok)
  }
}
