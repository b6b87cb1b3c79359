import Continual
import Tensors
import TestSupport
import Testing

/// A convolution of one channel with the weights 1, 10, 100, … from the oldest frame to the newest.
private func conv(_ kernel: Int, stride: Int = 1, padding: Int = 0) throws -> any Module {
  var weights: [Float] = [1]
  while weights.count < kernel { weights.append(weights[weights.count - 1] * 10) }
  return try Convolution(
    weight: Tensor([1, 1, kernel], weights), bias: nil, stride: [stride],
    padding: .explicit([padding]), dilation: [1], groups: 1, paddingMode: .zeros)
}

private func clip(_ values: ClosedRange<Int>) -> Tensor {
  Tensor([1, 1, values.count], values.map(Float.init))
}

@Suite("graphs")
struct GraphTests {
  @Test("branches of unequal delay and of stride two are aligned by their frames")
  func stridedBranches() throws {
    // The sum is listed first: nodes may stand in any order.
    let graph = try Graph(
      [
        .init("sum", reads: ["wide", "narrow"], Reduce()),
        .init("wide", reads: ["x"], conv(5, stride: 2, padding: 2)),
        .init("narrow", reads: ["x"], conv(3, stride: 2, padding: 1)),
      ], output: "sum")
    let run = try ModeRun(graph, clip: clip(1...8))
    // What PyTorch computes.
    #expect(run.forward.scalars == [32310, 54753, 77197, 9641])
    #expect(run.stepIndices == [2, 4, 6])
    #expect(run.differences.isEmpty)
  }

  @Test("a wire can be used many times, and skips are summed across strides")
  func skips() throws {
    // a = conv(x), b = conv(a), y = (a + b + a) behind a strided layer, times itself, strided again.
    let graph = try Graph(
      [
        .init("a", reads: ["x"], conv(3, padding: 1)),
        .init("b", reads: ["a"], conv(3, padding: 1)),
        .init("s", reads: ["a", "b", "a"], Reduce()),
        .init("slow", reads: ["s"], conv(2, stride: 2)),
        .init("fast", reads: ["x"], conv(4, stride: 2, padding: 1)),
        .init("joined", reads: ["slow", "fast"], Reduce(.maximum)),
        .init("square", reads: ["joined", "joined"], Reduce(.product)),
        .init("y", reads: ["square"], conv(1)),
      ], output: "y")
    let run = try ModeRun(graph, clip: clip(-4...5))
    #expect(run.differences.isEmpty)
    // Computed by hand from the convolutions of the single layers.
    let a = try ModeRun(conv(3, padding: 1), clip: clip(-4...5)).forward
    let b = try ModeRun(conv(3, padding: 1), clip: a).forward
    let s = zip(a.scalars, b.scalars).map { $0 + $1 + $0 }
    let slow = try ModeRun(conv(2, stride: 2), clip: Tensor(a.shape, s)).forward
    let fast = try ModeRun(conv(4, stride: 2, padding: 1), clip: clip(-4...5)).forward
    let joined = zip(slow.scalars, fast.scalars).map { max($0, $1) }
    #expect(run.forward.scalars == joined.map { $0 * $0 })
  }

  @Test("a graph stands in a sequence, and takes and makes several streams there")
  func inSequence() throws {
    let inner = try Graph(
      [
        .init("swap", reads: ["x"], ParallelDispatch([.stream(1), .stream(0)])),
        .init(
          "both", reads: ["swap"],
          Parallel([NamedModule("0", conv(1)), NamedModule("1", conv(3, padding: 1))])),
      ], output: "both")
    let network = Sequential(
      try BroadcastStreams(count: 2), inner, Reduce(.concatenation), try conv1x1(channels: 2))
    let run = try ModeRun(network, clip: clip(1...6))
    #expect(run.stepIndices == [1, 2, 3, 4, 5])
    #expect(run.differences.isEmpty)
  }

  private func conv1x1(channels: Int) throws -> any Module {
    try Convolution(
      weight: Tensor([1, channels, 1], repeating: 1), bias: nil, stride: [1],
      padding: .explicit([0]), dilation: [1], groups: 1, paddingMode: .zeros)
  }

  @Test("a graph whose output is its input passes frames on")
  func empty() throws {
    let run = try ModeRun(Graph([], output: "x"), clip: clip(1...3))
    #expect(run.forward.scalars == [1, 2, 3])
    #expect(run.differences.isEmpty)
  }

  @Test("nodes that share a name are told apart by their ids")
  func sharedNames() throws {
    let graph = try Graph(
      [
        .init("a", reads: ["x"], conv(3), name: "shared"),
        .init("b", reads: ["a"], conv(3), name: "shared"),
      ], output: "b")
    #expect(graph.children.map(\.name) == ["a", "b"])
    // The others keep theirs, unless an id is one of them.
    func names(_ third: String) throws -> [String] {
      try Graph(
        [
          .init("a", reads: ["x"], conv(3), name: "shared"),
          .init("b", reads: ["a"], conv(3), name: "shared"),
          .init("c", reads: ["b"], conv(3), name: third),
        ], output: "c"
      ).children.map(\.name)
    }
    #expect(try names("layers.0") == ["a", "b", "layers.0"])
    #expect(try names("a") == ["a", "b", "c"])
  }

  @Test("everything that is wrong is found at once")
  func mistakes() throws {
    let wiring = GraphWiring(
      [
        .init("a", reads: ["x", "bb"], try conv(1)),
        .init("b", reads: ["c"], try conv(1)),
        .init("c", reads: ["b", "a"], Reduce()),
        .init("a", reads: [], Identity()),
        .init("x", reads: ["a"], Identity()),
        .init("d", reads: ["a"], Reduce()),
        .init("e", reads: ["e"], Identity()),
      ], output: "out")
    #expect(
      wiring.problems.map(\.error.description) == [
        "node \"a\" reads \"bb\", which is not the id of a node",
        "node \"a\" is a Conv1d, which takes one input, and reads 2; join them with a Reduce",
        "node \"a\" has the same id as a node before it, \"a\"",
        "node \"a\" reads nothing; give at least one input, \"x\" or an id",
        "node \"x\" has the id of the graph's input, \"x\"",
        "node \"d\" is a Reduce, which joins several inputs, and reads one",
        "the output: no node has the id \"out\"",
        "node \"b\" reads what is made of itself: \"b\" reads \"c\" reads \"b\"",
        "node \"e\" reads what is made of itself: \"e\" reads \"e\"",
      ])
    #expect(throws: ModuleError.self) {
      try Graph([.init("a", reads: ["b"], Identity())], output: "a")
    }
  }

  @Test("a node that nothing uses is a mistake")
  func unused() throws {
    let wiring = GraphWiring(
      [.init("a", reads: ["x"], Identity()), .init("b", reads: ["a"], Identity())], output: "a")
    #expect(
      wiring.problems.map(\.error.description) == [
        "node \"b\" is unused: nothing leads from it to the output \"a\""
      ])
  }

  @Test("branches of different strides are refused where they meet")
  func unequalStrides() throws {
    let graph = try Graph(
      [
        .init("a", reads: ["x"], conv(3, stride: 2)),
        .init("sum", reads: ["x", "a"], Reduce()),
      ], output: "sum")
    let error = #expect(throws: ModuleError.self) { try Plan(graph, frame: [1, 1]) }
    #expect(error?.path == ["sum"])
    #expect(error?.code == .unequalBranches)
  }

  /// A clip and its mean over all three frames, joined.
  private func besideItsMean(_ reduction: Reduction) throws -> Plan {
    let pool = try AdaptivePooling(
      kind: .average(countIncludePad: true, divisorOverride: nil), outputSize: [1], window: 3)
    let graph = try Graph(
      [.init("mean", reads: ["x"], pool), .init("y", reads: ["x", "mean"], Reduce(reduction))],
      output: "y")
    return try Plan(graph, frame: [1, 1], clipLength: 3)
  }

  @Test(
    "the only frame of a branch serves for all frames of another, element by element",
    arguments: [
      // What PyTorch computes of 3, 6, 9 and 6.
      (.sum, [9, 12, 15]), (.product, [18, 36, 54]), (.maximum, [6, 6, 9]),
    ] as [(Reduction, [Float])])
  func singleFrame(_ reduction: Reduction, _ expected: [Float]) throws {
    let plan = try besideItsMean(reduction)
    let clip = Tensor([1, 1, 3], [3, 6, 9])
    #expect(plan.outputLength(ofClip: 3) == 3)
    #expect(try plan.forward(clip).scalars == expected)
    var stream = plan.makeStream()
    #expect(try stream.forwardSteps(clip, padEnd: true).scalars == expected)
  }

  @Test("a concatenation wants clips of equal length, as torch.cat")
  func concatenationOfUnequalClips() throws {
    let plan = try besideItsMean(.concatenation)
    let clip = Tensor([1, 1, 3], [3, 6, 9])
    #expect(plan.outputLength(ofClip: 3) == nil)
    #expect(throws: ModuleError.self) { try plan.forward(clip) }
    var stream = plan.makeStream()
    let error = #expect(throws: ModuleError.self) { try stream.forwardSteps(clip, padEnd: true) }
    #expect(error?.code == .unequalBranches)
    #expect(plan.outputLength(ofClip: 1) == 1)
    #expect(try plan.forward(Tensor([1, 1, 1], [4])).scalars == [4, 4])
  }
}
