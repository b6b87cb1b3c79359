import Continual
import Tensors
import TestSupport
import Testing

/// A pool, and what PyTorch makes of a sawtooth clip with it.
struct PoolRow: Sendable, CustomTestStringConvertible {
  let clip: Shape
  let module: Pooling
  let output: Shape
  /// The first elements of the output.
  let first: [Double]
  /// The sum of all elements of the output, as `weightedSum(_:)` has it.
  let sum: Double

  init(
    _ clip: Shape, _ kind: Pooling.Kind, _ kernelSize: [Int], _ stride: [Int], _ padding: [Int],
    _ dilation: [Int], ceil: Bool, output: Shape, first: [Double], sum: Double
  ) throws {
    self.clip = clip
    self.output = output
    self.first = first
    self.sum = sum
    module = try Pooling(
      kind: kind, kernelSize: kernelSize, stride: stride, padding: padding, dilation: dilation,
      ceilMode: ceil)
  }

  var testDescription: String { "\(module.typeName)(\(module.summary)) of \(clip)" }

  // Made with PyTorch 2.13.0 in double precision.
  static let all = Result {
    try [
      PoolRow(
        [2, 3, 7], .mean, [3], [3], [0], [1], ceil: false,
        output: [2, 3, 2], first: [-0.583333333, -0.125, 0.166666667, -0.333333333],
        sum: 0.958333333333),
      PoolRow(
        [1, 2, 8], .mean, [3], [1], [1], [1], ceil: false,
        output: [1, 2, 8], first: [-0.333333333, -0.583333333, 0.208333333, 0.0416666667],
        sum: 0.208333333333),
      PoolRow(
        [1, 2, 8], .mean, [3], [2], [0], [1], ceil: true,
        output: [1, 2, 4], first: [-0.583333333, 0.0416666667, -0.291666667, -0.0625], sum: 5.4375),
      PoolRow(
        [1, 2, 8], .mean, [3], [2], [1], [1], ceil: true,
        output: [1, 2, 5], first: [-0.333333333, 0.208333333, -0.125, -0.458333333], sum: -4.0625),
      PoolRow(
        [1, 2, 8], .mean(false, nil), [3], [2], [1], [1], ceil: true,
        output: [1, 2, 5], first: [-0.5, 0.208333333, -0.125, -0.458333333], sum: -5.60416666667),
      PoolRow(
        [2, 2, 9], .mean(false, nil), [4], [3], [2], [1], ceil: false,
        output: [2, 2, 4], first: [-0.5, 0.125, -0.375, 0.25], sum: 1.34375),
      PoolRow(
        [1, 3, 2], .mean, [3], [2], [0], [1], ceil: true,
        output: [1, 3, 1], first: [-0.5, 0.125, -0.6875], sum: 4.125),
      PoolRow(
        [2, 3, 8], .maximum, [3], [2], [1], [1], ceil: false,
        output: [2, 3, 4], first: [0.375, 1.0, 1.0, 0.5], sum: 1.75),
      PoolRow(
        [1, 2, 9], .maximum, [2], [1], [0], [2], ceil: false,
        output: [1, 2, 7], first: [-0.75, 1.0, -0.125, 1.0], sum: 19.5),
      PoolRow(
        [1, 2, 11], .maximum, [3], [2], [1], [3], ceil: true,
        output: [1, 2, 4], first: [-0.75, 0.375, 1.0, 1.125], sum: 5.75),
      PoolRow(
        [1, 2, 11], .maximum, [4], [3], [2], [2], ceil: false,
        output: [1, 2, 3], first: [-0.125, 1.0, 1.125, 1.25], sum: 5.375),
      PoolRow(
        [2, 3, 7, 5], .mean, [3, 2], [2, 1], [1, 1], [1, 1], ceil: false,
        output: [2, 3, 4, 6], first: [-0.4375, -0.291666667, -0.0833333333, 0.125],
        sum: 1.29166666667),
      PoolRow(
        [2, 3, 7, 5], .mean(false, nil), [3, 2], [2, 1], [1, 1], [1, 1], ceil: false,
        output: [2, 3, 4, 6], first: [-1.3125, -0.4375, -0.125, 0.1875], sum: 14.7604166667),
      PoolRow(
        [2, 3, 7, 5], .mean(true, 5), [3, 2], [2, 3], [1, 1], [1, 1], ceil: false,
        output: [2, 3, 4, 2], first: [-0.525, 0.15, -0.675, 0.45], sum: 2.2),
      PoolRow(
        [2, 3, 6, 5], .mean(true, -3), [2, 2], [2, 2], [1, 0], [1, 1], ceil: true,
        output: [2, 3, 4, 3], first: [0.333333333, -0.0833333333, 0.0416666667, 0.416666667],
        sum: -24.5833333333),
      PoolRow(
        [1, 2, 9, 7], .maximum, [2, 3], [1, 2], [1, 1], [3, 2], ceil: true,
        output: [1, 2, 8, 3], first: [-0.375, 0.25, 0.25, 1.0], sum: 26.0),
      PoolRow(
        [2, 2, 5, 19], .mean, [1, 17], [1, 1], [0, 3], [1, 1], ceil: true,
        output: [2, 2, 5, 9], first: [-0.0514705882, -0.0441176471, -0.102941176, -0.0588235294],
        sum: -0.0147058823529),
      PoolRow(
        [2, 2, 6, 5, 7], .mean, [3, 3, 3], [1, 2, 2], [1, 1, 1], [1, 1, 1], ceil: false,
        output: [2, 2, 6, 3, 4], first: [-0.0138888889, 0.0277777778, -0.12037037, 0.0231481481],
        sum: -1.59259259259),
      PoolRow(
        [1, 2, 6, 5, 7], .mean(false, nil), [2, 3, 2], [2, 2, 3], [1, 1, 0], [1, 1, 1], ceil: true,
        output: [1, 2, 4, 3, 3], first: [-0.125, 0.09375, 0.875, 0.0416666667], sum: -4.47916666667),
      PoolRow(
        [1, 2, 7, 5, 7], .mean, [3, 2, 2], [2, 2, 2], [0, 1, 1], [1, 1, 1], ceil: true,
        output: [1, 2, 3, 3, 4], first: [-0.125, 0.104166667, -0.0625, 0.0104166667],
        sum: 3.44791666667),
      PoolRow(
        [1, 2, 6, 5, 7], .mean(true, 4), [3, 3, 2], [2, 2, 3], [1, 1, 0], [1, 1, 1], ceil: false,
        output: [1, 2, 3, 3, 2], first: [-0.09375, -0.375, 0.0, -0.0625], sum: -8.40625),
      PoolRow(
        [2, 2, 6, 7, 5], .maximum, [1, 3, 3], [1, 2, 2], [0, 1, 1], [1, 1, 1], ceil: false,
        output: [2, 2, 6, 4, 3], first: [0.5, 1.125, 1.125, 0.75], sum: 17.5),
      PoolRow(
        [1, 2, 7, 6, 9], .maximum, [3, 2, 3], [2, 1, 2], [1, 1, 1], [2, 3, 1], ceil: true,
        output: [1, 2, 3, 5, 5], first: [1.0, 0.875, 1.125, 1.125], sum: 5.75),
      PoolRow(
        [2, 1, 5, 4, 3], .maximum, [2, 2, 2], [2, 2, 2], [0, 0, 0], [1, 1, 1], ceil: false,
        output: [2, 1, 2, 2, 1], first: [1.25, 1.375, 1.25, 1.125], sum: 2.75),
    ]
  }
}

extension Pooling.Kind {
  fileprivate static let mean = Pooling.Kind.mean(true, nil)

  fileprivate static func mean(_ countIncludePad: Bool, _ divisorOverride: Int?) -> Pooling.Kind {
    .average(countIncludePad: countIncludePad, divisorOverride: divisorOverride)
  }
}

/// The sum of all elements `i`, each times `(7 * i) % 11 - 5`.
func weightedSum(_ tensor: Tensor) -> Double {
  tensor.scalars.enumerated().reduce(0) {
    $0 + Double($1.element) * Double((7 * $1.offset) % 11 - 5)
  }
}

/// The outputs of single steps on a clip of one channel, `-` for none.
func stepsText(_ module: any Module, _ clip: [Float]) throws -> String {
  let plan = try Plan(module, frame: [1, 1])
  var stream = plan.makeStream()
  return try clip.map { try stream.forwardStep(Tensor([1, 1], [$0]))?.scalars[0] }.map(text)
    .joined(separator: " ")
}

/// The outputs of `forward` on a clip of one channel.
func forwardText(_ module: any Module, _ clip: [Float]) throws -> String {
  try Plan(module, frame: [1, 1]).forward(Tensor([1, 1, clip.count], clip)).scalars.map(text)
    .joined(separator: " ")
}

private func text(_ value: Float?) -> String {
  guard let value else { return "-" }
  return Int(exactly: value).map(String.init) ?? String(value)
}

@Suite("Pooling")
struct PoolingTests {
  @Test(
    "forward is what PyTorch computes, and steps are its frames", arguments: try PoolRow.all.get())
  func matchesPyTorch(_ row: PoolRow) throws {
    let run = try ModeRun(row.module, clip: .sawtooth(row.clip))
    #expect(run.differences == [])
    #expect(run.forward.shape == row.output)
    for (value, expected) in zip(run.forward.scalars, row.first) {
      #expect(abs(Double(value) - expected) <= 2e-7 * max(1, abs(expected)))
    }
    #expect(abs(weightedSum(run.forward) - row.sum) <= 1e-6 * Double(row.output.count))
  }

  @Test("the rows of the specification")
  func goldenRows() throws {
    let mean = Pooling.Kind.mean
    let six = (1...6).map(Float.init)
    let eight = (1...8).map(Float.init)
    let average = try Pooling(kind: mean, kernelSize: [3], stride: [1], padding: [1])
    #expect(try forwardText(average, six) == "1 2 3 4 5 3.6666667")
    #expect(try stepsText(average, six) == "- 1 2 3 4 5")
    let largest = try Pooling(kind: .maximum, kernelSize: [3], stride: [2], padding: [1])
    #expect(try forwardText(largest, (-8...(-3)).map(Float.init)) == "-7 -5 -3")
    #expect(try stepsText(largest, (-8...(-3)).map(Float.init)) == "- -7 - -5 - -3")
    // The Python library steps 3 3 5 5 7 7 and 2.5 1.5 4.5 2.5 6.5 3.5.
    let dilated = try Pooling(kind: .maximum, kernelSize: [2], stride: [1], dilation: [2])
    #expect(try forwardText(dilated, eight) == "3 4 5 6 7 8")
    #expect(try stepsText(dilated, eight) == "- - 3 4 5 6 7 8")
    let dilatedMean = try Pooling(kind: mean, kernelSize: [2], stride: [1], dilation: [2])
    #expect(try forwardText(dilatedMean, eight) == "2 3 4 5 6 7")
    #expect(try stepsText(dilatedMean, eight) == "- - 2 3 4 5 6 7")
    let strided = try Pooling(kind: mean, kernelSize: [1], stride: [2])
    #expect(try forwardText(strided, six) == "1 3 5")
    #expect(try stepsText(strided, six) == "1 - 3 - 5 -")
  }

  @Test("a fill that is not the clip's own does what the steps of the Python library do")
  func foreignFill() throws {
    let clip = (-8...(-3)).map(Float.init)
    let zeros = try Pooling(
      kind: .maximum, kernelSize: [3], stride: [2], padding: [1], temporalFill: .zeros)
    #expect(try forwardText(zeros, clip) == "-7 -5 -3")
    #expect(try stepsText(zeros, clip) == "- 0 - -5 - -3")
    #expect(zeros.divergence(frame: [1, 1]) != nil)
    let replicate = try Pooling(
      kind: .mean, kernelSize: [3], stride: [1], padding: [1], temporalFill: .replicate)
    let run = try ModeRun(replicate, clip: Tensor([1, 1, 4], [3, 6, 9, 12]))
    #expect(run.forward.scalars == [3, 6, 9, 7])
    #expect(run.padded.scalars == [4, 6, 9, 11])
    let own = try Pooling(
      kind: .maximum, kernelSize: [3], stride: [2], padding: [1], temporalFill: .negativeInfinity)
    #expect(try stepsText(own, clip) == "- -7 - -5 - -3")
    #expect(own.divergence(frame: [1, 1]) == nil)
  }

  @Test("a NaN is the largest, wherever it is in the window")
  func propagatesNaN() throws {
    let module = try Pooling(kind: .maximum, kernelSize: [2, 3], stride: [1, 1], padding: [1, 1])
    for place in 0..<15 {
      var clip = Tensor.sawtooth([1, 1, 3, 5]).scalars
      clip[place] = .nan
      let run = try ModeRun(module, clip: Tensor([1, 1, 3, 5], clip))
      #expect(run.differences == [])
      for index in run.forward.scalars.indices {
        let (time, space) = (index / 5, index % 5)
        let isNear =
          (time - 1...time).contains(place / 5) && (space - 1...space + 1).contains(place % 5)
        #expect(run.forward.scalars[index].isNaN == isNear)
      }
    }
  }

  @Test(
    "random pools agree with their definition in double precision, in all modes", arguments: 0..<150
  )
  func matchesDefinition(_ seed: Int) throws {
    var random = SeededRandom(UInt64(seed))
    let axes = random.pick([1, 2, 3])
    let isMaximum = random.pick([true, false])
    func sizes(_ range: ClosedRange<Int>) -> [Int] {
      (0..<axes).map { _ in Int.random(in: range, using: &random) }
    }
    let kernel = sizes(1...4)
    var dilation = isMaximum ? sizes(1...3) : sizes(1...1)
    if !isMaximum { dilation[0] = random.pick([1, 1, 2]) }
    let kind: Pooling.Kind =
      isMaximum
      ? .maximum
      : .average(
        countIncludePad: random.pick([true, false]), divisorOverride: random.pick([nil, nil, 7]))
    let module = try Pooling(
      kind: kind, kernelSize: kernel, stride: sizes(1...3),
      padding: kernel.map { Int.random(in: 0...$0 / 2, using: &random) }, dilation: dilation,
      ceilMode: random.pick([true, false]))
    let space = (1..<axes).map { _ in Int.random(in: 9...13, using: &random) }
    let clip = random.tensor(
      Shape(
        [random.pick([1, 2]), random.pick([1, 3]), Int.random(in: 9...14, using: &random)] + space))
    let run = try ModeRun(module, clip: clip)
    #expect(run.differences == [], "seed \(seed): \(module.typeName)(\(module.summary))")
    let expected = NaivePool(module).forward(clip)
    #expect(run.forward.shape == expected.shape)
    let worst = zip(run.forward.scalars, expected.scalars).map { abs(Double($0) - $1) }.max() ?? 1
    #expect(worst <= 1e-6, "seed \(seed): \(module.typeName)(\(module.summary))")
  }

  @Test("clips that are too short are refused, and streams wait")
  func shortClips() throws {
    let module = try Pooling(kind: .mean, kernelSize: [3], stride: [2])
    let plan = try Plan(module, frame: [1, 1])
    #expect(throws: ModuleError.self) { try plan.forward(Tensor([1, 1, 2], [1, 2])) }
    var stream = plan.makeStream()
    #expect(try stream.forwardSteps(Tensor([1, 1, 2], [1, 2]), padEnd: true).shape == [1, 1, 0])
    #expect(try stream.forwardSteps(Tensor([1, 1, 2], [3, 4])).scalars == [2])
  }

  @Test("arguments that cannot be are all named at once")
  func refusesArguments() {
    let error = #expect(throws: ModuleError.self) {
      try Pooling(
        kind: .average(countIncludePad: true, divisorOverride: 0), kernelSize: [3, 0],
        stride: [1, -1],
        padding: [2, 0], dilation: [1, 2])
    }
    #expect(error?.code == .argument)
    for word in ["kernel_size", "stride", "padding", "dilation", "divisor_override"] {
      #expect(error?.reason.contains(word) == true)
    }
    #expect(throws: ModuleError.self) { try Pooling(kind: .maximum, kernelSize: []) }
    #expect(throws: ModuleError.self) {
      try Pooling(kind: .maximum, kernelSize: [2], stride: [1, 1])
    }
    #expect(throws: ModuleError.self) { try Pooling(kind: .maximum, kernelSize: [Int.max]) }
  }

  @Test("windows that are larger than the plane, and streams larger than memory, are refused")
  func refusesFrames() throws {
    let plane = try Pooling(kind: .maximum, kernelSize: [1, 5])
    let error = #expect(throws: ModuleError.self) { try Plan(plane, frame: [1, 1, 3]) }
    #expect(error?.code == .shape)
    #expect(throws: ModuleError.self) { try Plan(plane, frame: [1, 1]) }
    let endless = try Pooling(kind: .mean, kernelSize: [1 << 30], stride: [1])
    #expect(throws: ModuleError.self) { try Plan(endless, frame: [4, 64]) }
  }
}
