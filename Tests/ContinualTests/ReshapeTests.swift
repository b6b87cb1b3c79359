import Continual
import Tensors
import TestSupport
import Testing

@Suite("Other axes")
struct ReshapeTests {
  @Test(
    "frames keep their elements in order, as torch reshapes each of them",
    arguments: [[2, 20], [2, -1], [-1, 4], [1, 8, 5], [2, 2, 5, 2], [8, 5]])
  func reshapes(_ shape: [Int]) throws {
    let clip = Tensor.sawtooth([1, 2, 3, 4, 5])
    let run = try ModeRun(try Reshape(shape: shape), clip: clip)
    #expect(run.differences == [])
    for time in 0..<3 {
      #expect(run.forward.frame(time).scalars == clip.frame(time).scalars)
      #expect(run.steps[time].shape.count == 40)
    }
    let axes = shape.map { $0 == -1 ? 40 / -shape.reduce(1, *) : $0 }
    #expect(run.forward.shape == Shape(axes).clip(frames: 3))
  }

  @Test("axes of frames are flattened without time")
  func flattensFrames() throws {
    let clip = Tensor.sawtooth([2, 3, 4, 5, 2])
    let all = try ModeRun(Flatten(start: .frame(1), end: .frame(-1)), clip: clip)
    #expect(all.differences == [])
    #expect(all.forward.shape == [2, 30, 4])
    #expect(all.forward.frame(1).scalars == clip.frame(1).scalars)
    let space = try ModeRun(Flatten(start: .clip(3), end: .clip(-1)), clip: clip)
    #expect(space.forward == clip.reshaped([2, 3, 4, 10]))
    #expect(try Plan(Flatten(start: .frame(1), end: .frame(1)), frame: [2, 3, 4]).nodes.isEmpty)
  }

  @Test("time is flattened only where a clip has one frame")
  func flattensTime() throws {
    let error = #expect(throws: ModuleError.self) { try Plan(Flatten(), frame: [1, 2, 3]) }
    #expect(error?.code == .notStreamable)
    let pool = try AdaptivePooling(
      kind: .average(countIncludePad: true, divisorOverride: nil), outputSize: [1, 2], window: 4)
    let run = try ModeRun(Sequential(pool, Flatten()), clip: .sawtooth([2, 3, 4, 5]))
    #expect(run.differences == [])
    #expect(run.forward.shape == [2, 6, 1])
    let channels = try Plan(
      Sequential(pool, Flatten(start: .clip(1), end: .clip(2))), frame: [2, 3, 5])
    #expect(channels.output.frame == [2, 3, 2])
  }

  @Test("shapes that cannot be are refused")
  func refuses() throws {
    for shape in [[4], [-1, -1], [2, -2], []] {
      #expect(throws: ModuleError.self) { try Reshape(shape: shape) }
    }
    for shape in [[3, 2], [0, -1], [7, -1], [Int.max, 2]] {
      #expect(throws: ModuleError.self) { try Plan(try Reshape(shape: shape), frame: [1, 8]) }
    }
    for (start, end) in [(0, 1), (2, 1), (1, 5)] {
      #expect(throws: ModuleError.self) {
        try Plan(Flatten(start: .frame(start), end: .frame(end)), frame: [1, 8, 2])
      }
    }
  }
}
