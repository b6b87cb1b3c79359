public import Tensors

/// x, and below zero x times a learned slope, as `torch.nn.PReLU`.
///
/// Takes and makes clips of any shape; clip and step have the same bits.
public struct PReLU: Module {
  /// One slope for each channel, or one for all.
  public let weight: Tensor

  /// Makes an activation from its slopes.
  ///
  /// - Parameter weight: one number, or one for each channel.
  /// - Throws: ``ModuleError`` where the weight has not one axis.
  public init(weight: Tensor) throws(ModuleError) {
    guard weight.shape.rank == 1, weight.shape.count > 0 else {
      throw ModuleError(.arguments([.slopes(weight.shape)]))
    }
    self.weight = weight
  }

  public var typeName: String { "PReLU" }

  public var summary: String { "num_parameters=\(weight.shape.count)" }

  public var parameterCount: Int { weight.shape.count }

  public func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire {
    let channels = input.frame[1]
    guard weight.shape.count == channels || weight.shape.count == 1 else {
      throw ModuleError(
        .frame(.channels(frame: input.frame, expected: weight.shape.count, of: .slopes)))
    }
    let slopes =
      weight.shape.count == 1
      ? [Float](repeating: weight.scalars[0], count: channels) : weight.scalars
    return plan.append(PReLUKernel(outputFrame: input.frame, slopes: slopes), to: input)
  }
}

private struct PReLUKernel: InPlaceKernel {
  let outputFrame: Shape
  /// One for each channel.
  let slopes: [Float]

  func apply(
    _ input: Span<Float>?, frames: Int, into output: inout MutableSpan<Float>,
    scratch: inout MutableSpan<Float>
  ) {
    let count = frames * outputFrame.plane
    for row in 0..<outputFrame[0] * outputFrame[1] {
      SimpleLoops.apply(
        .leak(slopes[row % slopes.count]), input, row * count..<(row + 1) * count, into: &output)
    }
  }
}
