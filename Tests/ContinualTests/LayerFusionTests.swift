import Tensors
import TestSupport
import Testing

@testable import Continual

@Suite("layers that do the work of the modules behind them")
struct LayerFusionTests {
  private static func convolution(
    _ weight: Shape, stride: [Int]? = nil, padding: [Int]? = nil, groups: Int = 1,
    mode: PaddingMode = .zeros, seed: UInt64 = 5
  ) throws -> Convolution {
    var random = SeededRandom(seed)
    let axes = weight.rank - 2
    return try Convolution(
      weight: random.tensor(weight), bias: random.tensor([weight[0]]),
      stride: stride ?? [Int](repeating: 1, count: axes),
      padding: .explicit(padding ?? [Int](repeating: 0, count: axes)),
      dilation: [Int](repeating: 1, count: axes), groups: groups, paddingMode: mode,
      temporalFill: .zeros)
  }

  private static func norm(_ channels: Int, dimensions: Int) throws -> BatchNorm {
    var random = SeededRandom(8)
    return try BatchNorm(
      dimensions: dimensions, weight: random.tensor([channels]), bias: random.tensor([channels]),
      runningMean: random.tensor([channels]),
      runningVariance: Tensor([channels], (0..<channels).map { 0.5 + Float($0) }))
  }

  /// A convolution of each strategy, of one, two and three axes, and the frames that it takes.
  enum Head: CaseIterable {
    case pointwise, lanes, temporal, planes, strided, gapless, chunks, groups, vectors, reflected

    var frame: Shape {
      switch self {
      case .lanes, .vectors: [3, 12]
      case .temporal: [2, 12, 7]
      default: [2, 12, 9, 11]
      }
    }

    var channels: Int { self == .lanes || self == .planes || self == .strided ? 12 : 10 }

    func layer() throws -> Convolution {
      switch self {
      case .pointwise: try convolution([10, 12, 1, 1, 1])
      case .lanes: try convolution([12, 1, 3], padding: [1], groups: 12)
      case .temporal: try convolution([10, 12, 3, 1], padding: [2, 0])
      case .planes: try convolution([12, 1, 3, 3, 3], padding: [1, 1, 1], groups: 12)
      case .strided:
        try convolution([12, 1, 3, 3, 3], stride: [2, 2, 2], padding: [1, 1, 1], groups: 12)
      case .gapless: try convolution([10, 12, 2, 3, 2], stride: [1, 3, 2])
      case .chunks: try convolution([10, 12, 2, 3, 3], padding: [1, 1, 1])
      case .groups: try convolution([10, 6, 1, 3, 3], groups: 2)
      case .vectors: try convolution([10, 12, 3])
      case .reflected: try convolution([10, 12, 3, 3, 3], padding: [1, 1, 1], mode: .reflect)
      }
    }
  }

  private func check(
    _ network: any Module, _ frame: Shape, absorbed: Int, frames: Int = 9
  ) throws {
    var random = SeededRandom(3)
    let clip = random.tensor(frame.clip(frames: frames))
    var plan = try Plan(network, frame: frame)
    #expect(plan.fusion.isAbsorbed.filter(\.self).count == absorbed)
    var alone = plan
    alone.fusesLayers = false
    #expect(try plan.forward(clip).hasSameBits(as: alone.forward(clip)))
    var (stream, other, watched) = (plan.makeStream(), alone.makeStream(), plan.makeStream())
    for time in 0..<frames {
      let output = try stream.forwardStep(clip.frame(time))
      let expected = try other.forwardStep(clip.frame(time))
      #expect(output?.scalars.map(\.bitPattern) == expected?.scalars.map(\.bitPattern))
    }
    for pieces in [1, 4, frames] {
      stream.reset()
      other.reset()
      watched.reset()
      var start = 0
      while start < frames {
        let count = min(pieces, frames - start)
        let chunk = clip.frames(start..<start + count)
        let padEnd = start + count == frames
        let steps = try stream.forwardSteps(chunk, padEnd: padEnd)
        #expect(try steps.hasSameBits(as: other.forwardSteps(chunk, padEnd: padEnd)))
        // Who observes sees every node, and the same result.
        var nodes: Set<Int> = []
        let seen = try watched.forwardSteps(chunk, padEnd: padEnd) { node, _, _ in
          nodes.insert(node)
        }
        #expect(seen.hasSameBits(as: steps))
        #expect(steps.shape[2] == 0 || nodes.count == plan.nodes.count)
        start += count
      }
      #expect(stream.state.differences(from: other.state) == 0)
      #expect(stream.state.differences(from: watched.state) == 0)
    }
    plan.fusesLayers = false
    #expect(try plan.forward(clip).hasSameBits(as: alone.forward(clip)))
  }

  @Test(
    "a norm and an activation behind a convolution have the same bits", arguments: Head.allCases)
  func bits(head: Head) throws {
    let norm = try LayerFusionTests.norm(head.channels, dimensions: head.frame.rank - 1)
    let layer = try head.layer()
    for cut in [Activation.Function.relu, .relu6, .hardtanh(min: -0.25, max: 0.5)] {
      try check(Sequential(layer, norm, try Activation(cut)), head.frame, absorbed: 2)
    }
    try check(Sequential(layer, norm), head.frame, absorbed: 1)
    try check(Sequential(layer, try Activation(.relu), norm), head.frame, absorbed: 2 - 1)
    try check(Sequential(layer, norm, try Activation(.silu)), head.frame, absorbed: 1)
    try check(Sequential(layer, try Activation(.gelu), norm), head.frame, absorbed: 0)
    try check(Sequential(norm2(head), try Activation(.relu6), layer), head.frame, absorbed: 1)
  }

  private func norm2(_ head: Head) throws -> BatchNorm {
    try LayerFusionTests.norm(head.frame[1], dimensions: head.frame.rank - 1)
  }

  @Test("numbers that are not finite, and zeros with a sign, go the same way")
  func extremes() throws {
    var random = SeededRandom(3)
    let norm = try LayerFusionTests.norm(12, dimensions: 3)
    let layer = try Head.planes.layer()
    let plan = try Plan(
      Sequential(layer, norm, try Activation(.relu6)), frame: [1, 12, 5, 17])
    var alone = plan
    alone.fusesLayers = false
    let small = Float.leastNonzeroMagnitude
    for special in [Float.nan, .infinity, -.infinity, -0.0, .greatestFiniteMagnitude, small] {
      var scalars = random.tensor([1, 12, 4, 5, 17]).scalars
      for index in stride(from: 0, to: scalars.count, by: 7) { scalars[index] = special }
      let clip = Tensor([1, 12, 4, 5, 17], scalars)
      let (found, expected) = (try plan.forward(clip).scalars, try alone.forward(clip).scalars)
      #expect(
        zip(found, expected).allSatisfy { $0.bitPattern == $1.bitPattern || $0.isNaN && $1.isNaN })
    }
  }

  /// A convolution behind a pointwise one, and the frames that both take.
  enum Tail: CaseIterable {
    case planes, strided, dense, unpadded, alone, stride, line, replicated, bands

    var frame: Shape {
      switch self {
      case .line: [2, 12, 301]
      // More rows than a block has.
      case .bands: [2, 12, 40, 33]
      default: [2, 12, 17, 19]
      }
    }

    /// Takes ten channels.
    func layer() throws -> Convolution {
      switch self {
      case .planes, .bands:
        return try convolution([10, 1, 3, 3, 3], padding: [1, 1, 1], groups: 10)
      case .strided:
        return try convolution(
          [10, 1, 3, 3, 3], stride: [2, 2, 2], padding: [1, 1, 1], groups: 10)
      case .dense: return try convolution([6, 10, 2, 3, 3], padding: [1, 1, 1])
      case .unpadded: return try convolution([10, 1, 3, 3, 2], groups: 10)
      case .alone: return try convolution([6, 10, 1, 3, 3], padding: [0, 1, 1])
      case .stride:
        return try convolution([6, 10, 1, 2, 5], stride: [1, 3, 2], padding: [0, 0, 2])
      case .line: return try convolution([10, 5, 2, 5], padding: [1, 2], groups: 2)
      case .replicated:
        var random = SeededRandom(6)
        return try Convolution(
          weight: random.tensor([10, 1, 3, 3, 3]), bias: nil, stride: [1, 1, 1],
          padding: .explicit([1, 1, 1]), dilation: [1, 1, 1], groups: 10, paddingMode: .zeros,
          temporalFill: .replicate)
      }
    }
  }

  @Test(
    "a convolution behind a pointwise one takes its frames with the same bits",
    arguments: Tail.allCases, [1, 2])
  func mixing(tail: Tail, groups: Int) throws {
    let ones = [Int](repeating: 1, count: tail.frame.rank - 1)
    let mixer = try LayerFusionTests.convolution(
      Shape([10, 12 / groups] + ones), groups: groups, seed: 11)
    let layer = try tail.layer()
    let norm = try LayerFusionTests.norm(10, dimensions: ones.count)
    try check(Sequential(mixer, layer), tail.frame, absorbed: 1)
    try check(
      Sequential(mixer, norm, try Activation(.relu6), layer, try Activation(.relu)), tail.frame,
      absorbed: 4)
    let inner = Sequential(mixer, norm, layer)
    try check(Sequential(try Activation(.silu), inner), tail.frame, absorbed: 2)
  }

  /// A depthwise convolution in windows of 3 x 3 places: its channels, and the places between windows.
  @Test(
    "frames with channels side by side are made so, with the same bits",
    arguments: [13, 16, 27, 40, 54], [[1, 1, 1], [2, 2, 2], [1, 2, 2]])
  func interleaved(channels: Int, stride: [Int]) throws {
    let mixer = try LayerFusionTests.convolution([channels, 12, 1, 1, 1], seed: 11)
    let norm = try LayerFusionTests.norm(channels, dimensions: 3)
    for depth in [1, 3] {
      let layer = try LayerFusionTests.convolution(
        Shape([channels, 1, depth, 3, 3]), stride: stride, padding: [depth / 2, 1, 1],
        groups: channels)
      try check(Sequential(mixer, layer), [2, 12, 17, 19], absorbed: 1, frames: 5)
      // What fills up the last block is zero, whatever outputs are cut to.
      let cut = try Activation(.hardtanh(min: 0.25, max: 0.5))
      try check(
        Sequential(mixer, norm, cut, layer, norm, cut), [2, 12, 40, 33], absorbed: 5, frames: 5)
      // Too few places, and mixed in groups.
      try check(Sequential(mixer, layer), [1, 12, 7, 5], absorbed: 0, frames: 5)
      let halves =
        channels % 2 == 0
        ? try LayerFusionTests.convolution([channels, 6, 1, 1, 1], groups: 2, seed: 11) : mixer
      try check(
        Sequential(halves, layer), [2, 12, 17, 19], absorbed: channels % 2, frames: 5)
    }
  }

  @Test(
    "a pointwise convolution works by itself where another one would not be faster, or somebody else reads it"
  )
  func mixesAlone() throws {
    let mixer = try LayerFusionTests.convolution([10, 12, 1, 1, 1], seed: 11)
    let layer = try Tail.planes.layer()
    // Of small frames, a clip is one product.
    try check(Sequential(mixer, layer), [2, 12, 9, 11], absorbed: 0)
    let reflecting = try LayerFusionTests.convolution(
      [10, 1, 3, 3, 3], padding: [1, 1, 1], groups: 10, mode: .reflect)
    try check(Sequential(mixer, reflecting), [2, 12, 17, 19], absorbed: 0)
    // The sum reads what the pointwise one makes.
    try check(Sequential(mixer, Residual(NamedModule("0", layer))), [2, 12, 17, 19], absorbed: 0)
    // What comes between them is not a finish.
    try check(
      Sequential(mixer, try Activation(.gelu), layer), [2, 12, 17, 19], absorbed: 0)
    // A convolution in time alone joins the frames of a chunk.
    let temporal = try LayerFusionTests.convolution([10, 10, 3, 1, 1], padding: [1, 0, 0])
    try check(Sequential(mixer, temporal), [2, 12, 17, 19], absorbed: 0)
    let block = Residual(
      NamedModule(
        "0",
        Sequential(
          mixer, try Activation(.relu), layer,
          try LayerFusionTests.convolution([12, 10, 1, 1, 1], seed: 12))))
    try check(Sequential(block, block), [2, 12, 17, 19], absorbed: 4)
  }

  @Test("a module whose input somebody else reads works by itself")
  func branches() throws {
    let layer = try LayerFusionTests.convolution([12, 12, 1, 1, 1])
    let norm = try LayerFusionTests.norm(12, dimensions: 3)
    // The sum reads what the convolution makes, before the norm does.
    let network = Sequential(layer, Residual(NamedModule("0", norm)), try Activation(.relu))
    try check(network, [2, 12, 9, 11], absorbed: 0)
    let inner = Residual(NamedModule("0", Sequential(layer, norm, try Activation(.relu))))
    try check(Sequential(inner, inner), [2, 12, 9, 11], absorbed: 4)
  }
}
