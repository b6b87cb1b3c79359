import Continual
import Tensors
import Testing

@testable import Verification

/// What `continual` 1.2.4 yields in steps where it goes wrong; the rows were computed with it.
@Suite("Steps of the Python library")
struct LibraryTests {
  /// A network, the shape of its frames, and what each step over 1, 2, 3 … yields.
  struct Row: CustomTestStringConvertible, Sendable {
    let name: String
    var frame: Shape = [1, 1]
    var steps = 8
    let network: any Module
    let outputs: [[Float]?]
    let gap: LibraryGap?
    /// Whether branches make clips of equal length, so that there is a clip to compare with.
    var hasClip = true

    var testDescription: String { name }
  }

  /// A convolution of one channel with the weights 1, 10, 100, and so on.
  static func convolution(
    _ kernel: Int, stride: Int = 1, padding: Int = 0, fill: PaddingMode = .zeros
  ) throws -> Convolution {
    let weights = (0..<kernel).reduce(into: [Float]()) { list, _ in
      list.append((list.last ?? 0.1) * 10)
    }
    return try Convolution(
      weight: Tensor([1, 1, kernel], weights), bias: nil, stride: [stride],
      padding: .explicit([padding]), dilation: [1], groups: 1, paddingMode: fill)
  }

  static func named(_ modules: any Module...) -> [NamedModule] {
    modules.enumerated().map { NamedModule(String($0), $1) }
  }

  static func average(
    _ kernel: [Int], padding: [Int]? = nil, dilation: [Int]? = nil, counts: Bool = true,
    divisor: Int? = nil
  ) throws -> Pooling {
    try Pooling(
      kind: .average(countIncludePad: counts, divisorOverride: divisor), kernelSize: kernel,
      stride: kernel.map { _ in 1 }, padding: padding, dilation: dilation)
  }

  static func maximum(_ kernel: Int, stride: Int = 1, padding: Int = 0) throws -> Pooling {
    try Pooling(
      kind: .maximum, kernelSize: [kernel], stride: [stride], padding: [padding], dilation: [2])
  }

  static let rows: [Row] = {
    do {
      return try makeRows()
    } catch {
      preconditionFailure("\(error)")
    }
  }()

  private static func makeRows() throws -> [Row] {
    let (one, two, three) = (try convolution(1), try convolution(2), try convolution(3))
    return [
      Row(
        name: "k1 s2", network: try convolution(1, stride: 2),
        outputs: (1...8).map { [Float($0)] }, gap: .oneFrameKernel),
      Row(
        name: "k1 p1", network: try convolution(1, padding: 1),
        outputs: [[Float]?](repeating: nil, count: 8), gap: .oneFrameKernel),
      Row(
        name: "k3 p3", network: try convolution(3, padding: 3),
        outputs: [nil, [210], [321], [432], [543], [654], [765], [876]], gap: .overpadded),
      Row(
        name: "k3 s2 p4", network: try convolution(3, stride: 2, padding: 4),
        outputs: [nil, nil, [321], nil, [543], nil, [765], nil], gap: .overpadded),
      Row(
        name: "k3 p4 replicate", network: try convolution(3, padding: 4, fill: .replicate),
        outputs: [nil, [211], [321], [432], [543], [654], [765], [876]], gap: .overpadded),
      Row(
        name: "mean of 2, dilation 2", network: try average([2], dilation: [2]),
        outputs: [nil, nil, [2.5], [1.5], [4.5], [2.5], [6.5], [3.5]], gap: .dilatedPool),
      Row(
        name: "max of 2, dilation 2", network: try maximum(2),
        outputs: [nil, nil, [3], [3], [5], [5], [7], [7]], gap: .dilatedPool),
      Row(
        name: "max of 3, stride 2, padding 1, dilation 2",
        network: try maximum(3, stride: 2, padding: 1),
        outputs: [nil, nil, nil, [4], nil, [6], nil, [8]], gap: .dilatedPool),
      Row(
        name: "a branch with a dilated pool",
        network: try BroadcastReduce(named(maximum(2), one)),
        outputs: [nil, nil, nil, [4], [7], [8], [11], [12]], gap: .dilatedPool, hasClip: false),
      Row(
        name: "a residual around a dilated pool",
        network: Residual(NamedModule("1", try maximum(3, padding: 1)), shrink: .leading),
        outputs: [nil, nil, nil, nil, [10], [12], [14], [16]], gap: .dilatedPool, hasClip: false),
      Row(
        name: "strided branches, padded",
        network: try BroadcastReduce(
          named(convolution(5, stride: 2, padding: 2), convolution(3, stride: 2, padding: 1))),
        outputs: [[Float]?](repeating: nil, count: 8), gap: .stridedBranches),
      Row(
        name: "strided branches",
        network: try BroadcastReduce(named(convolution(5, stride: 2), convolution(3, stride: 2))),
        outputs: [nil, nil, nil, nil, nil, nil, [76864], nil], gap: .stridedBranches,
        hasClip: false),
      Row(
        name: "a mean that leaves out the padding",
        network: try average([3], padding: [1], counts: false),
        outputs: [nil, [1], [2], [3], [4], [5], [6], [7]], gap: .divisors),
      Row(
        name: "a mean of lines with a divisor", frame: [1, 1, 2], steps: 6,
        network: try average([2, 2], divisor: 3),
        outputs: [nil, [2.5], [4.5], [6.5], [8.5], [10.5]], gap: .divisors),
      Row(
        name: "a mean of pictures with a divisor", frame: [1, 1, 2, 2], steps: 6,
        network: try average([2, 2, 2], divisor: 3),
        outputs: [nil, [6], [11.3333], [16.6667], [22], [27.3333]], gap: .divisors),
      Row(
        name: "a padded mean of lines", frame: [1, 1, 2], steps: 6,
        network: try average([2, 2], padding: [1, 1], counts: false),
        outputs: [
          [0.5, 0.75, 1], [2, 2.5, 3], [4, 4.5, 5], [6, 6.5, 7], [8, 8.5, 9], [10, 10.5, 11],
        ], gap: .divisors),
      Row(
        name: "a dilated adaptive pool", frame: [1, 1, 2], steps: 6,
        network: try AdaptivePooling(
          kind: .maximum, outputSize: [1, 1], window: 2, dilation: 2),
        outputs: [nil, nil, [6], [6], [10], [10]], gap: .dilatedPool),
      Row(
        name: "a Conditional without the branch that is taken",
        network: Sequential(Conditional(.never, onTrue: NamedModule("0", three)), two),
        outputs: [nil, [21], [32], [43], [54], [65], [76], [87]], gap: .conditional),
      Row(
        name: "a Conditional beside another branch",
        network: try BroadcastReduce(
          named(Conditional(.never, onTrue: NamedModule("0", three)), two)),
        outputs: [nil, nil, [24], [36], [48], [60], [72], [84]], gap: .conditional, hasClip: false),
      Row(
        name: "a Conditional with a slower branch",
        network: Conditional(
          .always, onTrue: NamedModule("0", three), onFalse: NamedModule("1", try convolution(5))),
        outputs: [nil, nil, nil, nil, [321], [432], [543], [654]], gap: .conditional),
      Row(
        name: "a chain that is right",
        network: Sequential(Residual(NamedModule("1", try convolution(3, padding: 1))), two),
        outputs: [nil, nil, [3441], [4673], [5905], [7137], [8369], [9601]], gap: nil),
    ]
  }

  private static func clip(_ row: Row) -> Tensor {
    let shape = row.frame.clip(frames: row.steps)
    return Tensor(shape, (1...shape.count).map(Float.init))
  }

  @Test("they are written down as they are, mistakes included", arguments: rows)
  func steps(_ row: Row) throws {
    var stream = try LibraryStream(row.network, frame: row.frame, clipLength: row.steps)
    let clip = Self.clip(row)
    for time in 0..<row.steps {
      let output = try stream.step(clip.frame(time))?.scalars
      let want = row.outputs[time]
      guard let output, let want, output.count == want.count else {
        #expect(output == want, "step \(time)")
        continue
      }
      for (got, want) in zip(output, want) { #expect(abs(got - want) <= 1e-4 * max(1, abs(want))) }
    }
  }

  private func report(
    _ network: any Module, frame: Shape, runtime: Verifier.Runtime
  ) throws -> Report {
    var options = Verifier.Options()
    options.runtime = runtime
    options.profiles = [.normal]
    return try Verifier(Subject(network, frame: frame, clipLength: 12), options: options).run()
  }

  @Test(
    "where they go wrong it is a warning with the number of the gap",
    arguments: rows.filter(\.hasClip))
  func warnings(_ row: Row) throws {
    let report = try report(row.network, frame: row.frame, runtime: .coverify)
    let findings = report.findings.filter { $0.code == .library }
    #expect(findings.allSatisfy { $0.verdict == .warning })
    guard let gap = row.gap else {
      #expect(findings.isEmpty)
      return
    }
    #expect(
      findings.contains {
        $0.message.contains("continual 1.2.4") && $0.message.contains(gap.rawValue)
      })
    // An adaptive pool means another thing at this length, whoever steps it.
    #expect(report.verdict == (row.network is AdaptivePooling ? .fail : .ok))
  }

  @Test(
    "a network that runs there fails by them, and a right one does not",
    arguments: rows.filter(\.hasClip))
  func counted(_ row: Row) throws {
    let report = try report(row.network, frame: row.frame, runtime: .continual)
    #expect(report.verdict == (row.gap == nil ? .ok : .fail))
    let findings = report.findings.filter { $0.code == .library }
    #expect(findings.isEmpty == (row.gap == nil))
    #expect(findings.allSatisfy { $0.verdict == .fail })
  }

  @Test("a Parallel behind a Parallel stops, where the first yields nothing in a step")
  func parallels() throws {
    func network(_ kernel: Int) throws -> any Module {
      Sequential(
        try BroadcastStreams(count: 2),
        Parallel(Self.named(try Self.convolution(kernel), try Self.convolution(kernel))),
        Parallel(Self.named(try Self.convolution(1), try Self.convolution(1))), Reduce(.sum))
    }
    let late = try report(network(3), frame: [1, 1], runtime: .coverify)
    #expect(late.findings.contains { $0.message.contains("G-17") && $0.verdict == .warning })
    let prompt = try report(network(1), frame: [1, 1], runtime: .coverify)
    #expect(!prompt.findings.contains { $0.code == .library })
  }

  @Test("the last window of ceil_mode never comes, where there is one")
  func partialWindow() throws {
    let pool = try Pooling(
      kind: .maximum, kernelSize: [3], stride: [2], padding: [0], ceilMode: true)
    for (frames, isCut) in [(12, true), (13, false)] {
      let subject = Subject(pool, frame: [1, 2], clipLength: frames)
      let report = try Verifier(subject).run()
      #expect(report.findings.contains { $0.message.contains("G-05") } == isCut, "\(frames) frames")
      #expect(report.verdict == .ok)
    }
  }

  @Test("what the library cannot have is left to its user")
  func graphs() throws {
    let network = try Graph(
      [Graph.Node("a", reads: ["x"], Self.convolution(1, stride: 2))], output: "a")
    let report = try report(network, frame: [1, 1], runtime: .coverify)
    #expect(!report.findings.contains { $0.code == .library })
    let counted = try self.report(network, frame: [1, 1], runtime: .continual)
    #expect(counted.verdict == .inconclusive)
  }
}
