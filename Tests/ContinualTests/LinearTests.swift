import Continual
import Tensors
import TestSupport
import Testing

@Suite("linear")
struct LinearTests {
  /// The definition along an axis of a tensor, in double precision.
  private func naive(_ weight: Tensor, _ bias: Tensor?, _ input: Tensor, axis: Int) -> Tensor64 {
    var axes = input.shape.axes
    axes[axis] = weight.shape[0]
    let shape = Shape(axes)
    let strides = input.shape.strides
    return Tensor64(
      shape,
      (0..<shape.count).map { index in
        var place = shape.place(ofElement: index)
        let row = place[axis]
        var sum = bias.map { Double($0[row]) } ?? 0
        for column in 0..<weight.shape[1] {
          place[axis] = column
          let offset = zip(place, strides).reduce(0) { $0 + $1.0 * $1.1 }
          sum += Double(weight[row, column]) * Double(input.scalars[offset])
        }
        return sum
      })
  }

  private func isClose(_ found: Tensor, _ exact: Tensor64) -> Bool {
    found.shape == exact.shape
      && zip(found.scalars, exact.scalars).allSatisfy { abs(Double($0) - $1) < 1e-5 }
  }

  @Test(
    "the axis is multiplied with the weights, and steps have the same bits",
    arguments: [
      ([2, 5], .clip(1), 1, 1), ([2, 5], .frame(-1), 1, 1), ([1, 5, 7], .clip(1), 1, 1),
      ([2, 3, 5], .clip(-1), 3, 2), ([2, 3, 5], .frame(2), 3, 2), ([2, 5, 3, 4], .clip(1), 1, 1),
      ([2, 3, 5, 4], .frame(-2), 3, 2), ([2, 3, 4, 5], .clip(-1), 4, 3),
      ([5, 2, 3], .clip(0), 0, 0),
    ] as [([Int], Axis, Int, Int)])
  func products(_ frame: [Int], _ axis: Axis, _ clipAxis: Int, _ frameAxis: Int) throws {
    var random = SeededRandom(UInt64(frame.reduce(1, *)))
    for outputs in [1, 4, 9, 20] {
      let weight = random.tensor([outputs, 5])
      let bias = outputs == 4 ? nil : random.tensor([outputs])
      let linear = try Linear(weight: weight, bias: bias, axis: axis)
      let plan = try Plan(linear, frame: Shape(frame))
      let clip = random.tensor(Shape(frame).clip(frames: 6))
      let run = try ModeRun(plan, clip: clip)
      #expect(isClose(run.forward, naive(weight, bias, clip, axis: clipAxis)))
      #expect(isClose(run.steps[0], naive(weight, bias, clip.frame(0), axis: frameAxis)))
      #expect(run.steps.count == 6)
      #expect(run.differences == [])
      #expect(linear.divergence(frame: Shape(frame)) == nil)
    }
  }

  @Test(
    "the last axis of clips (B, C, T) is time, and of their frames the channels, as in the library")
  func lastAxis() throws {
    var random = SeededRandom(3)
    let weight = random.tensor([4, 4])
    let linear = try Linear(weight: weight, bias: nil, axis: .clip(-1))
    let plan = try Plan(linear, frame: [2, 4])
    let clip = random.tensor([2, 4, 4])
    let run = try ModeRun(plan, clip: clip)
    #expect(isClose(run.forward, naive(weight, nil, clip, axis: 2)))
    #expect(isClose(run.chunk, naive(weight, nil, clip, axis: 1)))
    #expect(
      linear.divergence(frame: [2, 4])
        == "works on axis 2 of a clip, which is time, and on axis 1 of a frame; use channel_dim=1 for the "
        + "channels in both")
    #expect(throws: ModuleError.self) { try plan.forward(random.tensor([2, 4, 5])) }
  }

  @Test("a clip whose frames would differ from those of steps is refused")
  func framesDiffer() throws {
    let plan = try Plan(
      Linear(weight: Tensor([3, 4]), bias: nil, axis: .clip(-1)), frame: [2, 4])
    #expect(
      throws: ModuleError(
        .frame(.otherInSteps([2, 4], of: [2, 4, 4], inSteps: [2, 3])))
    ) { try plan.forward(Tensor([2, 4, 4])) }
  }

  @Test("what does not fit is refused")
  func refusals() throws {
    #expect(throws: ModuleError.self) {
      try Linear(weight: Tensor([3]), bias: nil, axis: .clip(1))
    }
    #expect(throws: ModuleError.self) {
      try Linear(weight: Tensor([3, 4]), bias: Tensor([4]), axis: .clip(1))
    }
    let linear = try Linear(weight: Tensor([3, 4]), bias: nil, axis: .clip(1))
    #expect(
      throws: ModuleError(
        .frame(.features(frame: [1, 5, 4], axis: 1, expected: 4)))
    ) { try Plan(linear, frame: [1, 5, 4]) }
    for axis in [Axis.clip(2), .clip(5), .clip(-4), .frame(3)] {
      let linear = try Linear(weight: Tensor([3, 4]), bias: nil, axis: axis)
      #expect(throws: ModuleError.self) { try Plan(linear, frame: [1, 4]) }
    }
  }
}
