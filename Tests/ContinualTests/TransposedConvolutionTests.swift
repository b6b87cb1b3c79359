import Tensors
import TestSupport
import Testing

@testable import Continual

/// A transposed convolution and the frames it gets.
struct TransposedCase: CustomTestStringConvertible {
  var kernel: [Int] = []
  var stride: [Int] = []
  var before: [Int] = []
  var after: [Int] = []
  var extra: [Int] = []
  var dilation: [Int] = []
  var groups: Int
  /// The channels of a group that come in, and that go out.
  var inputs: Int
  var outputs: Int
  var hasBias: Bool
  var batch: Int
  var plane: [Int] = []
  var frames: Int
  var seed: UInt64

  var testDescription: String {
    "seed \(seed): kernel \(kernel), stride \(stride), before \(before), after \(after), "
      + "extra \(extra), dilation \(dilation), groups \(groups), \(inputs) -> \(outputs), "
      + "frames \(frames) x (\(batch), \(plane))"
  }

  /// Draws a case; sizes are odd and small, and each option turns up.
  init(seed: UInt64) {
    var random = SeededRandom(seed)
    let axes = Int.random(in: 1...3, using: &random)
    groups = random.pick([1, 1, 1, 2, 3])
    let isDepthwise = random.pick([true, false, false, false])
    inputs = isDepthwise ? 1 : Int.random(in: 1...5, using: &random)
    outputs = isDepthwise ? 1 : random.pick([1, 2, 3, 5, 9])
    for axis in 0..<axes {
      kernel.append(random.pick([1, 2, 3, 3, 4, 5, 8]))
      stride.append(random.pick([1, 1, 2, 2, 3, 4]))
      dilation.append(random.pick([1, 1, 1, 2, 3]))
      let span = dilation[axis] * (kernel[axis] - 1) + 1
      before.append(random.pick([0, 0, 1, span / 2, span]))
      after.append(random.pick([before[axis], before[axis], 0, span - 1]))
      extra.append(random.pick([0, 0, max(stride[axis], dilation[axis]) - 1]))
      if axis > 0 { plane.append(random.pick([1, 2, 5, 8, 11, 40])) }
    }
    hasBias = random.pick([true, true, false])
    batch = random.pick([1, 1, 2, 3])
    frames = random.pick([1, 2, 3, 5, 9])
    self.seed = seed
  }

  /// The length of each axis of the output, time first.
  var lengths: [Int] {
    ([frames] + plane).enumerated().map { axis, length in
      (length - 1) * stride[axis] + dilation[axis] * (kernel[axis] - 1) + 1 + extra[axis]
        - before[axis] - after[axis]
    }
  }

  /// The number of products of a clip.
  var products: Int {
    let places = batch * frames * plane.reduce(1, *)
    return places * inputs * groups * outputs * kernel.reduce(1, *)
  }

  static let all: [TransposedCase] = (1...600).map { TransposedCase(seed: $0) }.filter {
    $0.products <= 40_000 && $0.lengths.allSatisfy { $0 > 0 }
  }
}

/// What a case says, in numbers.
private struct Setting {
  let module: TransposedConvolution
  let naive: NaiveTransposedConvolution
  let clip: Tensor

  init(_ row: TransposedCase) throws {
    var random = SeededRandom(row.seed + 1000)
    let weight = random.tensor(Shape([row.inputs * row.groups, row.outputs] + row.kernel))
    let bias = row.hasBias ? random.tensor([row.outputs * row.groups]) : nil
    module = try TransposedConvolution(
      weight: Weight(weight), bias: bias, stride: row.stride, before: row.before,
      after: row.after, outputPadding: row.extra, dilation: row.dilation, groups: row.groups)
    naive = NaiveTransposedConvolution(
      weight: weight, bias: bias, stride: row.stride, before: row.before, after: row.after,
      extra: row.extra, dilation: row.dilation, groups: row.groups)
    clip = random.tensor(Shape([row.batch, row.inputs * row.groups, row.frames] + row.plane))
  }
}

extension TransposedCase {
  /// The outputs that are due after so many frames, from the definition: those to which no later
  /// frame adds anything and that a clip of so many frames has.
  func due(after count: Int) -> Int {
    let span = dilation[0] * (kernel[0] - 1) + 1
    let length = (count - 1) * stride[0] + span + extra[0] - before[0] - after[0]
    return count == 0 ? 0 : max(0, min(count * stride[0] - before[0], length))
  }
}

@Suite("transposed convolution")
struct TransposedConvolutionTests {
  @Test("a clip is spread as defined", arguments: TransposedCase.all)
  func forwardIsAccurate(_ row: TransposedCase) throws {
    let setting = try Setting(row)
    let plan = try Plan(setting.module, frame: setting.clip.shape.frame)
    let result = try plan.forward(setting.clip)
    let (value, magnitude) = setting.naive(setting.clip)
    try #require(result.shape == value.shape)
    let terms = setting.naive.weight.shape.count / row.outputs
    let bound = Double(2 * terms + 2) * Double(Float.ulpOfOne)
    let misses = result.scalars.indices.filter {
      !(abs(Double(result.scalars[$0]) - value.scalars[$0]) <= bound * magnitude.scalars[$0])
    }
    let first = misses.first.map { "\(result.shape.place(ofElement: $0))" } ?? "none"
    #expect(misses.isEmpty, "\(misses.count) of \(result.shape); the first is \(first)")
    #expect(setting.module.weight == setting.naive.weight, "the weights are packed and unpacked")
  }

  @Test(
    "chunks of any length are the outputs of the clip, bit for bit, each as soon as it is due",
    arguments: TransposedCase.all)
  func chunks(_ row: TransposedCase) throws {
    let setting = try Setting(row)
    let plan = try Plan(setting.module, frame: setting.clip.shape.frame)
    let forward = try plan.forward(setting.clip)
    var random = SeededRandom(row.seed)
    for longest in [1, 2, row.frames] {
      var stream = plan.makeStream()
      var (seen, yielded) = (0, 0)
      while seen < row.frames {
        let count = longest == 1 ? 1 : Int.random(in: 0...longest, using: &random)
        let end = min(seen + count, row.frames)
        let ends = end == row.frames
        let before = stream
        let output = try stream.forwardSteps(setting.clip.frames(seen..<end))
        let due = row.due(after: end)
        try #require(output.shape[2] == due - yielded, "frames \(seen)..<\(end)")
        #expect(output.hasSameBits(as: forward.frames(yielded..<due)))
        if ends {
          var last = before
          let rest = try last.forwardSteps(setting.clip.frames(seen..<end), padEnd: true)
          #expect(rest.hasSameBits(as: forward.frames(yielded..<forward.shape[2])))
          #expect(last.state == stream.state, "what the end yields is not kept")
        }
        (seen, yielded) = (end, due)
      }
      stream.reset()
      #expect(stream.state == plan.initialState)
    }
    #expect((0...row.frames + 3).allSatisfy { plan.outputCount(ofSteps: $0) == row.due(after: $0) })
  }

  @Test("a step yields as many frames as the stride, laid out as a clip")
  func severalOutputs() throws {
    // Each output is made of one input: w = 1 10 100, stride 3.
    let module = try TransposedConvolution(
      weight: Tensor([1, 1, 3], [1, 10, 100]), bias: Tensor([1], [0.5]), stride: [3],
      padding: [0], outputPadding: [0], dilation: [1], groups: 1)
    var stream = try Plan(module, frame: [1, 1]).makeStream()
    let first = try #require(try stream.forwardStep(Tensor([1, 1], [2])))
    #expect(first == Tensor([1, 1, 3], [2.5, 20.5, 200.5]))
    #expect(stream.plan.nodes[0].state == StateLayout(counters: 1), "no frame is remembered")
  }

  @Test("what is cropped at the end alone makes a layer without delay")
  func causal() throws {
    let module = try TransposedConvolution(
      weight: Weight(Tensor([1, 1, 4], [1, 10, 100, 1000])), bias: nil, stride: [2],
      before: [0], after: [2], outputPadding: [0], dilation: [1], groups: 1)
    let plan = try Plan(module, frame: [1, 1])
    #expect((0...3).map { plan.outputCount(ofSteps: $0) } == [0, 2, 4, 6])
    let clip = try plan.forward(Tensor([1, 1, 3], [1, 2, 3]))
    #expect(clip == Tensor([1, 1, 6], [1, 10, 102, 1020, 203, 2030]))
  }

  @Test("a clip of which nothing is left is refused with the numbers")
  func tooShort() throws {
    let module = try TransposedConvolution(
      weight: Tensor([1, 1, 3], [1, 1, 1]), bias: nil, stride: [2], padding: [3],
      outputPadding: [0], dilation: [1], groups: 1)
    let plan = try Plan(module, frame: [1, 1])
    let expected = ModuleError(.clip(.cropped(frames: 2, before: 3, after: 3)))
    #expect(throws: expected) { try plan.forward(Tensor([1, 1, 2])) }
    #expect(try plan.forward(Tensor([1, 1, 3])).shape == [1, 1, 1])
    var stream = plan.makeStream()
    #expect(try stream.forwardSteps(Tensor([1, 1, 2]), padEnd: true).shape == [1, 1, 0])
  }

  @Test("all misfits of the arguments are named at once")
  func arguments() throws {
    let error = try #require(throws: ModuleError.self) {
      try TransposedConvolution(
        weight: Tensor([4, 3, 2]), bias: Tensor([5]), stride: [0], padding: [1, 1],
        outputPadding: [-1], dilation: [1], groups: 3)
    }
    #expect(
      error.reason == """
        groups is 3, which does not divide 4 input channels; \
        bias has shape (5), and the weight (4, 3, 2) with groups=3 makes 3 x 3 channels; \
        stride is 0; it must be at least 1; \
        padding is (1, 1), expected 1 numbers for the weight (4, 3, 2); \
        output_padding is -1; it must be at least 0
        """)
    let larger = try #require(throws: ModuleError.self) {
      try TransposedConvolution(
        weight: Tensor([1, 1, 2]), bias: nil, stride: [2], padding: [0], outputPadding: [2],
        dilation: [1], groups: 1)
    }
    #expect(
      larger.reason
        == "output_padding is 2; on axis 0 it must be smaller than the stride 2 or the dilation 1")
  }

  @Test("frames that do not fit, and steps that make too much, are refused")
  func frames() throws {
    let module = try TransposedConvolution(
      weight: Tensor([2, 1, 1, 2]), bias: nil, stride: [1, 1], padding: [0, 3],
      outputPadding: [0, 0], dilation: [1, 1], groups: 1)
    #expect(throws: ModuleError.self) { try Plan(module, frame: [1, 3, 9]) }
    #expect(throws: ModuleError.self) { try Plan(module, frame: [1, 2]) }
    let none = try #require(throws: ModuleError.self) { try Plan(module, frame: [1, 2, 5]) }
    #expect(
      none.finding == .frame(.cropped(frame: [1, 2, 5], axis: 2, before: 3, after: 3)))
    let huge = try TransposedConvolution(
      weight: Tensor([1, 1, 1]), bias: nil, stride: [Int(Int32.max)], padding: [0],
      outputPadding: [0], dilation: [1], groups: 1)
    #expect(throws: ModuleError.self) { try Plan(huge, frame: [1, 1]) }
  }
}
