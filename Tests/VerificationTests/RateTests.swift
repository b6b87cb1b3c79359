import Continual
import Tensors
import Testing

@testable import Verification

@Suite("networks that raise the rate")
struct RateTests {
  static let expected: [ExpectedFinding<UpsamplingModule.Fault>] = [
    .init(.late, .shift, at: "1"), .init(.late, .layer, at: "1"),
    .init(.reversed, .modes, at: "1"), .init(.reversed, .layer, at: "1"),
    .init(.surplusAtEnd, .lengths), .init(.missingAtEnd, .lengths),
    .init(.wrongIndex, .shift, at: "1"), .init(.wrongIndex, .layer, at: "1"),
    .init(.forgetsBetweenChunks, .chunks),
    .init(.stickyNaN, .memory), .init(.stickyNaN, .nonFinite),
  ]

  private func up(
    _ stride: Int, span: Int? = nil, _ fault: UpsamplingModule.Fault? = nil
  ) -> UpsamplingModule {
    let weights = (0..<(span ?? stride)).map { Float($0 % 3) - 0.75 }
    return UpsamplingModule(weights: weights, stride: stride, fault: fault)
  }

  private func report(_ module: any Module, clipLength: Int = 12) throws -> Report {
    let subject = Subject(module, frame: [2, 3, 2], clipLength: clipLength)
    return try Verifier(subject).run()
  }

  @Test("one that is right passes, and its rate is measured", arguments: [(2, 2), (2, 5), (3, 4)])
  func passes(_ stride: Int, _ span: Int) throws {
    let report = try report(
      Sequential(
        WindowModule(weights: [1, 0.5, 2], padding: 1), up(stride, span: span),
        WindowModule(weights: [1, -1])))
    #expect(report.findings.map(\.message).isEmpty)
    #expect(report.verdict == .ok)
    #expect(report.time.declared.rate == Rate(up: stride, down: 1))
    #expect(report.time.measuredRate == Rate(up: stride, down: 1))
    #expect(report.time.measuredWarmUp == report.time.declared.warmUp)
  }

  @Test("a memory is measured over a whole period, where only some frames begin anew")
  func period() throws {
    // Down by 2 and up by 4: two outputs a frame, and every second frame begins anew.
    let last = try TransposedConvolution(
      weight: Tensor([3, 3, 1, 1], (0..<9).map { Float($0) - 3.5 }), bias: nil, stride: [2, 1],
      padding: [0, 0], outputPadding: [0, 0], dilation: [1, 1], groups: 1)
    let network = Sequential(
      WindowModule(weights: [1, 0.5, 2, -1], stride: 2, padding: 3), up(2), last,
      WindowModule(weights: [1, -1, 0.5, 2, 1]))
    let plan = try Plan(network, frame: [2, 3, 2], clipLength: 16)
    #expect(plan.timing.rate == Rate(up: 2, down: 1))
    #expect(plan.period == 2)
    let report = try report(network, clipLength: 16)
    #expect(report.findings.map(\.message).isEmpty)
    #expect(report.verdict == .ok)
    let around = Sequential(up(2), WindowModule(weights: [1, 2], stride: 2))
    #expect(try Plan(around, frame: [2, 3, 2], clipLength: 16).period == 1)
  }

  @Test(
    "down and up again, in any order, passes and is measured",
    arguments: [(2, 3, 3, 2), (3, 2, 2, 3), (2, 2, 1, 1), (4, 2, 1, 2)])
  func mixed(_ down: Int, _ up: Int, _ rateUp: Int, _ rateDown: Int) throws {
    let window = WindowModule(weights: [1, 0.5, 2, 1], stride: down, padding: 1)
    for network in [
      Sequential(window, self.up(up, span: up + 1)),
      Sequential(self.up(up, span: up + 1), window),
    ] {
      let report = try report(network, clipLength: 13)
      #expect(report.findings.map(\.message).isEmpty)
      #expect(report.verdict == .ok)
      #expect(report.time.measuredRate == Rate(up: rateUp, down: rateDown))
      let measured = try #require(report.time.measuredReceptiveField)
      #expect(measured <= report.time.declared.receptiveField)
    }
  }

  @Test(
    "the receptive field of an up-sampling is measured exactly",
    arguments: [(2, 2, 1), (2, 4, 2), (2, 5, 3), (3, 4, 2), (3, 7, 3)])
  func receptiveField(_ stride: Int, _ span: Int, _ field: Int) throws {
    let weights = [Float](repeating: 0.5, count: span)
    let report = try report(UpsamplingModule(weights: weights, stride: stride))
    #expect(report.verdict == .ok)
    #expect(report.time.measuredReceptiveField == field)
    #expect(report.time.declared.receptiveField == field)
  }

  @Test("branches that go down and up are aligned with a skip")
  func skip() throws {
    let branch = Sequential(
      WindowModule(weights: [1, 2], stride: 2), up(2),
      WindowModule(weights: [1, 0.5, 2], padding: 1))
    let network = try BroadcastReduce(
      [NamedModule("0", branch), NamedModule("1", WindowModule(weights: [1]))], reduce: .sum)
    let report = try report(network, clipLength: 12)
    #expect(report.findings.filter { $0.verdict == .fail }.map(\.message).isEmpty)
  }

  @Test("each fault is found, by the right check", arguments: expected)
  func faultIsFound(_ expected: ExpectedFinding<UpsamplingModule.Fault>) throws {
    let network = Sequential(
      WindowModule(weights: [1, 0.5, 2], padding: 1), up(2, span: 5, expected.fault),
      WindowModule(weights: [1]))
    expected.check(try report(network))
  }

  @Test("no fault is missing from the list of what must be found")
  func allFaultsAreExpected() {
    #expect(Set(RateTests.expected.map(\.fault)) == Set(UpsamplingModule.Fault.allCases))
  }

  @Test("reports say the rate as a ratio where several outputs come of so many frames")
  func reports() throws {
    let report = try report(
      Sequential(WindowModule(weights: [1, 2], stride: 2), up(3)), clipLength: 12)
    #expect(JSONFormat().lines(report).contains(#""rate":{"up":3,"down":2},"padding""#))
    #expect(!JSONFormat().lines(report).contains("\"stride\""))
    #expect(HumanFormat().render(report).contains("rate 3/2"))
    #expect(MarkdownFormat().render(report).contains("rate 3/2"))
  }

  @Test(
    "the rate of a stream is the shortest period of its outputs",
    arguments: [
      ([0, 1, 2, 3], Rate(up: 1, down: 1)), ([4, 7, 10], Rate(up: 1, down: 3)),
      ([0, 0, 1, 1, 2, 2], Rate(up: 2, down: 1)), ([0, 1, 1, 2, 2, 3], Rate(up: 2, down: 1)),
      ([1, 3, 3, 5, 7, 7], Rate(up: 3, down: 4)), ([1, 3], Rate(up: 1, down: 2)),
      ([1], nil), ([], nil), ([0, 0, 0], nil), ([0, 1, 3], nil),
    ] as [([Int], Rate?)])
  func rate(_ steps: [Int], _ rate: Rate?) {
    #expect(Rate(ofOutputsIn: steps) == rate)
  }

  @Test("a schedule that is late, or irregular, is found by the steps alone")
  func schedule() throws {
    let plan = try Plan(up(2), frame: [1, 1], clipLength: 8)
    let check = TimeCheck(network: try NetworkUnderTest(plan, clipLength: 8), modes: nil)
    func found(_ steps: [Int]) -> [Problem] {
      var evidence = Evidence()
      check.plan(&evidence)
      check.judge(schedule: steps, of: 4, &evidence)
      return evidence.findings.map(\.problem)
    }
    #expect(found([0, 0, 1, 1, 2, 2]).isEmpty)
    #expect(
      found([1, 1, 2, 2, 3, 3]) == [.firstOutput(found: 1, steps: 4, declared: 0)])
    #expect(
      found([0, 0, 1, 2, 2, 3])
        == [.schedule(found: [0, 0, 1, 2, 2, 3], rate: Rate(up: 2, down: 1), error: 1)])
    #expect(found([]).contains(.firstOutput(found: nil, steps: 4, declared: 0)))
  }
}
