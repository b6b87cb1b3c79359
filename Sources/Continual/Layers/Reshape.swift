import Tensors

/// Gives each frame other axes, as `continual.Reshape`.
///
/// The elements of a frame stay in their order. Clip and step have the same bits.
public struct Reshape: Module {
  /// The axes of a frame that comes out, batch first and without time; one may be -1.
  public let shape: [Int]

  /// Makes a reshape.
  ///
  /// - Parameter shape: at least two axes, batch first and without time. One of them may be -1, and
  ///   is as long as the elements need.
  /// - Throws: ``ModuleError`` where there are fewer axes, or more than one -1.
  public init(shape: [Int]) throws(ModuleError) {
    self.shape = shape
    var check = ArgumentCheck()
    check.require(
      shape.count >= 2 && shape.allSatisfy { $0 >= -1 } && shape.count(where: { $0 == -1 }) <= 1,
      .newShape(shape))
    try check.finish()
  }

  public var typeName: String { "Reshape" }

  public var summary: String { Arguments.tuple(shape) }

  public func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire {
    let frame = input.frame
    let given = Shape(checking: shape.filter { $0 != -1 })
    var axes = shape
    if let place = shape.firstIndex(of: -1), let given, given.count > 0 {
      axes[place] = frame.count / given.count
    }
    guard let output = Shape(checking: axes), output.count == frame.count else {
      throw ModuleError(.frame(.reshaped(frame: frame, shape)))
    }
    return plan.append(ReshapeKernel(inputFrame: frame, outputFrame: output), to: input)
  }
}

/// Moves the elements of frames from planes of one size to planes of another.
struct ReshapeKernel: PointwiseKernel {
  let inputFrame: Shape
  let outputFrame: Shape

  func apply(
    _ input: Span<Float>, frames: Int, into output: inout MutableSpan<Float>,
    scratch: inout MutableSpan<Float>
  ) {
    if frames == 1 { return copy(input, into: &output) }
    let (source, target) = (inputFrame.plane, outputFrame.plane)
    for time in 0..<frames {
      for element in 0..<inputFrame.count {
        let from = (element / source * frames + time) * source + element % source
        let to = (element / target * frames + time) * target + element % target
        output[to] = input[from]
      }
    }
  }
}
