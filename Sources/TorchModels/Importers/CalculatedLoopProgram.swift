import Continual
import Tensors

/// The calls of one frame of a loop, with the tensors that they read.
struct CalculatedLoopProgram: Sendable {
  private let program: TensorProgram
  private let tensors: [String: Tensor64]
  private let frame: String
  private let shape: [Int]
  private let outputs: [String]
  private let outputCount: Int
  /// What a frame reads, what it makes for the next one, and the shape of both.
  private let states: [(read: String, made: String, shape: [Int])]

  init(
    _ calls: [TensorCall], _ tensors: [String: TensorView], frame: String, shape: [Int],
    outputs: [String], outputCount: Int, states: [(read: String, made: String, shape: [Int])]
  ) {
    program = TensorProgram(calls, inputs: [frame], output: outputs.first ?? "")
    self.tensors = tensors.mapValues(\.tensor)
    (self.frame, self.shape) = (frame, shape)
    (self.outputs, self.outputCount) = (outputs, outputCount)
    self.states = states
  }

  /// About how many products a frame takes, or as much work.
  var operationCount: Int { program.operationCount(tensors.mapValues { TensorView($0) }) }

  var function: CalculatedLoop.Function {
    { numbers, state in
      do throws(EvaluationError) {
        return try self.made(numbers, state)
      } catch {
        return (
          [Double](repeating: .nan, count: self.outputCount),
          [Double](repeating: .nan, count: state.count)
        )
      }
    }
  }

  private func made(
    _ numbers: [Double], _ state: [Double]
  ) throws(EvaluationError) -> (output: [Double], state: [Double]) {
    var values = tensors.mapValues { TensorView($0) }
    values[frame] = TensorView(shape, numbers)
    var start = 0
    for (read, _, shape) in states {
      let count = shape.reduce(1, *)
      values[read] = TensorView(shape, Array(state[start..<start + count]))
      start += count
    }
    for call in program.calls { try TensorProgram.run(call, &values) }
    func result(_ name: String) throws(EvaluationError) -> [Double] {
      guard let value = values[name] else { throw .missing(name) }
      return value.numbers
    }
    var (output, next): ([Double], [Double]) = ([], [])
    for name in outputs { output += try result(name) }
    for (_, made, _) in states { next += try result(made) }
    guard output.count == outputCount, next.count == state.count else { throw .misfit }
    return (output, next)
  }
}
