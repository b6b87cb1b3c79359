import Continual
import Tensors
import TestSupport
import Testing

// What the test suite of the Python library, version 1.2.4, asks of its modules, where no other test
// here does: its networks, and what must become of their streams. Numbers are from torch 2.13.0.

/// A convolution over time, of one channel, whose weights are 1.
private func sum(
  _ kernel: Int, stride: Int = 1, padding: Int = 0
) throws -> any Module {
  try Convolution(
    weight: Tensor([1, 1, kernel], [Float](repeating: 1, count: kernel)), bias: nil,
    stride: [stride], padding: .explicit([padding]), dilation: [1], groups: 1, paddingMode: .zeros)
}

private func named(_ modules: any Module...) -> [NamedModule] {
  modules.enumerated().map { NamedModule(String($0), $1) }
}

private func clip(_ numbers: ClosedRange<Int>) -> Tensor {
  Tensor(Shape([1, 1, numbers.count]), numbers.map(Float.init))
}

private func frame(_ number: Float) -> Tensor { Tensor([1, 1], [number]) }

private func planned(_ module: any Module) throws -> Plan { try Plan(module, frame: [1, 1]) }

@Suite("What the Python library's own tests ask of streams")
struct UpstreamBehaviourTests {
  @Test("after end padding the next step is that of the clip that went on")
  func continuation() throws {
    let plan = try planned(Sequential(try sum(3, padding: 1), try sum(3, padding: 1)))
    var stream = plan.makeStream()
    let padded = try stream.forwardSteps(clip(1...6), padEnd: true)
    #expect(padded.hasSameBits(as: try plan.forward(clip(1...6))))
    // The output that lacks two frames of the longer clip is its last but two.
    let longer = try plan.forward(clip(1...7))
    let next = try stream.forwardStep(frame(7))
    #expect(next?.scalars == longer.frame(longer.shape[2] - 3).scalars)
  }

  @Test("a step on a copy of a stream gives the same each time, and leaves the stream alone")
  func steppingWithoutUpdating() throws {
    let plan = try planned(Residual(NamedModule("1", try sum(3, padding: 1))))
    var stream = plan.makeStream()
    _ = try stream.forwardSteps(clip(1...5))
    let before = stream.state
    var first = stream
    var second = stream
    let tried = try first.forwardStep(frame(9))
    #expect(try second.forwardStep(frame(9)) == tried)
    #expect(stream.state == before)
    #expect(try stream.forwardStep(frame(9)) == tried)
    #expect(stream.state == first.state)
  }

  @Test("an impulse is seen for as long as the receptive field of stacked layers")
  func impulse() throws {
    let plan = try planned(Sequential(try sum(3), try sum(3), try sum(2)))
    var stream = plan.makeStream()
    var seen: [Float] = []
    for time in 0..<12 {
      if let output = try stream.forwardStep(frame(time == 5 ? 1 : 0)) { seen += output.scalars }
    }
    #expect(plan.timing.receptiveField == 6)
    #expect(seen == [1, 3, 5, 5, 3, 1, 0])
  }

  @Test("unpadded layers yield the last output of the clip that slides")
  func sliding() throws {
    let plan = try planned(Sequential(try sum(3), try sum(2)))
    var stream = plan.makeStream()
    #expect(try stream.forwardSteps(clip(1...5)).hasSameBits(as: try plan.forward(clip(1...5))))
    for last in 6...9 {
      let slid = try plan.forward(clip(last - 4...last))
      #expect(try stream.forwardStep(frame(Float(last)))?.scalars == slid.scalars.suffix(1))
    }
  }

  @Test(
    "a clip has an output for each place of the window",
    arguments: [0, 1].flatMap { padding in (21...34).map { (padding, $0) } })
  func outputLength(_ padding: Int, _ frames: Int) throws {
    let strides = [1, 2, 3, 1]
    let layers = try strides.map { try sum(3, stride: $0, padding: padding) }
    let plan = try planned(Sequential(layers.enumerated().map { NamedModule("\($0)", $1) }))
    let timing = plan.timing
    #expect((timing.receptiveField, timing.stride) == (21, 6))
    let places = frames - (timing.receptiveField - 1) + 2 * timing.padding
    #expect(try plan.forward(clip(1...frames)).shape[2] == (places + 5) / 6)
  }

  @Test("layers behind a pool and a stride wait for their frames")
  func waiting() throws {
    let pool = try Pooling(kind: .maximum, kernelSize: [2])
    let plan = try planned(
      Sequential(try sum(3, padding: 1), pool, try sum(3, stride: 2, padding: 1)))
    let timing = plan.timing
    #expect((timing.receptiveField, timing.delay) == (8, 4))
    #expect((timing.stride, timing.padding) == (4, 3))
    let run = try ModeRun(plan, clip: clip(1...16))
    #expect(run.stepIndices == [4, 8, 12])
    #expect(run.differences == [])
    #expect(run.chunk.scalars == run.forward.scalars.dropLast())
  }

  @Test("a residual is the same in its three spellings")
  func residualSpellings() throws {
    let conv = try sum(3, padding: 1)
    let identity = try Delay(frames: 1)
    let spellings: [any Module] = [
      Residual(NamedModule("1", conv)),
      try BroadcastReduce(named(identity, conv), reduce: .sum),
      Sequential(
        named(try BroadcastStreams(count: 2), Parallel(named(identity, conv)), Reduce(.sum))),
    ]
    for spelling in spellings {
      let plan = try planned(spelling)
      let run = try ModeRun(plan, clip: clip(1...6))
      #expect(run.forward.scalars == [4, 8, 12, 16, 20, 17])
      #expect(run.stepIndices == [1, 2, 3, 4, 5])
      #expect(run.differences == [])
    }
  }

  @Test("branches of different delay meet at the frame that they are of")
  func differentDelays() throws {
    let branches = named(try sum(5, padding: 2), try sum(3, padding: 1), try sum(1))
    let plan = try planned(try BroadcastReduce(branches, reduce: .sum))
    #expect(try plan.forward(clip(0...6)).scalars == [4, 10, 18, 27, 36, 38, 32])
    var stream = plan.makeStream()
    #expect(try stream.forwardSteps(clip(0...6)).scalars == [4, 10, 18, 27, 36])
  }

  @Test("streams are reordered, copied and grouped as the mapping says")
  func dispatching() throws {
    let added = named(
      Arithmetic(.add(.number(10))), Arithmetic(.add(.number(11))), Arithmetic(.add(.number(12))))
    let grouped: ParallelDispatch.Mapping = .group([.stream(0), .stream(2)])
    func dispatched(_ mapping: [ParallelDispatch.Mapping]) throws -> Plan {
      try planned(
        Sequential(
          named(
            try BroadcastStreams(count: 3), Parallel(added), ParallelDispatch(mapping),
            Parallel(named(Identity(), Identity(), Reduce(.sum), Identity())),
            Reduce(.concatenation))))
    }
    let plan = try dispatched([.stream(2), .stream(0), grouped, .stream(2)])
    #expect(try plan.forward(clip(0...0)).scalars == [12, 10, 22, 12])
    #expect(throws: ModuleError.self) {
      try dispatched([.stream(3), .stream(0), grouped, .stream(2)])
    }
  }

  @Test("a padded average over chunks is that over the clip")
  func brokenUp() throws {
    let pool = try Pooling(
      kind: .average(countIncludePad: true, divisorOverride: nil), kernelSize: [3], stride: [1],
      padding: [1])
    let plan = try planned(pool)
    let forward = try plan.forward(clip(1...5))
    var stream = plan.makeStream()
    let found = try [1...3, 4...4, 5...5].flatMap { range in
      try stream.forwardSteps(clip(range), padEnd: range.upperBound == 5).scalars
    }
    #expect(found == forward.scalars)
    #expect(forward.scalars == [1, 2, 3, 4, 3])
  }

  @Test("recurrent layers and a convolution make a network, in all modes and from the start")
  func recurrentMix() throws {
    let plan = try Plan(try recurrentNetwork(), frame: [2, 2])
    let clip = Tensor.sawtooth([2, 2, 6])
    let run = try ModeRun(plan, clip: clip)
    let forward = run.forward
    let expected: [Float] = [
      -0.234557761, -0.166656801, -0.207509057, -0.23150832, -0.039339159, -0.140857213,
      -0.137593669, -0.170017244, -0.038842266, -0.231489452, -0.196334885, -0.197091898,
      -0.128215526, -0.115106519, -0.175445094, -0.167626519,
    ]
    #expect(forward.shape == [2, 2, 4])
    #expect(zip(forward.scalars, expected).allSatisfy { abs($0 - $1) < 3e-7 })
    #expect(run.steps.count == forward.shape[2])
    #expect(run.differences == [])
    var stream = plan.makeStream()
    _ = try stream.forwardSteps(clip)
    stream.reset()
    #expect(try stream.forwardSteps(clip).hasSameBits(as: forward))
  }
}

/// `Sequential(RNN(2, 3), Conv1d(3, 2, 3), LSTM(2, 2))`, whose weights are half a sawtooth each.
private func recurrentNetwork() throws -> any Module {
  func weights(_ shape: Shape) -> Tensor {
    Tensor(shape, Tensor.sawtooth(shape).scalars.map { $0 / 2 })
  }
  func layer(_ rows: Int, input: Int, hidden: Int) -> RecurrentLayerWeights {
    RecurrentLayerWeights(
      inputWeights: weights([rows, input]), hiddenWeights: weights([rows, hidden]),
      inputBias: weights([rows]), hiddenBias: weights([rows]))
  }
  return Sequential(
    try RNN(layers: [layer(3, input: 2, hidden: 3)], nonlinearity: .tanh),
    try Convolution(
      weight: weights([2, 3, 3]), bias: weights([2]), stride: [1], padding: .explicit([0]),
      dilation: [1], groups: 1, paddingMode: .zeros),
    try LSTM(layers: [layer(8, input: 2, hidden: 2)]))
}
