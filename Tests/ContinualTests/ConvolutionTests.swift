import Continual
import Tensors
import TestSupport
import Testing

/// A convolution and the frames it gets.
struct ConvolutionCase: CustomTestStringConvertible {
  var kernel: [Int]
  var stride: [Int]
  var padding: Convolution.Padding
  var dilation: [Int]
  var groups: Int
  var channels: Int
  var outputs: Int
  var hasBias: Bool
  var mode: PaddingMode
  var batch: Int
  var plane: [Int]
  var frames: Int
  var seed: UInt64

  var testDescription: String {
    "seed \(seed): kernel \(kernel), stride \(stride), padding \(padding), dilation \(dilation), "
      + "groups \(groups), \(channels) -> \(outputs), \(mode), frames \(frames) x (\(batch), \(plane))"
  }

  /// Draws a case; sizes are odd and small, and each option turns up.
  init(seed: UInt64) {
    var random = SeededRandom(seed)
    let axes = Int.random(in: 1...3, using: &random)
    groups = random.pick([1, 1, 1, 2, 3])
    let isDepthwise = random.pick([true, false, false])
    if isDepthwise {
      groups = random.pick([1, 3, 5, 17])
      channels = groups
      outputs = groups * random.pick([1, 1, 2, 3])
    } else {
      channels = groups * Int.random(in: 1...5, using: &random)
      outputs = groups * random.pick([1, 2, 3, 5, 9])
    }
    let isSame = random.pick([true, false, false, false, false])
    mode = random.pick([.zeros, .zeros, .replicate, .reflect, .circular])
    kernel = [Int.random(in: 1...5, using: &random)]
    stride = [isSame ? 1 : random.pick([1, 1, 2, 3])]
    dilation = [random.pick([1, 1, 2, 3])]
    var numbers = [Int.random(in: 0...4, using: &random)]
    plane = []
    for _ in 1..<axes {
      kernel.append(Int.random(in: 1...4, using: &random))
      stride.append(isSame ? 1 : random.pick([1, 1, 2, 3]))
      dilation.append(random.pick([1, 1, 2]))
      numbers.append(Int.random(in: 0...3, using: &random))
      plane.append(random.pick([5, 7, 8, 11, 19]))
    }
    if mode == .reflect || mode == .circular {
      numbers[0] = 0
      if isSame { kernel[0] = 1 }
    }
    padding = isSame ? .same : numbers.allSatisfy { $0 == 0 } ? .valid : .explicit(numbers)
    hasBias = random.pick([true, true, false])
    batch = random.pick([1, 1, 2, 3])
    let span = dilation[0] * (kernel[0] - 1) + 1
    frames = max(span - 2 * numbers[0], 1) + Int.random(in: 0...6, using: &random)
    self.seed = seed
  }

  /// Whether the kernel fits on the plane.
  var isValid: Bool {
    guard case .explicit(let padding) = padding else {
      return padding == .same
        || zip(plane, zip(kernel, dilation).dropFirst()).allSatisfy { $0 > $1.1 * ($1.0 - 1) }
    }
    return zip(plane.indices, plane).allSatisfy {
      $1 + 2 * padding[$0 + 1] > dilation[$0 + 1] * (kernel[$0 + 1] - 1)
    }
  }

  static let all: [ConvolutionCase] = (1...120).map { ConvolutionCase(seed: $0) }.filter(\.isValid)
}

/// What a case says, in numbers.
private struct Setting {
  let convolution: Convolution
  let naive: NaiveConvolution
  let clip: Tensor

  init(_ conv: ConvolutionCase) throws {
    var random = SeededRandom(conv.seed + 1000)
    let weight = random.tensor(Shape([conv.outputs, conv.channels / conv.groups] + conv.kernel))
    let bias = conv.hasBias ? random.tensor([conv.outputs]) : nil
    let totals = zip(conv.kernel, conv.dilation).map { ($0 - 1) * $1 }
    let before: [Int]
    let after: [Int]
    switch conv.padding {
    case .explicit(let padding): (before, after) = (padding, padding)
    case .sides(let low, let high): (before, after) = (low, high)
    case .same: (before, after) = (totals.map { $0 / 2 }, totals.map { $0 - $0 / 2 })
    case .valid: (before, after) = (totals.map { _ in 0 }, totals.map { _ in 0 })
    }
    convolution = try Convolution(
      weight: weight, bias: bias, stride: conv.stride, padding: conv.padding,
      dilation: conv.dilation, groups: conv.groups, paddingMode: conv.mode)
    naive = NaiveConvolution(
      weight: weight, bias: bias, stride: conv.stride, before: before, after: after,
      dilation: conv.dilation, groups: conv.groups, mode: conv.mode)
    clip = random.tensor(Shape([conv.batch, conv.channels, conv.frames] + conv.plane))
  }

  func plan() throws -> Plan { try Plan(convolution, frame: clip.shape.frame) }
}

@Suite("convolution")
struct ConvolutionTests {
  @Test("a clip is convolved as defined", arguments: ConvolutionCase.all)
  func forwardIsAccurate(_ conv: ConvolutionCase) throws {
    let setting = try Setting(conv)
    let result = try setting.plan().forward(setting.clip)
    let (value, magnitude) = setting.naive(setting.clip)
    try #require(result.shape == value.shape)
    let terms = setting.naive.weight.shape.count / conv.outputs
    let bound = Double(2 * terms + 2) * Double(Float.ulpOfOne)
    let misses = result.scalars.indices.filter {
      !(abs(Double(result.scalars[$0]) - value.scalars[$0]) <= bound * magnitude.scalars[$0])
    }
    let first = misses.first.map { "\(result.shape.place(ofElement: $0))" } ?? "none"
    let count = misses.count
    #expect(count == 0, "of \(result.shape); the first is \(first)")
  }

  @Test("steps are the first outputs of the clip, bit for bit", arguments: ConvolutionCase.all)
  func stepsArePrefixOfClip(_ conv: ConvolutionCase) throws {
    let setting = try Setting(conv)
    let plan = try setting.plan()
    let run = try ModeRun(plan, clip: setting.clip)
    #expect(run.differences == [])
    let due = stride(
      from: plan.timing.warmUp, to: setting.clip.shape[2], by: plan.timing.stride)
    #expect(run.stepIndices == Array(due))
  }

  @Test("a reset stream begins anew", arguments: ConvolutionCase.all.prefix(30))
  func reset(_ conv: ConvolutionCase) throws {
    let setting = try Setting(conv)
    let plan = try setting.plan()
    var stream = plan.makeStream()
    let first = try stream.forwardSteps(setting.clip)
    #expect(stream.state != plan.initialState || plan.stateByteCount == 0)
    stream.reset()
    #expect(stream.state == plan.initialState)
    #expect(try stream.forwardSteps(setting.clip).hasSameBits(as: first))
  }

  @Test("a clip one frame too short for one output is refused with the numbers")
  func tooShort() throws {
    let convolution = try Convolution(
      weight: Tensor([1, 1, 5], repeating: 1), bias: nil, stride: [1], padding: .explicit([1]),
      dilation: [2], groups: 1, paddingMode: .zeros)
    let plan = try Plan(convolution, frame: [1, 1])
    let expected = ModuleError(.clip(.kernel(frames: 6, span: 9, padding: 2)))
    #expect(throws: expected) { try plan.forward(Tensor([1, 1, 6])) }
    #expect(try plan.forward(Tensor([1, 1, 7])).shape == [1, 1, 1])
    #expect(throws: ModuleError.self) { try plan.forward(Tensor([1, 1, 0])) }
    var stream = plan.makeStream()
    #expect(try stream.forwardSteps(Tensor([1, 1, 6]), padEnd: true).shape == [1, 1, 0])
  }
}
