import Tensors
import TestSupport
import Testing

@testable import Continual

/// A layer of some network, the frames it gets there, and how it is computed.
struct StrategyCase: CustomTestStringConvertible {
  var name: String
  var strategy: ConvolutionStrategy
  var kernel: [Int]
  var channels: Int
  var outputs: Int
  var groups = 1
  var stride: [Int]?
  var padding: [Int]?
  var dilation: [Int]?
  var mode = PaddingMode.zeros
  var plane: [Int] = []

  var testDescription: String { name }

  static let all: [StrategyCase] = [
    .init(
      name: "a kernel of one element", strategy: .pointwise, kernel: [1, 1, 1], channels: 6,
      outputs: 10, plane: [5, 7]),
    .init(
      name: "one element, whatever its dilation", strategy: .pointwise, kernel: [1, 1], channels: 4,
      outputs: 6, groups: 2, dilation: [3, 2], plane: [9]),
    .init(
      name: "one element of a vector", strategy: .pointwise, kernel: [1], channels: 5, outputs: 3),
    .init(
      name: "one element with a stride in time", strategy: .temporal, kernel: [1], channels: 5,
      outputs: 3, stride: [2]),
    .init(
      name: "one element, depthwise, with a stride in time", strategy: .lanes, kernel: [1],
      channels: 19, outputs: 19, groups: 19, stride: [2]),
    .init(
      name: "one element with a stride in space", strategy: .gapless, kernel: [1, 1, 1],
      channels: 6, outputs: 4, stride: [1, 2, 2], plane: [6, 8]),
    .init(
      name: "depthwise over time", strategy: .lanes, kernel: [5], channels: 37, outputs: 37,
      groups: 37, padding: [2]),
    .init(
      name: "depthwise over time, dilated", strategy: .lanes, kernel: [3], channels: 16,
      outputs: 16, groups: 16, stride: [2], padding: [4], dilation: [2]),
    .init(
      name: "two outputs a channel over time", strategy: .temporal, kernel: [5], channels: 7,
      outputs: 14, groups: 7),
    .init(
      name: "dense over time", strategy: .temporal, kernel: [9], channels: 12, outputs: 17,
      padding: [4]),
    .init(
      name: "joints of a skeleton over time", strategy: .temporal, kernel: [9, 1], channels: 6,
      outputs: 5, stride: [2, 1], padding: [4, 0], plane: [25]),
    .init(
      name: "depthwise over the time of frames", strategy: .temporal, kernel: [5, 1, 1],
      channels: 6, outputs: 6, groups: 6, padding: [2, 0, 0], plane: [6, 5]),
    .init(
      name: "depthwise over time and space", strategy: .planes, kernel: [3, 3, 3], channels: 3,
      outputs: 3, groups: 3, padding: [1, 1, 1], plane: [9, 14]),
    .init(
      name: "depthwise in space alone", strategy: .planes, kernel: [1, 3, 3], channels: 5,
      outputs: 5, groups: 5, stride: [1, 2, 2], padding: [0, 1, 1], plane: [11, 9]),
    .init(
      name: "depthwise in windows of 3 x 3 places", strategy: .interleaved, kernel: [3, 3, 3],
      channels: 16, outputs: 16, groups: 16, padding: [1, 1, 1], plane: [9, 14]),
    .init(
      name: "the same of channels that fill no block", strategy: .interleaved, kernel: [2, 3, 3],
      channels: 27, outputs: 27, groups: 27, padding: [0, 2, 1], dilation: [2, 1, 1],
      plane: [7, 5]),
    .init(
      name: "the same, two places apart", strategy: .interleaved, kernel: [3, 3, 3], channels: 54,
      outputs: 54, groups: 54, stride: [2, 2, 2], padding: [1, 1, 1], plane: [11, 9]),
    .init(
      name: "the same without time and padding", strategy: .interleaved, kernel: [1, 3, 3],
      channels: 13, outputs: 13, groups: 13, stride: [1, 2, 2], plane: [4, 8]),
    .init(
      name: "too few channels for a block", strategy: .planes, kernel: [3, 3, 3], channels: 20,
      outputs: 20, groups: 20, padding: [1, 1, 1], plane: [6, 6]),
    .init(
      name: "windows of 3 x 3 places that are dilated", strategy: .planes, kernel: [1, 3, 3],
      channels: 16, outputs: 16, groups: 16, dilation: [1, 2, 2], plane: [9, 8]),
    .init(
      name: "windows of 3 x 3 places that are reflected", strategy: .planes, kernel: [3, 3, 3],
      channels: 16, outputs: 16, groups: 16, padding: [0, 1, 1], mode: .reflect, plane: [6, 5]),
    .init(
      name: "depthwise on planes too large for cache", strategy: .chunks(rows: 31),
      kernel: [1, 2, 2], channels: 1, outputs: 1, groups: 1, mode: .replicate, plane: [63, 68]),
    .init(
      name: "dense over time and space", strategy: .chunks(rows: 6), kernel: [3, 3, 3], channels: 2,
      outputs: 3, padding: [1, 1, 1], plane: [6, 7]),
    .init(
      name: "dense on larger planes, some rows at once", strategy: .chunks(rows: 6),
      kernel: [1, 2, 3], channels: 2, outputs: 2, padding: [0, 0, 1], plane: [13, 56]),
    .init(
      name: "the first layer of a video network", strategy: .chunks(rows: 6), kernel: [2, 7, 7],
      channels: 3, outputs: 4, stride: [1, 2, 2], padding: [1, 3, 3], plane: [12, 10]),
    .init(
      name: "a stem in space, without time", strategy: .chunks(rows: 6), kernel: [1, 3, 3],
      channels: 3, outputs: 7, stride: [1, 2, 2], padding: [0, 1, 1], plane: [12, 10]),
    .init(
      name: "narrow frames in space", strategy: .spread, kernel: [1, 3, 3], channels: 5,
      outputs: 40, padding: [0, 1, 1], plane: [9, 14]),
    .init(
      name: "narrow frames in groups, with strides and dilation", strategy: .spread,
      kernel: [1, 3, 4], channels: 6, outputs: 70, groups: 2, stride: [1, 2, 2],
      padding: [0, 2, 3], dilation: [1, 2, 3], plane: [11, 17]),
    .init(
      name: "narrow frames that are reflected", strategy: .spread, kernel: [1, 2, 5], channels: 3,
      outputs: 33, padding: [0, 1, 2], mode: .reflect, plane: [6, 7]),
    .init(
      name: "short rows", strategy: .spread, kernel: [1, 5], channels: 4, outputs: 48,
      padding: [0, 2],
      mode: .circular, plane: [31]),
    .init(
      name: "patches that do not overlap", strategy: .gapless, kernel: [2, 4, 4], channels: 3,
      outputs: 5, stride: [2, 4, 4], plane: [12, 8]),
    .init(
      name: "a kernel along rows only", strategy: .gapless, kernel: [1, 3, 1], channels: 4,
      outputs: 4, padding: [0, 1, 0], mode: .reflect, plane: [6, 7]),
  ]
}

/// What a case says, in numbers.
private struct Setting {
  let convolution: Convolution
  let naive: NaiveConvolution
  let clip: Tensor

  init(_ layer: StrategyCase) throws {
    var random = SeededRandom(UInt64(layer.name.utf8.count * 1000 + layer.channels))
    let ones = layer.kernel.map { _ in 1 }
    let zeros = layer.kernel.map { _ in 0 }
    let padding = layer.padding ?? zeros
    let dilation = layer.dilation ?? ones
    // Three frames more than a window spans.
    let frames = dilation[0] * (layer.kernel[0] - 1) + 4
    let weight = random.tensor(
      Shape([layer.outputs, layer.channels / layer.groups] + layer.kernel))
    let bias = random.tensor([layer.outputs])
    convolution = try Convolution(
      weight: weight, bias: bias, stride: layer.stride ?? ones, padding: .explicit(padding),
      dilation: dilation, groups: layer.groups, paddingMode: layer.mode)
    naive = NaiveConvolution(
      weight: weight, bias: bias, stride: layer.stride ?? ones, before: padding, after: padding,
      dilation: dilation, groups: layer.groups, mode: layer.mode)
    clip = random.tensor(
      Shape([layer.plane.count == 2 ? 1 : 2, layer.channels, frames] + layer.plane))
  }
}

extension Plan {
  /// How the only convolution of a plan is computed.
  fileprivate var strategy: ConvolutionStrategy? {
    guard nodes.count == 1, case .kernel(let kernel) = nodes[0].operation else { return nil }
    return kernel is PointwiseConvolutionKernel
      ? .pointwise : (kernel as? ConvolutionKernel)?.product.strategy
  }
}

@Suite("the strategy of a convolution")
struct ConvolutionStrategyTests {
  @Test("is chosen by what the kernel spans", arguments: StrategyCase.all)
  func choice(_ layer: StrategyCase) throws {
    let setting = try Setting(layer)
    let plan = try Plan(setting.convolution, frame: setting.clip.shape.frame)
    #expect(plan.strategy == layer.strategy)
  }

  @Test(
    "computes what the definition says, as a clip, a chunk and steps", arguments: StrategyCase.all)
  func values(_ layer: StrategyCase) throws {
    let setting = try Setting(layer)
    let plan = try Plan(setting.convolution, frame: setting.clip.shape.frame)
    let run = try ModeRun(plan, clip: setting.clip)
    let forward = run.forward
    let (value, magnitude) = setting.naive(setting.clip)
    try #require(forward.shape == value.shape)
    let bound = Double(2 * setting.naive.weight.shape.count / layer.outputs + 2)
    let misses = forward.scalars.indices.filter {
      !(abs(Double(forward.scalars[$0]) - value.scalars[$0])
        <= bound * Double(Float.ulpOfOne) * magnitude.scalars[$0])
    }
    #expect(misses.isEmpty, "\(misses.count) of \(forward.shape)")
    #expect(!run.steps.isEmpty)
    #expect(run.differences == [])
  }

  @Test("is each that there is, in some case")
  func all() {
    let found = Set(
      StrategyCase.all.map { layer in
        if case .chunks = layer.strategy { return ConvolutionStrategy.chunks(rows: 0) }
        return layer.strategy
      })
    #expect(
      found == [
        .pointwise, .lanes, .temporal, .interleaved, .planes, .gapless, .spread, .chunks(rows: 0),
      ])
  }
}
