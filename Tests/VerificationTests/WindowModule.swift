import Continual
import Tensors
import Verification

/// A small convolution in time, the same for all channels, for tests of the verifier.
///
/// It is written here so that these tests depend on no layer of the library.
struct WindowModule: Module {
  /// The weights, oldest frame first.
  var weights: [Float]
  var bias: Float = 0
  var stride = 1
  var padding = 0

  var typeName: String { "Window" }
  var summary: String { "\(weights.count), stride=\(stride), padding=\(padding)" }
  var parameterCount: Int { weights.count + 1 }

  func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire {
    plan.append(WindowKernel(module: self, outputFrame: input.frame), to: input)
  }
}

extension WindowModule: ReferencedLeaf {
  func referenceLength(ofClip frames: Int) -> Int? {
    let padded = frames + 2 * padding - weights.count
    return padded < 0 ? nil : padded / stride + 1
  }

  func reference(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    guard let length = referenceLength(ofClip: clip.shape[2]) else {
      throw VerificationError(.clipTooShort, "a clip of \(clip.shape[2]) frames is too short")
    }
    var frames: [[Double]] = []
    for output in 0..<length {
      var sum = [Double](repeating: Double(bias), count: clip.shape.frame.count)
      for (tap, weight) in weights.enumerated() {
        let time = output * stride + tap - padding
        guard (0..<clip.shape[2]).contains(time) else { continue }
        for (index, value) in clip.frame(time).scalars.enumerated() {
          sum[index] += Double(weight) * value
        }
      }
      frames.append(sum)
    }
    return Tensor64(frames: frames, of: clip.shape.frame)
  }
}

/// The kernel of ``WindowModule``: a ring of frames, zeros before the first one.
struct WindowKernel: Kernel {
  let module: WindowModule
  let outputFrame: Shape

  private var span: Int { module.weights.count }

  var timing: Timing {
    .window(span: span, stride: module.stride, padding: module.padding)
  }

  var state: StateLayout { StateLayout(floats: span * outputFrame.count, counters: 1) }

  func step(
    _ frame: Span<Float>, into output: inout MutableSpan<Float>,
    memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) -> Bool {
    push(frame, &memory, &counters)
    return emit(into: &output, memory: memory.span, counters[0] - 1)
  }

  func drain(
    into output: inout MutableSpan<Float>,
    memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) -> Bool {
    // Frames of zeros behind the clip, until one makes an output due or the padding is used up.
    let zeros = [Float](repeating: 0, count: outputFrame.count)
    if memory.count == 0 { return false }
    while counters[0] >= 0 {
      let real = counters[0] & 0xFFFF
      let padded = counters[0] >> 16
      guard padded < module.padding else { return false }
      push(zeros.span, &memory, &counters)
      counters[0] = (counters[0] - 1) + (1 << 16)
      if emit(into: &output, memory: memory.span, real + padded) { return true }
    }
    return false
  }

  private func push(
    _ frame: Span<Float>, _ memory: inout MutableSpan<Float>, _ counters: inout MutableSpan<Int>
  ) {
    let time = (counters[0] & 0xFFFF) + (counters[0] >> 16)
    let slot = time % span * frame.count
    for index in frame.indices { memory[slot + index] = frame[index] }
    counters[0] += 1
  }

  private func emit(
    into output: inout MutableSpan<Float>, memory: Span<Float>, _ time: Int
  ) -> Bool {
    let phase = time - (span - 1 - module.padding)
    guard phase >= 0, phase.isMultiple(of: module.stride) else { return false }
    for index in output.indices { output[index] = module.bias }
    for (tap, weight) in module.weights.enumerated() {
      let source = time - (span - 1) + tap
      guard source >= 0 else { continue }
      let slot = source % span * output.count
      for index in output.indices { output[index] += weight * memory[slot + index] }
    }
    return true
  }

  func outputLength(ofClip frames: Int) -> Int? { module.referenceLength(ofClip: frames) }

  func forward(_ clip: Tensor) throws(ModuleError) -> Tensor {
    guard let length = outputLength(ofClip: clip.shape[2]) else {
      throw ModuleError(
        .clipTooShort, "a clip of \(clip.shape[2]) frames for a window of \(span)")
    }
    var frames: [[Float]] = []
    for output in 0..<length {
      var sum = [Float](repeating: module.bias, count: outputFrame.count)
      for (tap, weight) in module.weights.enumerated() {
        let time = output * module.stride + tap - module.padding
        guard (0..<clip.shape[2]).contains(time) else { continue }
        for (index, value) in clip.frame(time).scalars.enumerated() {
          sum[index] += weight * value
        }
      }
      frames.append(sum)
    }
    return Tensor(frames: frames, of: outputFrame)
  }
}
