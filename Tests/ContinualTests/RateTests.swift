import Tensors
import TestSupport
import Testing

@testable import Continual

/// A random network of parts that raise and lower the rate, with skips around some of them.
private struct RandomRates: Sendable, CustomTestStringConvertible {
  let seed: UInt64

  var testDescription: String { "seed \(seed)" }

  static let all = (1...60).map { RandomRates(seed: $0) }

  func network(channels: Int) throws -> Sequential {
    var random = SeededRandom(seed)
    return Sequential(
      try (0..<Int.random(in: 1...4, using: &random)).map { index in
        NamedModule(String(index), try RandomRates.part(channels, depth: 2, &random))
      })
  }

  private static func part(
    _ channels: Int, depth: Int, _ random: inout SeededRandom
  ) throws -> any Module {
    switch Int.random(in: depth > 0 ? 0...6 : 0...3, using: &random) {
    case 0: return try lowering(channels, by: Int.random(in: 1...3, using: &random), &random)
    case 1: return raising(by: Int.random(in: 1...3, using: &random), &random)
    case 2: return try Delay(frames: Int.random(in: 1...3, using: &random))
    case 3: return try Activation(.relu)
    case 4:
      let factor = Int.random(in: 2...3, using: &random)
      let more = try Convolution(
        weight: random.tensor([channels * factor, channels, 1]), bias: nil, stride: [1],
        padding: .explicit([0]), dilation: [1], groups: 1, paddingMode: .zeros)
      return Sequential([
        NamedModule("a", more), NamedModule("b", ShufflingModule(factor: factor)),
      ])
    default:
      let rate = Int.random(in: 1...3, using: &random)
      let inner = try part(channels, depth: 0, &random)
      let isOne = try Plan(inner, frame: [1, channels]).timing.rate == .one
      let middle: [any Module] = isOne ? [inner] : []
      let body: [any Module] =
        [try lowering(channels, by: rate, &random)] + middle + [raising(by: rate, &random)]
      return Residual(
        NamedModule(
          "1", Sequential(body.enumerated().map { NamedModule(String($0), $1) })))
    }
  }

  private static func lowering(
    _ channels: Int, by stride: Int, _ random: inout SeededRandom
  ) throws -> any Module {
    let kernel = Int.random(in: 1...4, using: &random)
    return try Convolution(
      weight: random.tensor([channels, channels, kernel]), bias: random.tensor([channels]),
      stride: [stride], padding: .explicit([Int.random(in: 0...kernel + 1, using: &random)]),
      dilation: [Int.random(in: 1...2, using: &random)], groups: 1, paddingMode: .zeros)
  }

  private static func raising(by stride: Int, _ random: inout SeededRandom) -> any Module {
    let span = Int.random(in: 1...5, using: &random)
    return RaisingModule(
      weights: random.floats(span), stride: stride,
      padding: Int.random(in: 0...(span - 1) / 2, using: &random),
      outputPadding: Int.random(in: 0..<stride, using: &random))
  }
}

@Suite("streams of any rate")
struct RateTests {
  @Test(
    "chunks of any length have the bits of steps, and steps begin the clip",
    arguments: RandomRates.all)
  private func chunks(_ rates: RandomRates) throws {
    var random = SeededRandom(rates.seed &+ 1000)
    let frame: Shape = rates.seed.isMultiple(of: 2) ? [2, 2] : [1, 2, 3]
    // Convolutions here are in one dimension; planes come with those alone that have none.
    let plan = try Plan(try rates.network(channels: 2), frame: frame.rank == 2 ? frame : [1, 2])
    let length = Int.random(in: 1...23, using: &random)
    let clip = random.tensor(plan.inputFrame.clip(frames: length))
    var stream = plan.makeStream()
    var steps: [[Float]] = []
    for time in 0..<length {
      let made = try stream.forwardSteps(clip.frames(time..<time + 1))
      steps += (0..<made.shape[2]).map { made.frame($0).scalars }
      #expect(steps.count == plan.outputCount(ofSteps: time + 1))
    }
    let whole = Tensor(frames: steps, of: plan.output.frame)
    for _ in 0..<4 {
      var other = plan.makeStream()
      var chunks: [[Float]] = []
      var start = 0
      while start < length {
        let end = Int.random(in: start...length, using: &random)
        let made = try other.forwardSteps(clip.frames(start..<end))
        chunks += (0..<made.shape[2]).map { made.frame($0).scalars }
        start = end
      }
      #expect(Tensor(frames: chunks, of: plan.output.frame).hasSameBits(as: whole))
      // What has left a queue may still be in its memory, so states are compared by what follows.
      var again = stream
      let next = random.tensor(plan.inputFrame.clip(frames: 5))
      #expect(try other.forwardSteps(next).hasSameBits(as: again.forwardSteps(next)))
    }
    guard let forward = try? plan.forward(clip) else { return }
    var ending = plan.makeStream()
    #expect(try ending.forwardSteps(clip, padEnd: true).hasSameBits(as: forward))
    #expect(whole.shape[2] <= forward.shape[2])
    #expect(forward.frames(0..<min(whole.shape[2], forward.shape[2])).hasSameBits(as: whole))
  }

  @Test("queues are as long as the largest lead, and not longer", arguments: RandomRates.all)
  private func queues(_ rates: RandomRates) throws {
    let plan = try Plan(try rates.network(channels: 2), frame: [1, 2])
    var counts = [FrameCount.identity]
    for node in plan.nodes {
      if case .join(let join) = node.operation {
        for (index, wire) in node.inputs.enumerated() {
          let lead = (0..<300).reduce(0) { most, frames in
            let slowest = node.inputs.map { counts[$0.id](frames) }.min() ?? 0
            return max(most, counts[wire.id](frames) - slowest)
          }
          #expect(join.capacity(ofInput: index) == lead)
        }
      }
      counts.append(node.timing.count)
    }
  }

  @Test("a U-Net of two levels aligns by itself")
  func network() throws {
    var random = SeededRandom(5)
    func down() throws -> any Module {
      try Convolution(
        weight: random.tensor([2, 2, 4]), bias: random.tensor([2]), stride: [2],
        padding: .explicit([1]), dilation: [1], groups: 1, paddingMode: .zeros)
    }
    func up() -> any Module { RaisingModule(weights: random.floats(4), stride: 2, padding: 1) }
    let graph = try Graph(
      [
        Graph.Node("a", reads: ["x"], try down()), Graph.Node("b", reads: ["a"], try down()),
        Graph.Node("c", reads: ["b"], up()), Graph.Node("d", reads: ["c", "a"], Reduce(.sum)),
        Graph.Node("e", reads: ["d"], up()), Graph.Node("f", reads: ["e", "x"], Reduce(.sum)),
      ], output: "f")
    let plan = try Plan(graph, frame: [1, 2])
    #expect(plan.timing.rate == .one)
    let clip = random.tensor([1, 2, 32])
    let run = try ModeRun(plan, clip: clip)
    #expect(run.differences == [])
    #expect(run.chunk.shape[2] == plan.outputCount(ofSteps: 32))
  }

  @Test("branches of different rates cannot be joined")
  func rates() throws {
    let up = RaisingModule(weights: [1, 1], stride: 2, padding: 0)
    #expect(throws: ModuleError.self) {
      try Plan(
        try BroadcastReduce([NamedModule("0", up), NamedModule("1", Sequential([]))]),
        frame: [1, 2])
    }
  }
}

@Suite("counts of frames")
struct FrameCountTests {
  private func stages(_ random: inout SeededRandom, _ count: Int) -> [CountStage] {
    (0..<count).map { _ in
      let down = Int.random(in: 1...4, using: &random)
      return CountStage(
        up: Int.random(in: 1...3, using: &random), down: down,
        offset: Int.random(in: -6..<down, using: &random))
    }
  }

  @Test(
    "a composition counts as its parts do, one after the other",
    arguments: 1...200 as ClosedRange<UInt64>)
  func composition(_ seed: UInt64) {
    var random = SeededRandom(seed)
    let stages = stages(&random, 5)
    let chain = stages.dropFirst().reduce(CountChain(stages[0])) { $0.then(CountChain($1)) }
    let other = stages.dropFirst(3).reduce(CountChain(stages[2])) { $0.then(CountChain($1)) }
    let nested = CountChain(stages[0]).then(CountChain(stages[1])).then(other)
    for frames in 0..<80 {
      let expected = stages.reduce(frames) {
        max(0, CountStage.floor($0 * $1.up + $1.offset, by: $1.down))
      }
      #expect(chain(frames) == expected)
      #expect(nested(frames) == expected)
      guard expected > 0 else { continue }
      let needed = chain.needed(for: expected)
      #expect(chain(needed) >= expected && chain(needed - 1) < expected)
      #expect(chain(frames) - chain(frames - 1) <= chain.most(of: 1))
    }
  }

  @Test(
    "the lead of one count over another is that of all times",
    arguments: 1...200 as ClosedRange<UInt64>)
  func lead(_ seed: UInt64) {
    var random = SeededRandom(seed)
    let rate = Int.random(in: 1...3, using: &random)
    let chains = (0..<2).map { _ in
      let down = CountStage(
        up: 1, down: rate, offset: Int.random(in: -5..<rate, using: &random))
      let up = CountStage(up: rate, down: 1, offset: Int.random(in: -5...0, using: &random))
      let isPaired = Bool.random(using: &random)
      return isPaired
        ? CountChain(down).then(CountChain(up)) : CountChain(up).then(CountChain(down))
    }
    let found = (0..<400).reduce(0) { max($0, chains[0]($1) - chains[1]($1)) }
    #expect(chains[0].lead(over: chains[1]) == found)
  }

  @Test("absurd numbers stop at a limit and do not overflow")
  func absurd() {
    let largest = Int(Int32.max)
    var timing = Timing.window(span: largest, stride: largest, padding: 0)
    for _ in 0..<12 { timing = timing.then(.window(span: largest, stride: largest, padding: 0)) }
    #expect(timing.outputCount(ofInputs: 1 << 39) == 0)
    #expect(timing.warmUp <= 1 << 40)
    var raised = Timing.transposedWindow(span: largest, stride: largest)
    for _ in 0..<12 { raised = raised.then(.transposedWindow(span: largest, stride: largest)) }
    #expect(raised.mostOutputsOfStep == 1 << 40)
    #expect(raised.outputCount(ofInputs: 3) == 1 << 40)
  }
}
