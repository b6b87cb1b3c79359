import Tensors

/// A layer over clips that runs along the last axis of each frame instead, as if that were time.
///
/// Takes frames (B, C, S) and makes frames (B, C', S'): for each frame, the layer makes what it makes of
/// the clip (B, C, T = S) at once. So a recurrent layer in both directions, or an attention to all
/// frames, can be a part of a network whose clips are single frames of a stream.
///
/// A step costs what the layer does for a clip of S frames, and takes memory for it as a clip does. Nothing
/// is remembered from one frame to the next.
public struct FrameSequence: Module {
  /// The layer; there are no modules inside it.
  public let layer: any Module

  /// Whether it runs from the last place to the first.
  public let isReversed: Bool

  /// Runs a layer along the last axis of each frame.
  ///
  /// - Parameters:
  ///   - layer: a layer over clips (B, C, T).
  ///   - isReversed: whether it runs from the last place to the first.
  public init(_ layer: any Module, isReversed: Bool = false) {
    self.layer = layer
    self.isReversed = isReversed
  }

  public var typeName: String { "FrameSequence" }

  public var summary: String {
    "\(layer.typeName)(\(layer.summary))" + (isReversed ? ", reverse=True" : "")
  }

  public var parameterCount: Int { layer.parameterCount }

  public func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire {
    let frame = input.frame
    guard frame.rank == 3 else {
      throw ModuleError(.frame(.axes(frame: frame, type: typeName, expected: 3)))
    }
    let inner = try Plan(layer, frame: [frame[0], frame[1]], clipLength: frame[2])
    var wire = input
    for node in inner.nodes {
      guard case .kernel(let kernel) = node.operation, node.inputs.count == 1 else {
        throw ModuleError(.stream(.branchesInSequence(type: layer.typeName)))
      }
      wire = plan.append(
        try FrameSequenceKernel(kernel, frame: wire.frame, isReversed: isReversed), to: wire)
    }
    return wire
  }
}

/// Computes each frame as a clip of another kernel, from the state of a fresh stream.
private struct FrameSequenceKernel: Kernel {
  let outputFrame: Shape
  private let kernel: any Kernel
  /// The number of places of a frame that comes in, and of one that goes out.
  private let places: (before: Int, after: Int)
  private let inputCount: Int
  private let isReversed: Bool

  /// - Throws: ``ModuleError`` where a clip of as many frames does not fit the layer.
  init(_ kernel: any Kernel, frame: Shape, isReversed: Bool) throws(ModuleError) {
    self.kernel = kernel
    self.isReversed = isReversed
    let shape = try kernel.outputShape(ofClip: frame[2])
    guard shape.rank == 3, shape.count <= StreamMemory.largest else {
      throw ModuleError(.size(.frame(shape.axes)))
    }
    places = (frame[2], shape[2])
    inputCount = frame.count
    outputFrame = shape
  }

  func advance(
    _ input: Span<Float>, frames: Int, into output: inout MutableSpan<Float>, outputs: Int,
    ends: Bool, memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) {
    var frame = [Float](repeating: 0, count: inputCount)
    var result = [Float](repeating: 0, count: outputFrame.count)
    for time in 0..<frames {
      for index in frame.indices {
        let (row, place) = index.quotientAndRemainder(dividingBy: places.before)
        frame[index] = input[(row * frames + time) * places.before + own(place, of: places.before)]
      }
      compute(frame.span, into: &result)
      for index in result.indices {
        let (row, place) = index.quotientAndRemainder(dividingBy: places.after)
        output[(row * frames + time) * places.after + own(place, of: places.after)] = result[index]
      }
    }
  }

  /// Where a frame of the layer is in a frame of the stream.
  private func own(_ place: Int, of count: Int) -> Int { isReversed ? count - 1 - place : place }

  private func compute(_ clip: Span<Float>, into result: inout [Float]) {
    var memory = [Float](repeating: 0, count: kernel.state.floats)
    var counters = [Int](repeating: 0, count: kernel.state.counters)
    var scratch = [Float](repeating: 0, count: kernel.scratch(frames: places.before))
    var floats = memory.mutableSpan
    var integers = counters.mutableSpan
    var work = scratch.mutableSpan
    var output = result.mutableSpan
    kernel.reset(memory: &floats, counters: &integers)
    do throws(ModuleError) {
      try kernel.forward(
        clip, frames: places.before, into: &output, outputs: places.after, memory: &floats,
        counters: &integers, scratch: &work)
    } catch {
      // Clips of this length were found to fit when the kernel was made.
      for index in output.indices { output[index] = .nan }
    }
  }
}
