import Continual
import Tensors

@testable import Verification

/// A transposed convolution in time, the same for all channels, for tests of the verifier.
///
/// Frame `i` is added to the outputs `i * stride` to `i * stride + span - 1`, times the weights. It is
/// written here so that these tests depend on no layer of the library.
struct UpsamplingModule: Module {
  /// What is wrong with the kernel, while the definition is right.
  enum Fault: String, CaseIterable, Sendable {
    /// Steps yield the outputs of the step before.
    case late
    /// The outputs of one step are in reverse order.
    case reversed
    /// The end yields one output too many.
    case surplusAtEnd
    /// The end yields one output too few.
    case missingAtEnd
    /// The first output is lost, so that every output has the index of the one before it.
    case wrongIndex
    /// A clip that is cut into chunks loses the overlap of the chunks.
    case forgetsBetweenChunks
    /// Frames of a chunk that are infinite or NaN stay in the overlap.
    case stickyNaN
  }

  /// The weights, by output.
  var weights: [Float]
  var stride: Int
  var fault: Fault?

  var typeName: String { "Upsampling" }
  var summary: String { "\(weights.count), stride=\(stride)" }
  var parameterCount: Int { weights.count }

  func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire {
    plan.append(UpsamplingKernel(module: self, outputFrame: input.frame), to: input)
  }
}

extension UpsamplingModule: ReferencedLeaf {
  func referenceLength(ofClip frames: Int) -> Int? { (frames - 1) * stride + weights.count }

  func reference(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    let length = (clip.shape[2] - 1) * stride + weights.count
    var frames = [[Double]](
      repeating: [Double](repeating: 0, count: clip.shape.frame.count), count: length)
    for time in 0..<clip.shape[2] {
      let frame = clip.frame(time).scalars
      for (tap, weight) in weights.enumerated() {
        for index in frame.indices {
          frames[time * stride + tap][index] += Double(weight) * frame[index]
        }
      }
    }
    return Tensor64(frames: frames, of: clip.shape.frame)
  }
}

/// The kernel of ``UpsamplingModule``: the sums that are not finished yet are its state.
struct UpsamplingKernel: Kernel {
  let module: UpsamplingModule
  let outputFrame: Shape

  private var span: Int { module.weights.count }
  private var stride: Int { module.stride }
  /// The number of outputs that later frames are added to.
  private var overlap: Int { span - stride }

  var timing: Timing { .transposedWindow(span: span, stride: stride) }

  /// The unfinished sums, and for faults the outputs of the step before.
  var state: StateLayout {
    StateLayout(floats: (overlap + stride) * outputFrame.count, counters: 1)
  }

  func advance(
    _ input: Span<Float>, frames: Int, into output: inout MutableSpan<Float>, outputs: Int,
    ends: Bool, memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) {
    let rows = FrameRows(outputFrame)
    var sums = (0..<overlap).map { row in
      (0..<rows.count).map { memory[row * rows.count + $0] }
    }
    var before = (0..<stride).map { row in
      (0..<rows.count).map { memory[(overlap + row) * rows.count + $0] }
    }
    var made: [[Float]] = []
    if module.fault == .forgetsBetweenChunks, frames > 1 {
      sums = sums.map { [Float](repeating: 0, count: $0.count) }
    }
    for time in 0..<frames {
      sums += [[Float]](repeating: [Float](repeating: 0, count: rows.count), count: stride)
      var frame = [Float](repeating: 0, count: rows.count)
      var target = frame.mutableSpan
      rows.read(time, of: input, frames: frames, into: &target)
      for (tap, weight) in module.weights.enumerated() {
        for index in frame.indices { sums[tap][index] += weight * frame[index] }
      }
      var due = Array(sums.prefix(stride))
      sums.removeFirst(stride)
      if module.fault == .stickyNaN, due[0][0].isNaN { sums[0][0] = .nan }
      switch module.fault {
      case .late: (due, before) = (before, due)
      case .reversed: due.reverse()
      case .wrongIndex:
        let last = due[stride - 1]
        due = [before[0]] + due.dropLast()
        before[0] = last
      default: break
      }
      made += due
      counters[0] += 1
    }
    for (row, sum) in sums.enumerated() {
      for index in sum.indices { memory[row * rows.count + index] = sum[index] }
    }
    for (row, frame) in before.enumerated() {
      for index in frame.indices { memory[(overlap + row) * rows.count + index] = frame[index] }
    }
    if ends, counters[0] > 0 { made += sums }
    while made.count < outputs { made.append([Float](repeating: 0, count: rows.count)) }
    for (place, frame) in made.prefix(outputs).enumerated() {
      rows.write(frame.span, to: place, of: &output, frames: outputs)
    }
  }

  func endCount(after frames: Int) -> Int {
    guard frames > 0 else { return 0 }
    switch module.fault {
    case .surplusAtEnd: return overlap + 1
    case .missingAtEnd: return overlap - 1
    default: return overlap
    }
  }

  func outputLength(ofClip frames: Int) throws(ModuleError) -> Int {
    (frames - 1) * stride + span
  }

  /// The right clip, whatever is wrong with the steps.
  func forward(
    _ clip: Span<Float>, frames: Int, into output: inout MutableSpan<Float>, outputs: Int,
    memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) throws(ModuleError) {
    var right = self.module
    right.fault = nil
    UpsamplingKernel(module: right, outputFrame: outputFrame).advance(
      clip, frames: frames, into: &output, outputs: outputs, ends: true, memory: &memory,
      counters: &counters, scratch: &scratch)
  }
}
