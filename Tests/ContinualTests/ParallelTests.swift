import Continual
import Tensors
import TestSupport
import Testing

@Suite("streams side by side")
struct ParallelTests {
  private func conv(_ kernel: Int, stride: Int = 1) throws -> any Module {
    try Convolution(
      weight: Tensor([1, 1, kernel], repeating: 1), bias: nil, stride: [stride],
      padding: .explicit([kernel / 2]), dilation: [1], groups: 1, paddingMode: .zeros)
  }

  /// The slowest stream is left out behind the modules.
  private func network(
    _ kernels: [Int], stride: Int = 1, autoDelay: Bool, keeping kept: [Int]
  ) throws -> any Module {
    let modules = try kernels.enumerated().map {
      NamedModule(String($0), try conv($1, stride: stride))
    }
    return Sequential(
      try BroadcastStreams(count: kernels.count), Parallel(modules, autoDelay: autoDelay),
      ParallelDispatch(kept.map { .stream($0) }), Reduce(.concatenation))
  }

  @Test(
    "with auto_delay streams wait for the slowest, even if nothing of it is used",
    arguments: [
      // As the Python library yields them.
      (true, [5, 3, 1], [1, 2], 2), (true, [5, 3, 1], [2], 2), (true, [9, 3, 1], [1], 4),
      (false, [5, 3, 1], [1, 2], 1), (false, [5, 3, 1], [2], 0), (true, [5, 3, 1], [0, 1], 2),
    ] as [(Bool, [Int], [Int], Int)])
  func slowest(_ autoDelay: Bool, _ kernels: [Int], _ kept: [Int], _ first: Int) throws {
    let network = try network(kernels, autoDelay: autoDelay, keeping: kept)
    let run = try ModeRun(network, clip: .sawtooth([2, 1, 11]))
    #expect(run.stepIndices == Array(first..<11))
    #expect(run.differences.isEmpty)
  }

  @Test("strided streams wait by whole frames, and those that are joined come no later than needed")
  func strided() throws {
    for autoDelay in [true, false] {
      let network = try network([5, 3], stride: 2, autoDelay: autoDelay, keeping: [0, 1])
      let run = try ModeRun(network, clip: .sawtooth([1, 1, 12]))
      #expect(run.stepIndices == [2, 4, 6, 8, 10])
      #expect(run.differences.isEmpty)
    }
    let dropped = try network([9, 3], stride: 2, autoDelay: true, keeping: [1])
    #expect(try ModeRun(dropped, clip: .sawtooth([1, 1, 12])).stepIndices == [3, 5, 7, 9, 11])
  }

  @Test("streams in a list wait all together")
  func nested() throws {
    let pair = ParallelDispatch([.group([.stream(1), .stream(1)]), .stream(0)])
    let inner = Parallel([NamedModule("0", try conv(1)), NamedModule("1", try conv(3))])
    let network = Sequential(
      try BroadcastStreams(count: 2), pair,
      Parallel([NamedModule("0", inner), NamedModule("1", try conv(7))]),
      ParallelDispatch([.stream(0)]), Parallel([NamedModule("0", Reduce(.product))]),
      Reduce(.sum))
    let run = try ModeRun(network, clip: .sawtooth([1, 1, 9]))
    #expect(run.stepIndices == Array(3..<9))
    #expect(run.differences.isEmpty)
  }

  @Test("streams that double with every module are refused before they fill the memory")
  func doubling() throws {
    let double = ParallelDispatch([
      .group([.stream(0), .stream(1)]), .group([.stream(0), .stream(1)]),
    ])
    let nothing = ParallelDispatch([.group([]), .group([])])
    for first in [double, nothing] {
      let modules =
        [try BroadcastStreams(count: 2), first] + [any Module](repeating: double, count: 60)
      let network = Sequential(modules.enumerated().map { NamedModule(String($0), $1) })
      let error = #expect(throws: ModuleError.self) { try Plan(network, frame: [1, 1]) }
      #expect(error?.finding == .streams(.tooMany))
    }
    let nodes = (0..<60).map { index in
      let source = index == 0 ? "x" : "n\(index - 1)"
      return Graph.Node("n\(index)", reads: [source, source], Sequential())
    }
    #expect(throws: ModuleError.self) {
      try Plan(Graph(nodes, output: "n59"), frame: [1, 1])
    }
    #expect(throws: ModuleError.self) { try BroadcastStreams(count: 1 << 40) }
  }
}
