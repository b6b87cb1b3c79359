import Continual
import Tensors
import TestSupport
import Testing

@Suite("products with matrices of the file")
struct MatMulTests {
  @Test(
    "clip and steps have the same bits, whatever the stack, the axis and the sizes",
    arguments: [
      ([2, 6, 7], [7, 5], -1, MatMul.Stack.sum), ([2, 6, 7], [3, 7, 5], -1, .sum),
      ([1, 6, 3, 4], [2, 3, 8], 3, .sum), ([2, 6, 7], [3, 7, 7], -1, .each),
      ([1, 6, 3, 4], [6, 4, 2], -1, .each), ([2, 3, 5], [4, 5, 9], -1, .repeated),
      ([2, 3, 5, 2], [2, 5, 1], 3, .repeated), ([2, 6], [6, 3], 1, .sum),
      ([1, 3, 25], [1, 25, 25], -1, .sum),
    ] as [([Int], Shape, Int, MatMul.Stack)])
  func modes(_ frame: [Int], _ matrix: Shape, _ axis: Int, _ stack: MatMul.Stack) throws {
    var random = SeededRandom(UInt64(matrix.count))
    let module = try MatMul(random.tensor(matrix), axis: .clip(axis), stack: stack)
    for frames in [1, 6] {
      let run = try ModeRun(module, clip: random.tensor(Shape(frame).clip(frames: frames)))
      #expect(run.stepIndices == Array(0..<frames))
      #expect(run.differences.isEmpty)
    }
  }

  @Test("each matrix meets the channels of its own group, and the results are added")
  func groups() throws {
    // Two groups of one channel; the first is doubled, the second reversed.
    let matrices = Tensor([2, 2, 2], [2, 0, 0, 2, 0, 1, 1, 0])
    let clip = Tensor([1, 2, 1, 2], [1, 2, 30, 40])
    func made(_ stack: MatMul.Stack) throws -> Tensor {
      try ModeRun(MatMul(matrices, stack: stack), clip: clip).forward
    }
    #expect(try made(.sum) == Tensor([1, 1, 1, 2], [42, 34]))
    #expect(try made(.each) == Tensor([1, 2, 1, 2], [2, 4, 40, 30]))
    #expect(try made(.repeated) == Tensor([1, 4, 1, 2], [2, 4, 60, 80, 2, 1, 40, 30]))
  }

  @Test(
    "what cannot be multiplied is refused with the reason",
    arguments: [
      ([1, 4, 3], [5, 5], -1, .frame(.rows(frame: [1, 4, 3], axis: 2, matrix: [5, 5]))),
      ([1, 4, 3], [3, 3], 2, .stream(.matrixOverTime(dimension: 2))),
      ([1, 4], [4, 4], -1, .stream(.matrixOverTime(dimension: -1))),
      ([1, 4, 3], [1, 1], 0, .arguments([.matrixAxis(dimension: 0, isBatch: true)])),
      ([1, 4, 3], [2, 4, 4], 1, .arguments([.matrixAxis(dimension: 1, isBatch: false)])),
      ([1, 4, 3], [3, 3, 3], -1, .frame(.matrices(frame: [1, 4, 3], 3))),
      ([1, 4, 3], [3, 3], 4, .arguments([.dimension(.clip(4), rank: 4)])),
    ] as [(Shape, Shape, Int, ModuleError.Finding)])
  func refusals(
    _ frame: Shape, _ matrix: Shape, _ axis: Int, _ finding: ModuleError.Finding
  ) throws {
    let module = try MatMul(Tensor(matrix), axis: .clip(axis))
    #expect(throws: ModuleError(finding)) { try Plan(module, frame: frame) }
  }

  @Test("a matrix has two axes, or three", arguments: [[3], [0, 3], [2, 2, 2, 2]] as [Shape])
  func ranks(_ shape: Shape) {
    #expect(throws: ModuleError.self) { try MatMul(Tensor(shape)) }
  }
}
