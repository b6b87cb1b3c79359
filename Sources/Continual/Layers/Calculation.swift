import Tensors

/// A function of each frame as a whole, calculated in `Double` by whoever made it.
///
/// This is for networks that nothing steps: a frame is a whole clip of PyTorch then. Takes frames (B, N), and
/// makes frames (B, M); each sample is calculated by itself.
package struct Calculation: Module {
  /// Makes the numbers of one sample of a frame; all NaN where it cannot.
  package typealias Function = @Sendable ([Double]) -> [Double]

  /// How many numbers a sample has before.
  package let inputCount: Int

  /// And after.
  package let outputCount: Int

  package let parameterCount: Int

  /// About how many products the function takes, or as much work.
  package let operationCount: Int

  /// What is calculated.
  package let function: Function

  /// Makes a calculation.
  ///
  /// - Parameters:
  ///   - inputCount: the numbers of a sample.
  ///   - outputCount: the numbers that the function makes of them.
  ///   - parameterCount: the weights it has.
  ///   - operationCount: about how many products it takes.
  ///   - function: the function.
  package init(
    inputCount: Int, outputCount: Int, parameterCount: Int, operationCount: Int,
    function: @escaping Function
  ) {
    self.inputCount = inputCount
    self.outputCount = outputCount
    self.parameterCount = parameterCount
    self.operationCount = operationCount
    self.function = function
  }

  package var typeName: String { "Calculation" }

  package var summary: String { "\(inputCount) -> \(outputCount)" }

  package func lower(
    _ input: Wire, into plan: inout PlanBuilder
  ) throws(ModuleError) -> Wire {
    let frame = input.frame
    guard frame.rank == 2, frame[1] == inputCount else {
      throw ModuleError(.frame(.reshaped(frame: frame, [frame[0], inputCount])))
    }
    return plan.append(
      CalculationKernel(outputFrame: Shape([frame[0], outputCount]), calculation: self), to: input)
  }
}

/// Calculates sample by sample, and frame by frame.
private struct CalculationKernel: PointwiseKernel {
  let outputFrame: Shape
  let calculation: Calculation

  func apply(
    _ input: Span<Float>, frames: Int, into output: inout MutableSpan<Float>,
    scratch: inout MutableSpan<Float>
  ) {
    let (before, after) = (calculation.inputCount, calculation.outputCount)
    var numbers = [Double](repeating: 0, count: before)
    for sample in 0..<outputFrame[0] {
      for time in 0..<frames {
        for index in 0..<before {
          numbers[index] = Double(input[(sample * before + index) * frames + time])
        }
        let result = calculation.function(numbers)
        for index in 0..<after {
          output[(sample * after + index) * frames + time] = Float(result[index])
        }
      }
    }
  }
}
