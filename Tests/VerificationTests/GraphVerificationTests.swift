import Continual
import Tensors
import Testing

@testable import Verification

/// A made-up graph of convolutions and joins, told by a number.
struct RandomGraph: CustomTestStringConvertible, Sendable {
  let seed: UInt64

  var testDescription: String { "seed \(seed)" }

  static let all = (1...16).map { RandomGraph(seed: $0) }

  /// Two stages of wild wiring, with strides between them that branches of unequal delay take.
  func make() throws -> Graph {
    var random = RandomSource(seed: seed, for: "graph")
    var nodes: [Graph.Node] = []
    var ids = ["x"]
    for stride in [1, 2] {
      var stage: [String] = []
      for index in 0..<Int.random(in: 3...6, using: &random) {
        let id = "\(stride)-\(index)"
        // The first nodes of a stage read the stage before, the others also this one.
        let sources = index < 2 ? ids : stage + (stride == 1 ? ids : [])
        var inputs = [sources[Int.random(in: sources.indices, using: &random)]]
        if index >= 2 {
          while inputs.count < 3, Bool.random(using: &random) {
            inputs.append(sources[Int.random(in: sources.indices, using: &random)])
          }
        }
        nodes.append(
          try node(id, inputs, stride: index < 2 ? stride : 1, using: &random))
        stage.append(id)
      }
      nodes.append(Graph.Node("end-\(stride)", reads: stage, Reduce(stride == 1 ? .sum : .maximum)))
      ids = ["end-\(stride)"]
    }
    return try Graph(nodes.shuffled(using: &random), output: ids[0])
  }

  private func node(
    _ id: String, _ inputs: [String], stride: Int, using random: inout RandomSource
  ) throws -> Graph.Node {
    guard inputs.count == 1 else {
      let reductions: [Reduction] = [.sum, .product, .maximum]
      return Graph.Node(
        id, reads: inputs, Reduce(reductions[Int.random(in: 0...2, using: &random)]))
    }
    let kernel = [1, 3, 5][Int.random(in: 0...2, using: &random)]
    let weights = (0..<4 * kernel).map { _ in random.normal() / 2 }
    let convolution = try Convolution(
      weight: Tensor([2, 2, kernel], weights), bias: nil, stride: [stride],
      padding: .explicit([kernel / 2]), dilation: [1], groups: 1, paddingMode: .zeros)
    return Graph.Node(id, reads: inputs, convolution)
  }
}

@Suite("random graphs")
struct GraphVerificationTests {
  @Test("a random graph of right layers passes", arguments: RandomGraph.all)
  func passes(_ random: RandomGraph) throws {
    let graph = try random.make()
    let subject = Subject(graph, frame: [2, 2], clipLength: 21)
    var options = Verifier.Options()
    options.profiles = [.normal, .negative]
    let report = try Verifier(subject, options: options).run()
    let found = report.findings.map { "\($0.code.rawValue) \($0.module) \($0.message)" }
    #expect(found.isEmpty)
    #expect(report.verdict == .ok)
    // Every node has work of its own and is judged in both modes, the joins among them.
    #expect(report.layers.count == 2 * graph.nodes.count)
    #expect(NetworkOracle(graph).outputLength(ofClip: 21) == 11)
  }
}
