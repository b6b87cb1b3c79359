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
  /// Whether the kernel, and not the definition, leaves the oldest frame out.
  var forgetsOldest = false

  var typeName: String { "Window" }
  var summary: String { "\(weights.count), stride=\(stride), padding=\(padding)" }
  var parameterCount: Int { weights.count + 1 }

  func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire {
    plan.append(WindowKernel(module: self, outputFrame: input.frame), to: input)
  }
}

extension WindowModule: ReferencedLeaf {
  var keepsBitsInSteps: Bool { true }

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

  func advance(
    _ input: Span<Float>, frames: Int, into output: inout MutableSpan<Float>, outputs: Int,
    ends: Bool, memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) {
    let rows = FrameRows(outputFrame)
    var place = 0
    for time in 0..<frames + (ends ? module.padding : 0) {
      let now = counters[0]
      let slot = now % span * rows.count
      var own = memory._mutatingExtracting(slot..<slot + rows.count)
      if time < frames {
        rows.read(time, of: input, frames: frames, into: &own)
      } else {
        for index in own.indices { own[index] = 0 }
      }
      counters[0] = now + 1
      let phase = now - (span - 1 - module.padding)
      guard phase >= 0, phase.isMultiple(of: module.stride) else { continue }
      rows.write(
        sum(to: now, memory.span).span, to: place, of: &output, frames: outputs)
      place += 1
    }
  }

  private func sum(to now: Int, _ memory: Span<Float>) -> [Float] {
    var sum = [Float](repeating: module.bias, count: outputFrame.count)
    for (tap, weight) in module.weights.enumerated() where tap > 0 || !module.forgetsOldest {
      let source = now - (span - 1) + tap
      guard source >= 0 else { continue }
      let slot = source % span * sum.count
      for index in sum.indices { sum[index] += weight * memory[slot + index] }
    }
    return sum
  }

  func endCount(after frames: Int) -> Int {
    (module.referenceLength(ofClip: frames) ?? 0) - timing.outputCount(ofInputs: frames)
  }

  func outputLength(ofClip frames: Int) throws(ModuleError) -> Int {
    guard let length = module.referenceLength(ofClip: frames) else {
      throw ModuleError(.clipTooShort, "a clip of \(frames) frames for a window of \(span)")
    }
    return length
  }
}

extension Array where Element == Float {
  /// The elements of a span.
  init(_ span: Span<Float>) { self = span.indices.map { span[$0] } }
}
