import Tensors
import TestSupport
import Testing

@testable import Continual

@Suite("Some neighbours along an axis")
struct NarrowTests {
  @Test(
    "an element is the one so many places further, in all modes",
    arguments: [
      ([2, 7, 5], 1, 2, 4), ([1, 4, 3, 5], -1, 1, 3), ([3, 2, 4, 5, 6], 3, 4, 1),
      ([2, 3, 4, 5, 2], 1, 0, 2),
    ] as [([Int], Int, Int, Int)])
  func chosen(_ axes: [Int], _ dim: Int, _ start: Int, _ length: Int) throws {
    let clip = Tensor.sawtooth(Shape(axes))
    let run = try ModeRun(Narrow(axis: .clip(dim), start: start, length: length), clip: clip)
    #expect(run.differences == [])
    let axis = dim < 0 ? dim + axes.count : dim
    var shape = axes
    shape[axis] = length
    #expect(run.forward.shape == Shape(shape))
    for element in 0..<run.forward.shape.count {
      var place = run.forward.shape.place(ofElement: element)
      place[axis] += start
      let source = zip(place, clip.shape.strides).reduce(0) { $0 + $1.0 * $1.1 }
      #expect(run.forward.scalars[element] == clip.scalars[source])
    }
  }

  @Test("an axis of frames does not count time")
  func frames() throws {
    let clip = Tensor.sawtooth([2, 3, 4, 5])
    let frames = try ModeRun(Narrow(axis: .frame(2), start: 1, length: 3), clip: clip)
    let clips = try ModeRun(Narrow(axis: .clip(3), start: 1, length: 3), clip: clip)
    #expect(frames.forward == clips.forward)
  }

  @Test("a whole axis is left as it is, and needs no kernel")
  func whole() throws {
    let plan = try Plan(Narrow(axis: .clip(1), start: 0, length: 3), frame: [2, 3])
    #expect(plan.output == Wire(id: 0, frame: [2, 3]))
  }

  @Test("time and the batch are refused, and what reaches beyond the axis")
  func refused() throws {
    let rows: [(dim: Int, start: Int, length: Int, finding: ModuleError.Finding)] = [
      (2, 0, 1, .stream(.narrowedTime(dimension: 2))),
      (-2, 0, 1, .stream(.narrowedTime(dimension: -2))),
      (0, 0, 1, .stream(.narrowedBatch(dimension: 0))),
      (1, 2, 2, .frame(.narrowed(axis: 1, start: 2, length: 2, elements: 3))),
      (3, 5, 1, .frame(.narrowed(axis: 3, start: 5, length: 1, elements: 5))),
      (4, 0, 1, .arguments([.dimension(.clip(4), rank: 4)])),
    ]
    for row in rows {
      let module = try Narrow(axis: .clip(row.dim), start: row.start, length: row.length)
      #expect(throws: ModuleError(row.finding)) { try Plan(module, frame: [2, 3, 5]) }
    }
    #expect(throws: ModuleError.self) { try Narrow(axis: .clip(1), start: -1, length: 1) }
    #expect(throws: ModuleError.self) { try Narrow(axis: .clip(1), start: 0, length: 0) }
  }
}
