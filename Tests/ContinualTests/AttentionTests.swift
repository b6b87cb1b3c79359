import Continual
import Tensors
import TestSupport
import Testing

/// A module that attends over a window, and its sizes.
struct AttentionCase: CustomTestStringConvertible, Sendable {
  enum Kind: String, CaseIterable {
    case single
    case retroactive
    case singleLayer
    case retroactiveLayer
    case encoder
  }

  var kind: Kind
  var size: Int
  var heads: Int
  var length: Int
  var batch = 1
  var query = -1
  var hidden = 9
  var layers = 1
  var isGELU = false
  var normFirst = false
  var hasBias = true

  var testDescription: String {
    "\(kind), E \(size), H \(heads), L \(length), B \(batch), query \(query), \(layers) layers"
      + (isGELU ? ", gelu" : "") + (normFirst ? ", norm first" : "") + (hasBias ? "" : ", no bias")
  }

  static let all: [AttentionCase] = [
    .init(kind: .single, size: 1, heads: 1, length: 1),
    .init(kind: .single, size: 6, heads: 3, length: 5, batch: 2),
    .init(kind: .single, size: 22, heads: 2, length: 9, batch: 3, query: -4, hasBias: false),
    .init(kind: .single, size: 8, heads: 4, length: 7, query: 2),
    .init(kind: .single, size: 12, heads: 1, length: 17, query: 0),
    .init(kind: .retroactive, size: 1, heads: 1, length: 1),
    .init(kind: .retroactive, size: 6, heads: 2, length: 5, batch: 3),
    .init(kind: .retroactive, size: 26, heads: 2, length: 11, hasBias: false),
    .init(kind: .singleLayer, size: 6, heads: 3, length: 4, batch: 2),
    .init(kind: .singleLayer, size: 10, heads: 5, length: 6, query: 1, isGELU: true),
    .init(kind: .singleLayer, size: 9, heads: 3, length: 5, query: -2, normFirst: true),
    .init(kind: .retroactiveLayer, size: 8, heads: 2, length: 7, batch: 2, isGELU: true),
    .init(kind: .retroactiveLayer, size: 7, heads: 7, length: 3, normFirst: true, hasBias: false),
    .init(kind: .encoder, size: 8, heads: 2, length: 5, batch: 2, layers: 1),
    .init(kind: .encoder, size: 6, heads: 3, length: 6, layers: 2, isGELU: true),
    .init(kind: .encoder, size: 10, heads: 2, length: 4, batch: 3, layers: 3, normFirst: true),
    .init(
      kind: .encoder, size: 4, heads: 1, length: 1, layers: 4, isGELU: true, normFirst: true),
  ]

  func weights(_ random: inout SeededRandom) throws -> AttentionWeights {
    try AttentionWeights(
      inWeight: random.tensor([3 * size, size]), inBias: hasBias ? random.tensor([3 * size]) : nil,
      outWeight: random.tensor([size, size]), outBias: hasBias ? random.tensor([size]) : nil,
      heads: heads)
  }

  func layer(_ random: inout SeededRandom) throws -> TransformerLayerWeights {
    try TransformerLayerWeights(
      attention: weights(&random),
      linear1: .init(
        weight: random.tensor([hidden, size]), bias: hasBias ? random.tensor([hidden]) : nil),
      linear2: .init(
        weight: random.tensor([size, hidden]), bias: hasBias ? random.tensor([size]) : nil),
      norm1: .init(weight: random.tensor([size]), bias: hasBias ? random.tensor([size]) : nil),
      norm2: .init(weight: random.tensor([size]), bias: random.tensor([size]), eps: 1e-3),
      activation: isGELU ? .gelu : .relu, normFirst: normFirst)
  }

  func module() throws -> any Module {
    var random = SeededRandom(UInt64(size * 100 + length))
    switch kind {
    case .single:
      return try SingleOutputMultiheadAttention(
        weights: weights(&random), sequenceLength: length, queryIndex: query)
    case .retroactive:
      return try RetroactiveMultiheadAttention(weights: weights(&random), sequenceLength: length)
    case .singleLayer:
      return try SingleOutputTransformerEncoderLayer(
        weights: layer(&random), sequenceLength: length, queryIndex: query,
        singleOutputForward: true)
    case .retroactiveLayer:
      return try RetroactiveTransformerEncoderLayer(
        weights: layer(&random), sequenceLength: length)
    case .encoder:
      var stack: [TransformerLayerWeights] = []
      for _ in 0..<layers { stack.append(try layer(&random)) }
      return try TransformerEncoder(
        layers: stack, norm: layers > 1 ? .init(weight: random.tensor([size]), bias: nil) : nil,
        sequenceLength: length)
    }
  }

  func clip(frames: Int, scale: Float = 1) -> Tensor {
    var random = SeededRandom(UInt64(frames))
    let clip = random.tensor([batch, size, frames])
    return Tensor(clip.shape, clip.scalars.map { $0 * scale })
  }
}

@Suite("attention over a window")
struct AttentionTests {
  @Test(
    "each step yields, bit for bit, what forward makes of the last frames",
    arguments: AttentionCase.all)
  func stepsAreWindows(_ attention: AttentionCase) throws {
    let plan = try Plan(attention.module(), frame: [attention.batch, attention.size])
    let length = attention.length
    let clip = attention.clip(frames: 4 * length + 3)
    var stream = plan.makeStream()
    for time in 0..<clip.shape[2] {
      let output = try stream.forwardStep(clip.frame(time))
      guard time >= length - 1 else {
        #expect(output == nil)
        continue
      }
      let window = try plan.forward(clip.frames(time - length + 1..<time + 1))
      #expect(window.shape[2] == 1)
      #expect(output?.hasSameBits(as: window.frame(0)) == true, "step \(time)")
    }
  }

  @Test("chunks of any length have the bits of steps", arguments: AttentionCase.all)
  func chunks(_ attention: AttentionCase) throws {
    let plan = try Plan(attention.module(), frame: [attention.batch, attention.size])
    let clip = attention.clip(frames: 61)
    var stream = plan.makeStream()
    let steps = try (0..<61).map { try stream.forwardStep(clip.frame($0)) }
    for lengths in [[61], [1, 2, 16, 5, 17, 20], [33, 28]] {
      stream.reset()
      var first = 0
      for count in lengths {
        let made = try stream.forwardSteps(clip.frames(first..<first + count))
        let expected = steps[first..<first + count].compactMap { $0 }
        #expect(made.shape[2] == expected.count)
        for (index, step) in expected.enumerated() {
          #expect(made.frame(index).hasSameBits(as: step), "\(lengths), \(first) + \(index)")
        }
        first += count
      }
    }
  }

  @Test("a long clip of all frames has at each the bits of that frame alone")
  func longClips() throws {
    var random = SeededRandom(3)
    let layer = try AttentionCase.all[9].layer(&random)
    let clip = random.tensor([2, 10, 201])
    let all = try Plan(
      SingleOutputTransformerEncoderLayer(weights: layer, sequenceLength: 5), frame: [2, 10]
    ).forward(clip)
    #expect(all.shape == [2, 10, 201])
    for frame in [0, 95, 96, 191, 192, 200] {
      let one = try SingleOutputTransformerEncoderLayer(
        weights: layer, sequenceLength: 201, queryIndex: frame, singleOutputForward: true)
      let alone = try Plan(one, frame: [2, 10]).forward(clip)
      #expect(alone.hasSameBits(as: all.frames(frame..<frame + 1)), "\(frame)")
    }
  }

  @Test("inputs 40 times as large give finite outputs", arguments: AttentionCase.all)
  func largeInputsAreFinite(_ attention: AttentionCase) throws {
    let plan = try Plan(attention.module(), frame: [attention.batch, attention.size])
    for scale: Float in [10, 40, 1e6] {
      var stream = plan.makeStream()
      let clip = attention.clip(frames: 2 * attention.length + 1, scale: scale)
      let output = try stream.forwardSteps(clip)
      #expect(!output.scalars.contains { !$0.isFinite })
    }
  }

  @Test("no error is left of frames that have gone, after thousands of steps")
  func longStreams() throws {
    let attention = AttentionCase(kind: .retroactive, size: 6, heads: 2, length: 5, batch: 2)
    let plan = try Plan(attention.module(), frame: [2, 6])
    let clip = attention.clip(frames: 5)
    var stream = plan.makeStream()
    let noise = attention.clip(frames: 3001, scale: 100)
    for time in 0..<noise.shape[2] { _ = try stream.forwardStep(noise.frame(time)) }
    var last: Tensor?
    for time in 0..<5 { last = try stream.forwardStep(clip.frame(time)) }
    #expect(try last?.hasSameBits(as: plan.forward(clip).frame(0)) == true)
  }

  @Test("shapes: a single output has the shape of its input, all of them have one more axis")
  func shapes() throws {
    let single = try Plan(AttentionCase.all[1].module(), frame: [2, 6])
    #expect(single.output.frame == [2, 6])
    #expect(single.timing == Timing(receptiveField: 5, delay: 0, warmUp: 4))
    #expect(try single.forward(Tensor([2, 6, 9])).shape == [2, 6, 1])
    let all = try Plan(AttentionCase.all[6].module(), frame: [3, 6])
    #expect(all.output.frame == [3, 6, 5])
    #expect(try all.forward(Tensor([3, 6, 5])).shape == [3, 6, 1, 5])
    var stream = all.makeStream()
    #expect(try stream.forwardSteps(Tensor([3, 6, 9])).shape == [3, 6, 5, 5])
  }

  @Test("without single_output_forward, forward makes all frames, and the modes are told apart")
  func forwardOfAll() throws {
    var random = SeededRandom(3)
    let weights = try AttentionCase.all[1].weights(&random)
    let module = try SingleOutputMultiheadAttention(
      weights: weights, sequenceLength: 5, singleOutputForward: false)
    let one = try SingleOutputMultiheadAttention(weights: weights, sequenceLength: 5)
    let clip = AttentionCase.all[1].clip(frames: 7)
    let all = try Plan(module, frame: [2, 6]).forward(clip)
    #expect(all.shape == [2, 6, 7])
    let last = try Plan(one, frame: [2, 6]).forward(clip)
    #expect(last.hasSameBits(as: all.frames(6..<7)))
    #expect(module.divergence(frame: [2, 6])?.contains("single_output_forward=True") == true)
    #expect(one.divergence(frame: [2, 6])?.contains("clips of 5 frames") == true)
  }

  @Test("clips of another length than the window make one frame of all their positions")
  func retroactiveClips() throws {
    let plan = try Plan(AttentionCase.all[6].module(), frame: [3, 6])
    #expect(try plan.forward(Tensor([3, 6, 4])).shape == [3, 6, 1, 4])
    #expect(try plan.forward(Tensor([3, 6, 6])).shape == [3, 6, 1, 6])
    #expect(throws: ModuleError.self) { try plan.forward(Tensor([3, 6, 0])) }
    #expect(plan.commonClipLength() == 5)
  }

  @Test("frames with axes of space, and of other channels, are refused")
  func wrongFrames() throws {
    let module = try AttentionCase.all[1].module()
    #expect(throws: ModuleError.self) { try Plan(module, frame: [2, 6, 3]) }
    #expect(throws: ModuleError.self) { try Plan(module, frame: [2, 7]) }
  }

  @Test("a window that does not fit in memory is refused when the plan is made")
  func hugeWindows() throws {
    var random = SeededRandom(3)
    let weights = try AttentionCase.all[1].weights(&random)
    for length in [1 << 20, Int(Int32.max)] {
      let module = try RetroactiveMultiheadAttention(weights: weights, sequenceLength: length)
      #expect(throws: ModuleError.self) { try Plan(module, frame: [2, 6]) }
    }
  }

  @Test("arguments that cannot be are refused, all at once")
  func wrongArguments() throws {
    var random = SeededRandom(3)
    let weights = try AttentionCase.all[1].weights(&random)
    for (length, query) in [(0, -1), (5, 5), (5, -6), (-1, 0)] {
      #expect(throws: ModuleError.self) {
        try SingleOutputMultiheadAttention(
          weights: weights, sequenceLength: length, queryIndex: query)
      }
    }
    do {
      _ = try AttentionWeights(
        inWeight: Tensor([4, 4]), inBias: Tensor([3]), outWeight: Tensor([4, 4]), outBias: nil,
        heads: 3)
      Issue.record("no error")
    } catch {
      #expect(
        error.finding
          == .arguments([
            .shape("in_proj_weight", [4, 4], expected: [.exactly(12), .exactly(4)]),
            .shape("in_proj_bias", [3], expected: [.exactly(12)]), .heads(3, channels: 4),
          ]))
    }
    #expect(throws: ModuleError.self) { try TransformerEncoder(layers: [], sequenceLength: 4) }
  }
}

@Suite("positional encoding")
struct PositionalEncodingTests {
  @Test("row t modulo the rows of the table is added to frame t, in clips and steps")
  func rows() throws {
    let table = Tensor([3, 2], [1, 2, 10, 20, 100, 200])
    let plan = try Plan(RecyclingPositionalEncoding(table: table), frame: [2, 2])
    let clip = Tensor([2, 2, 5], repeating: 0.5)
    let expected = [1, 10, 100, 1, 10, 2, 20, 200, 2, 20].map { Float($0) + 0.5 }
    #expect(try plan.forward(clip).scalars == expected + expected)
    #expect(try plan.forward(clip).scalars == expected + expected)
    var stream = plan.makeStream()
    let first = try stream.forwardSteps(clip.frames(0..<2))
    let rest = try stream.forwardSteps(clip.frames(2..<5))
    #expect(first.scalars == [1.5, 10.5, 2.5, 20.5, 1.5, 10.5, 2.5, 20.5])
    #expect(rest.frame(2).scalars == [10.5, 20.5, 10.5, 20.5])
    stream.reset()
    #expect(try stream.forwardStep(clip.frame(0))?.scalars == [1.5, 2.5, 1.5, 2.5])
  }

  @Test("tables and frames that do not fit are refused")
  func misfits() throws {
    #expect(throws: ModuleError.self) { try RecyclingPositionalEncoding(table: Tensor([4])) }
    let module = try RecyclingPositionalEncoding(table: Tensor([4, 3]))
    #expect(throws: ModuleError.self) { try Plan(module, frame: [1, 2]) }
    #expect(throws: ModuleError.self) { try Plan(module, frame: [1, 3, 2]) }
  }
}
