import Continual
import Tensors
import TestSupport
import Testing

@Suite("Arithmetic with constants")
struct ArithmeticTests {
  private static let clip = Tensor.sawtooth([2, 3, 4, 5])

  @Test("numbers are combined with each element, in all modes")
  func numbers() throws {
    let clip = ArithmeticTests.clip
    let cases: [(Arithmetic.Operation, (Float) -> Float)] = [
      (.add(.number(0.1)), { Float(Double($0) + 0.1) }),
      (.multiply(.number(-0.3)), { Float(Double($0) * -0.3) }),
      (.constant(.number(0.7)), { _ in 0.7 }),
      (.zero, { _ in 0 }),
      (.one, { _ in 1 }),
    ]
    for (operation, function) in cases {
      let run = try ModeRun(Arithmetic(operation), clip: clip)
      #expect(run.differences == [])
      #expect(run.forward.shape == clip.shape)
      #expect(run.forward.scalars == clip.scalars.map(function))
    }
  }

  @Test(
    "tensors are broadcast from the last axis of clips",
    arguments: [[3, 1, 5], [3, 1, 1], [5], [2, 1, 1, 1], [1, 3, 1, 5], [2, 3, 1, 5]])
  func tensors(_ axes: [Int]) throws {
    let clip = ArithmeticTests.clip
    let operand = Tensor(
      Shape(axes), (0..<axes.reduce(1, *)).map { Float($0 * $0 % 7) + 0.25 })
    let all = [Int](repeating: 1, count: 4 - axes.count) + axes
    let cases: [(Arithmetic.Operation, (Float, Float) -> Float)] = [
      (.add(.tensor(operand)), { $0 + $1 }), (.multiply(.tensor(operand)), { $0 * $1 }),
      (.constant(.tensor(operand)), { $1 }),
    ]
    for (operation, function) in cases {
      let run = try ModeRun(Arithmetic(operation), clip: clip)
      #expect(run.differences == [])
      for (index, value) in run.forward.scalars.enumerated() {
        let place = clip.shape.place(ofElement: index)
        let offset = zip(place, all).reduce(0) { $0 * $1.1 + ($1.1 == 1 ? 0 : $1.0) }
        #expect(value == function(clip.scalars[index], operand.scalars[offset]))
      }
    }
  }

  @Test("a tensor can have more channels than the frames")
  func grows() throws {
    let run = try ModeRun(
      Arithmetic(.add(.tensor(Tensor([2, 1, 1], [10, 20])))), clip: .sawtooth([1, 1, 3, 2]))
    #expect(run.differences == [])
    #expect(run.forward.shape == [1, 2, 3, 2])
    #expect(run.forward[0, 1, 0, 0] - run.forward[0, 0, 0, 0] == 10)
  }

  @Test("applied to each frame, tensors do not count time")
  func framewise() throws {
    let operand = Tensor([3, 1], [1, 2, 3])
    let run = try ModeRun(
      Arithmetic(.add(.tensor(operand)), isFramewise: true), clip: ArithmeticTests.clip)
    let same = try ModeRun(
      Arithmetic(.add(.tensor(operand.reshaped([3, 1, 1])))), clip: ArithmeticTests.clip)
    #expect(run.differences == [])
    #expect(run.forward == same.forward)
  }

  @Test("tensors that have time, or do not fit, are refused")
  func refuses() {
    func code(_ axes: [Int]) -> ModuleError.Code? {
      let operation = Arithmetic.Operation.add(.tensor(Tensor(Shape(axes))))
      do throws(ModuleError) {
        _ = try Plan(Arithmetic(operation), frame: [2, 3, 5])
        return nil
      } catch {
        return error.code
      }
    }
    #expect(code([4, 1]) == .notStreamable)
    #expect(code([3, 4, 1]) == .notStreamable)
    #expect(code([2, 1, 1]) == .shape)
    #expect(code([1, 1, 1, 1, 1]) == .shape)
    #expect(code([]) == nil)
  }
}
