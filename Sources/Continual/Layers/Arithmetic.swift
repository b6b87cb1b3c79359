public import Tensors

/// Adds or multiplies by something constant, or yields it, as `Add`, `Multiply`, `Constant`, `Zero`
/// and `One` of `continual`.
///
/// Takes clips of any shape. Clip and step have the same bits.
public struct Arithmetic: Module {
  /// What is constant.
  public enum Operand: Hashable, Sendable {
    /// One number for all elements.
    case number(Double)
    /// An array that is broadcast to clips (B, C, T, S…), by PyTorch's rule: axes are counted from the
    /// last one, and those of length one are repeated. Along time it has to have length one.
    case tensor(Tensor)
  }

  /// What is done.
  public enum Operation: Hashable, Sendable {
    /// input + operand
    case add(Operand)
    /// input * operand
    case multiply(Operand)
    /// The operand, in the shape of the input.
    case constant(Operand)
    /// Zeros in the shape of the input.
    case zero
    /// Ones in the shape of the input.
    case one
  }

  /// What is done.
  public let operation: Operation

  /// Whether the module is applied to each frame, whose axes then are counted.
  public let isFramewise: Bool

  /// Makes an operation.
  ///
  /// - Parameters:
  ///   - operation: what is done.
  ///   - isFramewise: whether a tensor is broadcast to frames (B, C, S…) instead of clips.
  public init(_ operation: Operation, isFramewise: Bool = false) {
    self.operation = operation
    self.isFramewise = isFramewise
  }

  public var typeName: String {
    switch operation {
    case .add: "Add"
    case .multiply: "Multiply"
    case .constant: "Constant"
    case .zero: "Zero"
    case .one: "One"
    }
  }

  public var summary: String {
    switch operation {
    case .add(.number(let number)), .multiply(.number(let number)), .constant(.number(let number)):
      Arguments.number(number)
    case .add(.tensor(let tensor)), .multiply(.tensor(let tensor)), .constant(.tensor(let tensor)):
      "tensor of shape \(tensor.shape)"
    case .zero, .one: ""
    }
  }

  public func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire {
    let frame = input.frame
    let kernel: any Kernel =
      switch operation {
      case .add(let operand): try kernel(.add, operand, frame)
      case .multiply(let operand): try kernel(.multiply, operand, frame)
      case .constant(let operand): try kernel(.replace, operand, frame)
      case .zero: try kernel(.replace, .number(0), frame)
      case .one: try kernel(.replace, .number(1), frame)
      }
    return plan.append(kernel, to: input)
  }

  private func kernel(
    _ combination: Combination, _ operand: Operand, _ frame: Shape
  ) throws(ModuleError) -> any Kernel {
    switch operand {
    case .number(let number):
      NumberKernel(outputFrame: frame, combination: combination, number: number)
    case .tensor(let tensor):
      try kernel(combination, tensor, frame)
    }
  }

  private func kernel(
    _ combination: Combination, _ tensor: Tensor, _ frame: Shape
  ) throws(ModuleError) -> TensorKernel {
    let rank = isFramewise ? frame.rank : frame.rank + 1
    let missing = rank - tensor.shape.rank
    var axes = [Int](repeating: 1, count: max(missing, 0)) + tensor.shape.axes
    if missing >= 0, !isFramewise {
      guard axes[AxisLayout.time] == 1 else {
        throw ModuleError(
          .stream(.tensorOverTime(tensor.shape, frames: axes[AxisLayout.time])))
      }
      axes.remove(at: AxisLayout.time)
    }
    guard missing >= 0, let operand = Shape(checking: axes),
      let output = Broadcast.shape(of: [frame, operand]), Size.product(output.axes) != nil
    else {
      throw ModuleError(
        .frame(.broadcast(tensor: tensor.shape, frame: frame, isFramewise: isFramewise)))
    }
    return TensorKernel(
      combination, Tensor(operand, tensor.scalars), inputFrame: frame, outputFrame: output)
  }
}

/// What becomes of an input and something constant.
private enum Combination: Hashable, Sendable {
  case add
  case multiply
  case replace
}

/// Combines each element with one number, in double precision.
private struct NumberKernel: InPlaceKernel {
  let outputFrame: Shape
  let combination: Combination
  let number: Double

  func apply(
    _ input: Span<Float>?, frames: Int, into output: inout MutableSpan<Float>,
    scratch: inout MutableSpan<Float>
  ) {
    let number = number
    switch combination {
    case .add: map(input, into: &output) { Float(Double($0) + number) }
    case .multiply: map(input, into: &output) { Float(Double($0) * number) }
    case .replace: fill(&output, with: Float(number))
    }
  }
}

/// Combines each element with the one of an array that belongs to it.
private struct TensorKernel: InPlaceKernel {
  let outputFrame: Shape
  private let combination: Combination
  private let operand: Tensor
  private let inputFrame: Shape
  private let inputToFrame: Broadcast
  private let operandToFrame: Broadcast

  init(
    _ combination: Combination, _ operand: Tensor, inputFrame: Shape, outputFrame: Shape
  ) {
    self.combination = combination
    self.operand = operand
    self.inputFrame = inputFrame
    self.outputFrame = outputFrame
    inputToFrame = Broadcast(from: inputFrame, to: outputFrame)
    operandToFrame = Broadcast(from: operand.shape, to: outputFrame)
  }

  func apply(
    _ input: Span<Float>?, frames: Int, into output: inout MutableSpan<Float>,
    scratch: inout MutableSpan<Float>
  ) {
    if frames == 1 { return combine(input, inputToFrame, operandToFrame, into: &output) }
    if frames <= TensorKernel.mostFramesOfStep {
      for time in 0..<frames { combine(input, time, of: frames, into: &output) }
      return
    }
    let shape = outputFrame.clip(frames: frames)
    combine(
      input, Broadcast(from: inputFrame.clip(frames: frames), to: shape),
      Broadcast(from: operand.shape.clip(frames: 1), to: shape), into: &output)
  }

  /// Up to how many frames are taken one by one, which needs no memory; a step seldom makes more.
  private static let mostFramesOfStep = 512

  /// Combines one frame of a chunk.
  private func combine(
    _ input: Span<Float>?, _ time: Int, of frames: Int, into output: inout MutableSpan<Float>
  ) {
    if let input {
      inputToFrame.fold(
        input, frames: frames, at: time, into: &output, frames: frames, at: time
      ) { $1 }
    }
    let operand = operand.scalars.span
    switch combination {
    case .add:
      operandToFrame.fold(operand, frames: 1, at: 0, into: &output, frames: frames, at: time) {
        $0 + $1
      }
    case .multiply:
      operandToFrame.fold(operand, frames: 1, at: 0, into: &output, frames: frames, at: time) {
        $0 * $1
      }
    case .replace:
      operandToFrame.fold(operand, frames: 1, at: 0, into: &output, frames: frames, at: time) {
        $1
      }
    }
  }

  private func combine(
    _ input: Span<Float>?, _ fromInput: Broadcast, _ fromOperand: Broadcast,
    into output: inout MutableSpan<Float>
  ) {
    // In place, the frames are there already: input and output have the same shape.
    if let input { fromInput.fold(input, into: &output) { $1 } }
    let operand = operand.scalars.span
    switch combination {
    case .add: fromOperand.fold(operand, into: &output) { $0 + $1 }
    case .multiply: fromOperand.fold(operand, into: &output) { $0 * $1 }
    case .replace: fromOperand.fold(operand, into: &output) { $1 }
    }
  }
}
