import Continual
import Tensors
import TestSupport
import Testing

/// A pool of whole clips, and what PyTorch makes of a sawtooth clip with it.
struct AdaptiveRow: Sendable, CustomTestStringConvertible {
  let clip: Shape
  let module: AdaptivePooling
  let output: Shape
  let first: [Double]
  let sum: Double

  init(
    _ clip: Shape, _ kind: Pooling.Kind, _ outputSize: [Int?], output: Shape, first: [Double],
    sum: Double
  ) throws {
    self.clip = clip
    self.output = output
    self.first = first
    self.sum = sum
    module = try AdaptivePooling(kind: kind, outputSize: outputSize)
  }

  var testDescription: String { "\(module.typeName)(\(module.summary)) of \(clip)" }

  // Made with PyTorch 2.13.0 in double precision.
  static let all = Result {
    try [
      AdaptiveRow(
        [2, 3, 7], .mean, [1],
        output: [2, 3, 1], first: [-0.232142857, 0.107142857, 0.0357142857, -0.0357142857],
        sum: 0.321428571429),
      AdaptiveRow(
        [2, 3, 7], .maximum, [1],
        output: [2, 3, 1], first: [1.0, 1.25, 1.375, 1.0], sum: -3.25),
      AdaptiveRow(
        [2, 3, 5, 7], .mean, [1, 3],
        output: [2, 3, 1, 3], first: [-0.233333333, 0.00833333333, 0.0583333333, 0.0666666667],
        sum: 2.63333333333),
      AdaptiveRow(
        [2, 3, 5, 7], .maximum, [1, nil],
        output: [2, 3, 1, 7], first: [0.875, 1.125, 0.75, 1.125], sum: 0.875),
      AdaptiveRow(
        [1, 3, 5, 4], .mean, [nil, 9],
        output: [1, 3, 5, 9], first: [-1.375, -1.375, -0.5, 0.375], sum: -19.6875),
      AdaptiveRow(
        [2, 3, 5, 7, 6], .mean, [1, 1, 1],
        output: [2, 3, 1, 1, 1],
        first: [-0.00833333333, -0.00178571429, 0.00476190476, -0.00238095238], sum: 0.0297619047619
      ),
      AdaptiveRow(
        [2, 2, 4, 7, 5], .maximum, [1, 3, 2],
        output: [2, 2, 1, 3, 2], first: [1.375, 1.25, 1.375, 1.375], sum: -6.125),
      AdaptiveRow(
        [1, 2, 4, 5, 7], .mean, [nil, 2, 4],
        output: [1, 2, 4, 2, 4], first: [-0.229166667, 0.0, -0.0138888889, -0.104166667],
        sum: -4.25694444444),
      AdaptiveRow(
        [1, 2, 7, 17, 19], .mean, [1, 1, 1],
        output: [1, 2, 1, 1, 1], first: [-0.000718708536, 0.000331711632], sum: 0.00425696594427),
      AdaptiveRow(
        [1, 2, 3, 17, 19], .mean, [1, 2, 3],
        output: [1, 2, 1, 2, 3], first: [-0.0138888889, -0.0251322751, 0.0244708995, 0.0257936508],
        sum: 0.127645502646),
    ]
  }
}

extension Pooling.Kind {
  fileprivate static let mean = Pooling.Kind.average(countIncludePad: true, divisorOverride: nil)
}

@Suite("Pooling of whole clips")
struct AdaptivePoolingTests {
  @Test(
    "forward is what PyTorch computes, and steps are its frames for clips of the window",
    arguments: try AdaptiveRow.all.get())
  func matchesPyTorch(_ row: AdaptiveRow) throws {
    let run = try ModeRun(row.module, clip: .sawtooth(row.clip), clipLength: row.clip[2])
    #expect(run.differences == [])
    #expect(run.forward.shape == row.output)
    for (value, expected) in zip(run.forward.scalars, row.first) {
      #expect(abs(Double(value) - expected) <= 2e-7 * max(1, abs(expected)))
    }
    #expect(abs(weightedSum(run.forward) - row.sum) <= 1e-6 * Double(row.output.count))
  }

  @Test("steps pool the last frames of a longer stream")
  func slides() throws {
    let clip = (1...6).map(Float.init)
    let mean = try AdaptivePooling(kind: .mean, outputSize: [1], window: 4)
    #expect(try forwardText(mean, clip) == "3.5")
    #expect(try stepsText(mean, clip) == "- - - 2.5 3.5 4.5")
    #expect(mean.divergence(frame: [1, 1])?.contains("4 frames") == true)
    let plan = try Plan(mean, frame: [1, 1])
    #expect(plan.commonClipLength() == 4)
    let largest = try AdaptivePooling(
      kind: .maximum, outputSize: [1], window: 4, stride: 2, padding: 1)
    #expect(try stepsText(largest, clip) == "- - 3 - 5 -")
    var stream = try Plan(largest, frame: [1, 1]).makeStream()
    #expect(try stream.forwardSteps(Tensor([1, 1, 6], clip), padEnd: true).scalars == [3, 5, 6])
  }

  @Test(
    "the length that clips need is the shortest that fits, however frames come", arguments: 0..<60)
  func commonLengths(_ seed: Int) throws {
    var random = SeededRandom(UInt64(seed))
    let modules = try (0..<3).map { _ -> any Module in
      let size = Int.random(in: 1...5, using: &random)
      return switch Int.random(in: 0..<4, using: &random) {
      case 0: try Pooling(kind: .maximum, kernelSize: [size], stride: [random.pick([1, 2, 4])])
      case 1: try Upsample(extents: [.factor(Double(size))], mode: .nearest)
      case 2:
        Residual(
          NamedModule(
            "0", try Pooling(kind: .maximum, kernelSize: [3], stride: [1], padding: [1])))
      default: try Pooling(kind: .maximum, kernelSize: [size + 2], stride: [1])
      }
    }
    let window = Int.random(in: 1...90, using: &random)
    let pool = try AdaptivePooling(kind: .mean, outputSize: [1], window: window)
    let plan = try Plan(
      Sequential((modules + [pool]).enumerated().map { NamedModule("\($0)", $1) }),
      frame: [1, 1])
    let shortest = (1...500).first { frames in
      plan.wholeClips(ofClip: frames).allSatisfy { $0.found == $0.window }
    }
    #expect(plan.commonClipLength(upTo: 500) == shortest)
  }

  @Test("each frame is pooled by itself where the size in time is None")
  func framewise() throws {
    let module = try AdaptivePooling(kind: .mean, outputSize: [nil, 2])
    let run = try ModeRun(module, clip: .sawtooth([1, 2, 5, 3]))
    #expect(run.differences == [])
    #expect(run.stepIndices == Array(0..<5))
    #expect(module.divergence(frame: [1, 2, 3]) == nil)
  }

  @Test("a whole clip is not a stream: the window has to be known, and there is one")
  func refusesUnknownWindow() throws {
    let module = try AdaptivePooling(kind: .mean, outputSize: [1])
    let error = #expect(throws: ModuleError.self) { try Plan(module, frame: [1, 1]) }
    #expect(error?.finding == .stream(.wholePool))
    _ = try Plan(module, frame: [1, 1], clipLength: 5)
    let parts = try AdaptivePooling(kind: .mean, outputSize: [2], window: 4)
    let parted = #expect(throws: ModuleError.self) { try Plan(parts, frame: [1, 1]) }
    #expect(parted?.code == .notStreamable)
    #expect(throws: ModuleError.self) { try Plan(module, frame: [1, 1, 3], clipLength: 5) }
  }

  @Test("frames too large for memory are refused before any is made")
  func refusesHugeFrames() throws {
    let module = try AdaptivePooling(kind: .mean, outputSize: [nil, 1 << 16, 1 << 16])
    let error = #expect(throws: ModuleError.self) { try Plan(module, frame: [1, 1, 2, 2]) }
    #expect(error?.code == .shape)
  }

  @Test("arguments that cannot be are refused", arguments: [0, -1, Int.max])
  func refusesArguments(_ size: Int) {
    #expect(throws: ModuleError.self) { try AdaptivePooling(kind: .mean, outputSize: [size]) }
    #expect(throws: ModuleError.self) {
      try AdaptivePooling(kind: .mean, outputSize: [1], window: size)
    }
    #expect(throws: ModuleError.self) {
      try AdaptivePooling(kind: .mean, outputSize: [1], window: 2, stride: size)
    }
  }
}
