import Continual
import Tensors
import Testing

@testable import Verification

/// A made-up network of real layers.
struct RandomNetwork: CustomTestStringConvertible, Sendable {
  let seed: UInt64
  let module: any Module
  let frame: Shape

  var testDescription: String { "seed \(seed)" }

  init(seed: UInt64) {
    self.seed = seed
    var maker = NetworkMaker(seed: seed)
    frame = maker.frame
    module = maker.sequence(depth: 2)
  }

  static let all = (1...12).map { RandomNetwork(seed: $0) }
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

  mutating func sequence(depth: Int) -> any Module {
    let count = Int.random(in: 2...3, using: &random)
    return Sequential((0..<count).map { NamedModule(String($0), module(depth: depth)) })
  }

  private mutating func module(depth: Int) -> any Module {
    switch Int.random(in: 0..<(depth > 0 ? 8 : 4), using: &random) {
    case 0..<4: return convolution(stride: Int.random(in: 1...2, using: &random), padding: nil)
    case 4, 5:
      let inner = convolution(stride: 1, padding: 1, keepsChannels: true)
      return Residual(NamedModule("1", inner))
    case 6:
      let stride = Int.random(in: 1...2, using: &random)
      let before = channels
      let reduction = Reduction.allCases[Int.random(in: 0..<4, using: &random)]
      var branches: [NamedModule] = []
      for (index, kernel) in [5, 3, 1].enumerated() {
        channels = before
        let branch = convolution(
          stride: stride, padding: kernel / 2, kernel: kernel, keepsChannels: true)
        branches.append(NamedModule(String(index), branch))
      }
      channels = reduction == .concatenation ? 3 * before : before
      return (try? BroadcastReduce(branches, reduce: reduction)) ?? Sequential([])
    default: return sequence(depth: depth - 1)
    }
  }

  // Without a padding of its own, a convolution gets any that is shorter than its kernel.
  private mutating func convolution(
    stride: Int, padding: Int?, kernel: Int? = nil, keepsChannels: Bool = false
  ) -> any Module {
    let span = kernel ?? (padding == nil ? Int.random(in: 1...4, using: &random) : 3)
    let groups = channels.isMultiple(of: 2) && Bool.random(using: &random) ? 2 : 1
    let outputs = keepsChannels ? channels : Int.random(in: 1...3, using: &random) * 2
    let inside = padding ?? Int.random(in: 0..<span, using: &random)
    let shape = Shape([outputs, channels / groups, span] + [3, 3].prefix(spaces))
    let fanIn = Float(shape.count / max(outputs, 1))
    let weights = (0..<shape.count).map { _ in random.normal() / fanIn.squareRoot() }
    channels = outputs
    let module = try? Convolution(
      weight: Tensor(shape, weights),
      bias: Tensor([outputs], (0..<outputs).map { _ in random.normal() }),
      stride: [stride] + [1, 1].prefix(spaces),
      padding: .explicit([inside] + [1, 1].prefix(spaces)),
      dilation: [1] + [1, 1].prefix(spaces), groups: groups,
      paddingMode: Bool.random(using: &random) ? .zeros : .replicate)
    // Arguments that do not fit are a mistake of this file, which a test would show as a failure.
    return module ?? Sequential(WindowModule(weights: [.nan]))
  }
}

@Suite("random networks")
struct RandomNetworkTests {
  @Test("a random network of right layers passes", arguments: RandomNetwork.all)
  func passes(_ network: RandomNetwork) throws {
    let subject = Subject(network.module, frame: network.frame, clipLength: 26)
    var options = Verifier.Options()
    options.profiles = [.normal, .negative]
    let report = try Verifier(subject, options: options).run()
    let found = report.findings.map { "\($0.code.rawValue) \($0.module) \($0.message)" }
    #expect(found.isEmpty)
    #expect(report.verdict == .ok)
    #expect(report.layers.count >= 2)
  }

  @Test("a clip longer or shorter than others passes too", arguments: [17, 31])
  func lengths(_ frames: Int) throws {
    let network = RandomNetwork(seed: 3)
    let subject = Subject(network.module, frame: network.frame, clipLength: frames)
    #expect(try Verifier(subject).run().verdict == .ok)
  }
}
