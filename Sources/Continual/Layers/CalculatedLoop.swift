import Tensors

/// A loop over frames, calculated in `Double` by whoever made it: each output is made of a frame and of what the
/// frames before left behind.
///
/// This is for recurrences that a network writes down itself, as a convolutional LSTM. Takes frames (B, N), and makes
/// frames (B, M); each sample has a state of its own. What is remembered has twice the digits of a float, so that
/// rounding does not add up. Clip, chunks and steps have the same bits.
package struct CalculatedLoop: Module {
  /// Makes the numbers of one sample of a frame, and what the next frame is given; all NaN where it cannot.
  package typealias Function =
    @Sendable (_ frame: [Double], _ state: [Double]) -> (output: [Double], state: [Double])

  /// How many numbers a sample has before.
  package let inputCount: Int

  /// And after.
  package let outputCount: Int

  /// What the first frame is given.
  package let initial: [Double]

  package let parameterCount: Int

  /// About how many products a frame takes, or as much work.
  package let operationCount: Int

  /// What is calculated.
  package let function: Function

  /// Makes a loop.
  ///
  /// - Parameters:
  ///   - inputCount: the numbers of a sample.
  ///   - outputCount: the numbers that the function makes of them.
  ///   - initial: what the first frame is given.
  ///   - parameterCount: the weights it has.
  ///   - operationCount: about how many products it takes.
  ///   - function: the function.
  package init(
    inputCount: Int, outputCount: Int, initial: [Double], parameterCount: Int,
    operationCount: Int, function: @escaping Function
  ) {
    self.inputCount = inputCount
    self.outputCount = outputCount
    self.initial = initial
    self.parameterCount = parameterCount
    self.operationCount = operationCount
    self.function = function
  }

  package var typeName: String { "CalculatedLoop" }

  package var summary: String { "\(inputCount) -> \(outputCount), state=\(initial.count)" }

  package func lower(
    _ input: Wire, into plan: inout PlanBuilder
  ) throws(ModuleError) -> Wire {
    let frame = input.frame
    guard frame.rank == 2, frame[1] == inputCount else {
      throw ModuleError(.frame(.reshaped(frame: frame, [frame[0], inputCount])))
    }
    return plan.append(
      CalculatedLoopKernel(outputFrame: Shape([frame[0], outputCount]), loop: self), to: input)
  }

  /// A number as two floats, which is how a stream remembers it.
  package static func parts(of number: Double) -> (Float, Float) {
    let first = Float(number)
    let rest = Float(number - Double(first))
    return (first, rest.isFinite ? rest : 0)
  }

  /// What is left of a number that a stream remembers.
  package static func remembered(_ number: Double) -> Double {
    let (first, rest) = parts(of: number)
    return Double(first) + Double(rest)
  }
}

/// Keeps the state of each sample, two floats a number.
private struct CalculatedLoopKernel: Kernel {
  let outputFrame: Shape
  let loop: CalculatedLoop

  var state: StateLayout { StateLayout(floats: 2 * outputFrame[0] * loop.initial.count) }

  func reset(memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>) {
    let count = loop.initial.count
    for sample in 0..<outputFrame[0] {
      for (index, number) in loop.initial.enumerated() {
        let place = 2 * (sample * count + index)
        (memory[place], memory[place + 1]) = CalculatedLoop.parts(of: number)
      }
    }
  }

  func advance(
    _ input: Span<Float>, frames: Int, into output: inout MutableSpan<Float>, outputs: Int,
    ends: Bool, memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) {
    let (before, after, count) = (loop.inputCount, loop.outputCount, loop.initial.count)
    for sample in 0..<outputFrame[0] {
      let start = 2 * sample * count
      var state = (0..<count).map {
        Double(memory[start + 2 * $0]) + Double(memory[start + 2 * $0 + 1])
      }
      for time in 0..<frames {
        let frame = (0..<before).map { Double(input[(sample * before + $0) * frames + time]) }
        let made = loop.function(frame, state)
        for index in 0..<after {
          output[(sample * after + index) * frames + time] = Float(made.output[index])
        }
        state = made.state.map(CalculatedLoop.remembered)
      }
      for (index, number) in state.enumerated() {
        (memory[start + 2 * index], memory[start + 2 * index + 1]) = CalculatedLoop.parts(
          of: number)
      }
    }
  }
}
