import Foundation
import PlainData
import TestSupport
import Testing

/// Files of about a kilobyte that ask for more memory or time than anybody has.
///
/// The numbers of an architecture, and how often it repeats itself, decide what is computed. Each is
/// refused before anything is made, with the module and both numbers.
@Suite("Architectures out of proportion")
struct HostileArchitectureTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let model: PlainValue
    var shape: [PlainValue] = [.int(4), .string("T")]
    var kernel = [4, 4, 3]
    var frames: Int?
  }

  private static func node(
    _ type: String, _ members: (name: String, value: PlainValue?)...
  ) -> PlainValue { .members([("type", .string(type))] + members) }

  private static func sequence(_ modules: PlainValue...) -> PlainValue {
    node("Sequential", ("modules", .list(modules)))
  }

  /// A graph that joins each node with itself.
  private static func doubling(_ depth: Int) -> PlainValue {
    let nodes = (0..<depth).map { index in
      let input = index == 0 ? "x" : "n\(index - 1)"
      return node(
        "Reduce", ("id", .string("n\(index)")), ("inputs", .strings([input, input])),
        ("reduce", .string("concat")))
    }
    return sequence(
      node("Conv1d"),
      node(
        "Graph", ("name", .string("g")), ("nodes", .list(nodes)),
        ("output", .string("n\(depth - 1)"))))
  }

  private static let hundredThousand = PlainValue.int(100_000)

  static let all: [Case] =
    [18, 22, 30, 60].map {
      Case(testDescription: "a graph that doubles \($0) times", model: doubling($0))
    } + [
      Case(
        testDescription: "dilation of a convolution",
        model: sequence(node("Conv1d", ("dilation", hundredThousand)))),
      Case(
        testDescription: "padding of a convolution",
        model: sequence(node("Conv1d", ("padding", hundredThousand)))),
      Case(
        testDescription: "padding in space",
        model: sequence(node("Conv2d", ("padding", .list([.int(1), hundredThousand])))),
        shape: [.int(4), .string("T"), .int(8)], kernel: [4, 4, 3, 3]),
      Case(
        testDescription: "stride", model: sequence(node("Conv1d", ("stride", hundredThousand)))),
      Case(
        testDescription: "the window of a pool",
        model: sequence(
          node("Conv1d"),
          node("AvgPool1d", ("kernel_size", hundredThousand), ("stride", .int(1))))),
      Case(
        testDescription: "the window of an adaptive pool",
        model: sequence(
          node("Conv1d"),
          node("AdaptiveAvgPool1d", ("output_size", .int(1)), ("kernel_size", hundredThousand)))),
      Case(
        testDescription: "a delay",
        model: sequence(node("Conv1d"), node("Delay", ("delay", hundredThousand)))),
      Case(
        testDescription: "the frames of a clip", model: sequence(node("Conv1d")),
        frames: 100_000),
      Case(
        testDescription: "the frames themselves", model: sequence(node("Conv3d")),
        shape: [.int(4), .string("T"), .int(3000), .int(3000)], kernel: [4, 4, 3, 3, 3]),
      Case(
        testDescription: "branches of branches",
        model: sequence(
          node("Conv1d"),
          node(
            "BroadcastReduce", ("reduce", .string("concat")),
            ("modules", .list(Array(repeating: node("ReLU"), count: 3000)))),
          node(
            "BroadcastReduce", ("reduce", .string("concat")),
            ("modules", .list(Array(repeating: node("ReLU"), count: 3000)))))),
    ]

  private func write(_ hostile: Case, to folder: TemporaryFolder) throws {
    try HostileFile.write(
      [("0.weight", hostile.kernel), ("0.bias", [4])], to: folder.path("m.safetensors"))
    let document = PlainValue.members(
      ("format", .string("coverify-architecture")), ("version", .int(1)),
      (
        "input",
        .members(("shape", .list(hostile.shape)), ("frames", hostile.frames.map(PlainValue.int)))
      ), ("model", hostile.model))
    try Data(document.json(.compact).utf8).write(to: URL(filePath: folder.path("m.arch.json")))
  }

  @Test(
    "are refused before they cost anything, and the message says what is allowed", arguments: all)
  func refused(_ hostile: Case) throws {
    let folder = try TemporaryFolder()
    try write(hostile, to: folder)
    let began = ContinuousClock.now
    let run = try Program.run(["verify", folder.path("m.safetensors")])
    #expect(run.status == 2, "\(run.standardOutput)\(run.standardError)")
    #expect(
      run.standardError.contains("are allowed") || run.standardError.contains("too large"),
      "\(run.standardError)")
    #expect(run.standardError.utf8.count < 4000)
    #expect(ContinuousClock.now - began < .seconds(60))
  }

  @Test("are shown by inspect, as far as their tensors go", arguments: all)
  func inspected(_ hostile: Case) throws {
    let folder = try TemporaryFolder()
    try write(hostile, to: folder)
    let run = try Program.run(["inspect", folder.path("m.safetensors")])
    #expect(run.standardOutput.contains("float32"), "\(run.standardError)")
  }

  @Test("each limit is raised by its name")
  func raised() throws {
    let folder = try TemporaryFolder()
    try write(Case(testDescription: "", model: Self.doubling(24)), to: folder)
    let model = folder.path("m.safetensors")
    let refused = try Program.run(["verify", model])
    #expect(refused.standardError.contains("MiB for frames and state"), "\(refused.standardError)")
    #expect(refused.standardError.contains("--limit plan-bytes="))
    // The figure that it names is enough for this network.
    let figure = try #require(refused.standardError.firstMatch(of: /plan-bytes=\d+/)).output
    let raised = try Program.run(["verify", model, "--limit", String(figure)])
    #expect(!raised.standardError.contains("plan-bytes="), "\(raised.standardError)")
    #expect(raised.standardError.contains("s of processor time"), "\(raised.standardError)")
    #expect(raised.standardError.contains("--limit seconds="))
    try write(Case(testDescription: "", model: Self.sequence(Self.node("Conv1d"))), to: folder)
    #expect(try Program.run(["verify", model]).status == 0)
  }

  @Test(
    "what options ask for is estimated and refused as well",
    arguments: [["--frames", "100000"], ["--frames", "100000000"], ["--batch", "1000000"]])
  func options(_ options: [String]) throws {
    let folder = try TemporaryFolder()
    try write(Case(testDescription: "", model: Self.sequence(Self.node("Conv1d"))), to: folder)
    let model = folder.path("m.safetensors")
    let run = try Program.run(["verify", model] + options)
    #expect(run.status == 2)
    #expect(run.standardError.contains("would take about"), "\(run.standardError)")
    #expect(run.standardError.contains("2 s are allowed"))
    #expect(run.standardError.contains("--limit seconds="))
    let compared = try Program.run(["diff", model, model] + options + ["--limit", "seconds=0"])
    #expect(compared.status == 3, "\(compared.standardOutput)")
    #expect(compared.standardOutput.contains("seconds="), "\(compared.standardOutput)")
  }

  @Test("JSON has limits of its own, which are raised by their names")
  func json() throws {
    let folder = try TemporaryFolder()
    try write(Case(testDescription: "", model: Self.sequence(Self.node("Conv1d"))), to: folder)
    let model = folder.path("m.safetensors")
    for (name, reason) in [
      ("json-bytes", "more than the 5"), ("json-values", "more than 5 values"),
      ("json-depth", "nested too deep"),
    ] {
      let limit = name == "json-depth" ? 1 : 5
      let run = try Program.run(["verify", model, "--limit", "\(name)=\(limit)"])
      #expect(run.status == 2)
      #expect(run.standardError.contains(reason), "\(run.standardError)")
    }
  }

  @Test("many branches are joined in a time that grows with their number")
  func manyBranches() throws {
    let folder = try TemporaryFolder()
    let branches = PlainValue.list(Array(repeating: Self.node("ReLU"), count: 20_000))
    let join = Self.node("BroadcastReduce", ("reduce", .string("sum")), ("modules", branches))
    try write(
      Case(testDescription: "", model: Self.sequence(Self.node("Conv1d"), join)), to: folder)
    let run = try Program.run(["verify", folder.path("m.safetensors")])
    #expect(run.standardError.contains("would take about"), "\(run.standardError)")
  }

  @Test("a key that stands twice is refused with both places")
  func duplicateKeys() throws {
    let folder = try TemporaryFolder()
    try HostileFile.write([("0.weight", [4, 4, 3])], to: folder.path("m.safetensors"))
    let text = """
      {"format": "coverify-architecture", "version": 1,
       "model": {"type": "Conv1d", "stride": 1,
                 "stride": 2}}
      """
    try Data(text.utf8).write(to: URL(filePath: folder.path("m.arch.json")))
    let run = try Program.run(["verify", folder.path("m.safetensors")])
    #expect(run.status == 2)
    #expect(
      run.standardError.contains(
        "m.arch.json: line 3, column 12: the key \"stride\" stands here and at line 2, column 30"),
      "\(run.standardError)")
  }
}
