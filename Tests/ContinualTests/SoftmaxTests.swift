import Continual
import Tensors
import TestSupport
import Testing

/// A function along an axis, and what PyTorch makes of a sawtooth clip with it.
struct AxisRow: Sendable, CustomTestStringConvertible {
  let clip: Shape
  let module: any Module
  let output: Shape
  let first: [Double]
  let sum: Double

  var testDescription: String { "\(module.typeName)(\(module.summary)) of \(clip)" }

  // Made with PyTorch 2.13.0 in double precision.
  static let all = Result {
    try [
      softmax(
        [2, 3, 4], .softmax, .clip(0), first: [0.2942149722, 0.2942149722, 0.2942149722],
        sum: -5.92532586329),
      softmax(
        [2, 3, 4], .softmax, .clip(1), first: [0.05997779532, 0.5307289532, 0.1931384761],
        sum: -2.34567359001),
      softmax(
        [2, 3, 4, 5], .softmax, .clip(-1), first: [0.04373648722, 0.2516861064, 0.08171051544],
        sum: 0.0319819668114),
      softmax(
        [1, 3, 4, 5], .softmax, nil, first: [0.1863237232, 0.1863237232, 0.1863237232],
        sum: -1.02017469114),
      softmax(
        [2, 3, 4], .softmax, nil, first: [0.2942149722, 0.2942149722, 0.2942149722],
        sum: -5.92532586329),
      softmax(
        [2, 3, 2, 2, 5], .softmax, nil, first: [0.1863237232, 0.1863237232, 0.1863237232],
        sum: 3.75119144804),
      softmax(
        [2, 3, 2, 2, 5], .softmax, .clip(-2), first: [0.4687906266, 0.4687906266, 0.4687906266],
        sum: -2.35794571257),
      softmax(
        [2, 3, 4], .softmin, .clip(0), first: [0.7057850278, 0.7057850278, 0.7057850278],
        sum: 2.92532586329),
      softmax(
        [2, 3, 4], .softmin, .clip(1), first: [0.7306791292, 0.132742004, 0.3647643195],
        sum: -1.58121285843),
      softmax(
        [2, 3, 4, 5], .softmin, .clip(-1), first: [0.4788000142, 0.0832029666, 0.2562831796],
        sum: -1.81307951355),
      softmax(
        [1, 3, 4, 5], .softmin, nil, first: [0.5064803911, 0.5064803911, 0.5064803911],
        sum: 0.72394107193),
      softmax(
        [2, 3, 4], .softmin, nil, first: [0.7057850278, 0.7057850278, 0.7057850278],
        sum: 2.92532586329),
      softmax(
        [2, 3, 2, 2, 5], .softmin, nil, first: [0.5064803911, 0.5064803911, 0.5064803911],
        sum: -4.04742506726),
      softmax(
        [2, 3, 2, 2, 5], .softmin, .clip(-2), first: [0.5312093734, 0.5312093734, 0.5312093734],
        sum: 3.35794571257),
      softmax(
        [2, 3, 4], .logSoftmax, .clip(0), first: [-1.223444581, -1.223444581, -1.223444581],
        sum: -9.63663311706),
      softmax(
        [2, 3, 4], .logSoftmax, .clip(1), first: [-2.813780863, -0.6335038339, -1.644347855],
        sum: 4.69603969582),
      softmax(
        [2, 3, 4, 5], .logSoftmax, .clip(-1), first: [-3.129572577, -1.379572577, -2.504572577],
        sum: 3.67202044718),
      softmax(
        [1, 3, 4, 5], .logSoftmax, nil, first: [-1.680269671, -1.680269671, -1.680269671],
        sum: -7.38055069376),
      softmax(
        [2, 3, 4], .logSoftmax, nil, first: [-1.223444581, -1.223444581, -1.223444581],
        sum: -9.63663311706),
      softmax(
        [2, 3, 2, 2, 5], .logSoftmax, nil, first: [-1.680269671, -1.680269671, -1.680269671],
        sum: 8.05457507194),
      softmax(
        [2, 3, 2, 2, 5], .logSoftmax, .clip(-2),
        first: [-0.7575990353, -0.7575990353, -0.7575990353], sum: -4.9313877132),
      softmax(
        [2, 3, 4], .softmax2d, nil, first: [0.2942149722, 0.2942149722, 0.2942149722],
        sum: -5.92532586329),
      softmax(
        [2, 3, 4, 5], .softmax2d, nil, first: [0.1863237232, 0.1863237232, 0.1863237232],
        sum: 3.75119144804),
      gate(
        [2, 4, 3], .clip(1), output: [2, 2, 3],
        first: [-0.8558815804, 0.1307419258, -0.5661862402], sum: 6.774405392),
      gate(
        [2, 3, 4, 6], .clip(-1), output: [2, 3, 4, 3],
        first: [-1.005205546, 0.175796485, -0.1670251041], sum: 5.56808451175),
      gate(
        [2, 3, 3, 4, 5], .clip(-2), output: [2, 3, 3, 2, 5],
        first: [-0.3369918931, 0.2442580742, -0.2831555016], sum: 5.09706274438),
      gate(
        [4, 3, 2], .clip(0), output: [2, 3, 2], first: [-0.5191184196, 0.2914874479, -0.39840703],
        sum: 6.89698237124),
    ]
  }

  private static func softmax(
    _ clip: Shape, _ kind: Softmax.Kind, _ axis: Axis?, first: [Double], sum: Double
  ) throws -> AxisRow {
    AxisRow(
      clip: clip, module: try Softmax(kind, axis: axis), output: clip, first: first, sum: sum)
  }

  private static func gate(
    _ clip: Shape, _ axis: Axis, output: Shape, first: [Double], sum: Double
  ) throws -> AxisRow {
    AxisRow(
      clip: clip, module: GatedLinearUnit(axis: axis), output: output, first: first, sum: sum)
  }
}

@Suite("Functions along an axis")
struct SoftmaxTests {
  @Test("each is PyTorch's, in all modes", arguments: try AxisRow.all.get())
  func matchesPyTorch(_ row: AxisRow) throws {
    let run = try ModeRun(row.module, clip: .sawtooth(row.clip))
    #expect(run.differences == [])
    #expect(run.forward.shape == row.output)
    for (value, expected) in zip(run.forward.scalars, row.first) {
      #expect(abs(Double(value) - expected) <= 1.2e-7 * abs(expected))
    }
    #expect(abs(weightedSum(run.forward) - row.sum) <= 1e-6 * Double(row.output.count))
    #expect(row.module.divergence(frame: row.clip.frame) == nil)
  }

  @Test("a stream can end without frames, and then gives none")
  func end() throws {
    for axis in [Axis.clip(1), .clip(3)] {
      let plan = try Plan(Softmax(.softmax, axis: axis), frame: [1, 3, 4])
      var stream = plan.makeStream()
      let clip = Tensor.sawtooth([1, 3, 2, 4])
      let made = try stream.forwardSteps(clip, padEnd: true)
      #expect(made.hasSameBits(as: try plan.forward(clip)))
      #expect(try stream.end { _, _, _ in }.shape[2] == 0)
    }
  }

  @Test("over time a step has one frame only, and says so", arguments: [Axis.clip(2), .clip(-1)])
  func overTime(_ axis: Axis) throws {
    let module = try Softmax(.softmax, axis: axis)
    let run = try ModeRun(module, clip: .sawtooth([1, 2, 3]))
    #expect(run.steps.flatMap(\.scalars) == [1, 1, 1, 1, 1, 1])
    #expect(abs(run.forward.scalars[..<3].reduce(0, +) - 1) < 1e-6)
    #expect(module.divergence(frame: [1, 2]) != nil)
    let error = #expect(throws: ModuleError.self) {
      try Plan(GatedLinearUnit(axis: axis), frame: [1, 2])
    }
    #expect(error?.code == .notStreamable)
  }

  @Test("dimensions of frames do not count time")
  func framewise() throws {
    let clip = Tensor.sawtooth([2, 3, 4, 5])
    let last = try ModeRun(try Softmax(.softmax, axis: .frame(2)), clip: clip)
    let same = try ModeRun(try Softmax(.softmax, axis: .clip(3)), clip: clip)
    #expect(last.differences == [])
    #expect(last.forward == same.forward)
    // Of three axes PyTorch takes the first, of four the second.
    let implied = try ModeRun(try Softmax(.softmax, axis: nil, isFramewise: true), clip: clip)
    #expect(
      implied.forward == (try ModeRun(try Softmax(.softmax, axis: .clip(0)), clip: clip)).forward)
  }

  @Test("infinities and NaN spoil their own row")
  func extremes() throws {
    let clip = Tensor([1, 3, 4], [1, .nan, .infinity, -.infinity, 2, 1, 2, 1, 3, 2, 3, 2])
    let run = try ModeRun(try Softmax(.softmax, axis: .clip(1)), clip: clip)
    #expect(run.differences == [])
    // Along the channels: frame 1 has the NaN and frame 2 the infinity.
    for channel in 0..<3 {
      #expect(!run.forward[0, channel, 0].isNaN)
      #expect(run.forward[0, channel, 1].isNaN)
      #expect(run.forward[0, channel, 2].isNaN)
    }
    #expect(run.forward[0, 0, 3] == 0)
    #expect(abs(run.forward[0, 2, 3] - 0.731_058_6) < 1e-6)
  }

  @Test("dimensions that do not exist are refused")
  func refusesAxes() throws {
    for axis in [Axis.clip(3), .clip(-4), .frame(2), .frame(-3)] {
      #expect(throws: ModuleError.self) {
        try Plan(try Softmax(.softmax, axis: axis), frame: [1, 2])
      }
    }
    #expect(throws: ModuleError.self) { try Softmax(.softmax2d, axis: .clip(1)) }
    #expect(throws: ModuleError.self) {
      try Plan(try Softmax(.softmax2d, axis: nil), frame: [1, 2, 3, 4])
    }
    #expect(throws: ModuleError.self) { try Plan(GatedLinearUnit(axis: .clip(1)), frame: [1, 3]) }
  }
}
