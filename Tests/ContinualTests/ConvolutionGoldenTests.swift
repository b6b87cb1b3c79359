import Continual
import Tensors
import TestSupport
import Testing

/// A convolution of the frames 1, 2, 3, … with the weights 1, 10, 100, …, so that the digits of an
/// output say which frames it is made of.
struct GoldenRow: CustomTestStringConvertible {
  var kernel: Int
  var stride = 1
  var padding = 0
  var dilation = 1
  var mode = PaddingMode.zeros
  var fill: PaddingMode?
  var frames = 6
  var forward: [Float]
  /// What each step yields, and nil where it yields nothing.
  var steps: [Float?]
  /// What steps with end padding yield, where it is not `forward`.
  var padded: [Float]?

  var testDescription: String {
    "kernel \(kernel), stride \(stride), padding \(padding), dilation \(dilation), \(mode)"
      + (fill.map { ", filled with \($0)" } ?? "")
  }

  static let all = [
    GoldenRow(
      kernel: 3, forward: [321, 432, 543, 654], steps: [nil, nil, 321, 432, 543, 654]),
    GoldenRow(
      kernel: 3, padding: 1, forward: [210, 321, 432, 543, 654, 65],
      steps: [nil, 210, 321, 432, 543, 654]),
    GoldenRow(
      kernel: 3, stride: 2, padding: 2, forward: [100, 321, 543, 65],
      steps: [100, nil, 321, nil, 543, nil]),
    GoldenRow(
      kernel: 3, padding: 1, mode: .replicate, forward: [211, 321, 432, 543, 654, 665],
      steps: [nil, 211, 321, 432, 543, 654]),
    GoldenRow(
      kernel: 3, stride: 3, padding: 1, forward: [210, 543],
      steps: [nil, 210, nil, nil, 543, nil]),
    // A kernel of one frame keeps its schedule.
    GoldenRow(kernel: 1, stride: 2, forward: [1, 3, 5], steps: [1, nil, 3, nil, 5, nil]),
    // More padding than the kernel spans: what would come before the first frame comes one a step.
    GoldenRow(
      kernel: 1, padding: 1, forward: [0, 1, 2, 3, 4, 5, 6, 0], steps: [0, 1, 2, 3, 4, 5]),
    GoldenRow(
      kernel: 3, padding: 3, forward: [0, 100, 210, 321, 432, 543, 654, 65, 6, 0],
      steps: [0, 100, 210, 321, 432, 543]),
    GoldenRow(
      kernel: 3, padding: 4, mode: .replicate,
      forward: [111, 111, 111, 211, 321, 432, 543, 654, 665, 666, 666, 666],
      steps: [111, 111, 111, 211, 321, 432]),
    GoldenRow(
      kernel: 2, stride: 2, padding: 3, forward: [0, 10, 32, 54, 6, 0],
      steps: [0, nil, 10, nil, 32, nil]),
    // Dilation in time.
    GoldenRow(
      kernel: 2, dilation: 2, forward: [31, 42, 53, 64], steps: [nil, nil, 31, 42, 53, 64]),
    GoldenRow(
      kernel: 3, padding: 2, dilation: 2, forward: [310, 420, 531, 642, 53, 64],
      steps: [nil, nil, 310, 420, 531, 642]),
    // A clip is padded with one thing, a stream with another.
    GoldenRow(
      kernel: 3, padding: 1, mode: .zeros, fill: .replicate,
      forward: [210, 321, 432, 543, 654, 65], steps: [nil, 211, 321, 432, 543, 654],
      padded: [211, 321, 432, 543, 654, 665]),
    GoldenRow(
      kernel: 3, padding: 1, mode: .reflect, fill: .zeros,
      forward: [212, 321, 432, 543, 654, 565], steps: [nil, 210, 321, 432, 543, 654],
      padded: [210, 321, 432, 543, 654, 65]),
  ]

  func plan() throws -> Plan {
    let weight = (0..<kernel).map { place in (0..<place).reduce(Float(1)) { one, _ in one * 10 } }
    let convolution = try Convolution(
      weight: Tensor([1, 1, kernel], weight), bias: nil, stride: [stride],
      padding: .explicit([padding]), dilation: [dilation], groups: 1, paddingMode: mode,
      temporalFill: fill)
    return try Plan(convolution, frame: [1, 1])
  }
}

@Suite("golden rows of convolution")
struct ConvolutionGoldenTests {
  @Test("all modes give the rows of the specification", arguments: GoldenRow.all)
  func rows(_ row: GoldenRow) throws {
    let plan = try row.plan()
    let clip = Tensor([1, 1, row.frames], (1...row.frames).map(Float.init))
    let run = try ModeRun(plan, clip: clip)
    #expect(run.forward.scalars == row.forward)
    #expect(run.steps.map { $0.scalars[0] } == row.steps.compactMap(\.self))
    #expect(run.stepIndices == row.steps.indices.filter { row.steps[$0] != nil })
    #expect(run.chunk.scalars == row.steps.compactMap(\.self))
    #expect(run.padded.scalars == row.padded ?? row.forward)
  }

  @Test("a stream goes on unchanged after a chunk with end padding", arguments: GoldenRow.all)
  func continues(_ row: GoldenRow) throws {
    let plan = try row.plan()
    let clip = Tensor([1, 1, row.frames], (1...row.frames).map(Float.init))
    var stream = plan.makeStream()
    _ = try stream.forwardSteps(clip.frames(0..<3), padEnd: true)
    let rest = try stream.forwardSteps(clip.frames(3..<row.frames))
    #expect(rest.scalars == row.steps[3...].compactMap(\.self))
  }

  @Test("different filling of clip and stream is told")
  func divergence() throws {
    for row in GoldenRow.all {
      let plan = try row.plan()
      let sentence = plan.modules[0].module.divergence(frame: [1, 1])
      #expect((sentence == nil) == (row.fill == nil))
    }
  }
}
