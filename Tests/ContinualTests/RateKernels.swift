import Continual
import Tensors

/// A transposed convolution in time of each channel, in the most obvious loops, for tests of rates.
struct RaisingModule: Module {
  let weights: [Float]
  let stride: Int
  let padding: Int
  var outputPadding = 0

  var typeName: String { "Raising" }

  func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire {
    plan.append(RaisingKernel(module: self, outputFrame: input.frame), to: input)
  }
}

private struct RaisingKernel: Kernel {
  let module: RaisingModule
  let outputFrame: Shape

  private var span: Int { module.weights.count }
  private var slots: Int { (span + module.padding) / module.stride + 3 }

  var timing: Timing {
    .transposedWindow(
      span: span, stride: module.stride, padding: module.padding,
      outputPadding: module.outputPadding)
  }

  var state: StateLayout { StateLayout(floats: slots * outputFrame.count, counters: 2) }

  func scratch(frames: Int) -> Int { outputFrame.count }

  func advance(
    _ input: Span<Float>, frames: Int, into output: inout MutableSpan<Float>, outputs: Int,
    ends: Bool, memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) {
    let rows = FrameRows(outputFrame)
    let first = counters[1]
    for time in 0..<frames {
      let slot = counters[0] % slots * rows.count
      var own = memory._mutatingExtracting(slot..<slot + rows.count)
      rows.read(time, of: input, frames: frames, into: &own)
      counters[0] += 1
      while counters[1] < timing.outputCount(ofInputs: counters[0]) {
        make(counters[1], seen: counters[0], memory.span, into: &scratch)
        rows.write(scratch.span, to: counters[1] - first, of: &output, frames: outputs)
        counters[1] += 1
      }
    }
    while ends && counters[1] - first < outputs {
      make(counters[1], seen: counters[0], memory.span, into: &scratch)
      rows.write(scratch.span, to: counters[1] - first, of: &output, frames: outputs)
      counters[1] += 1
    }
  }

  private func make(
    _ output: Int, seen: Int, _ memory: Span<Float>, into frame: inout MutableSpan<Float>
  ) {
    for index in 0..<outputFrame.count {
      frame[index] = 0
      for time in max(seen - slots, 0)..<seen {
        let tap = output + module.padding - time * module.stride
        guard (0..<span).contains(tap) else { continue }
        frame[index] += module.weights[tap] * memory[time % slots * outputFrame.count + index]
      }
    }
  }

  func endCount(after frames: Int) -> Int {
    guard frames > 0 else { return 0 }
    return max(total(of: frames) - timing.outputCount(ofInputs: frames), 0)
  }

  private func total(of frames: Int) -> Int {
    (frames - 1) * module.stride + span + module.outputPadding - 2 * module.padding
  }

  func outputLength(ofClip frames: Int) throws(ModuleError) -> Int {
    guard frames > 0, total(of: frames) > 0 else {
      throw ModuleError(.clipTooShort, "a clip of \(frames) frames")
    }
    return total(of: frames)
  }
}

/// Makes frames of groups of channels, as a pixel shuffle does in time: (B, C r, T) to (B, C, r T).
struct ShufflingModule: Module {
  let factor: Int

  var typeName: String { "Shuffling" }

  func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire {
    let frame = Shape([input.frame[0], input.frame[1] / factor] + input.frame.axes.dropFirst(2))
    return plan.append(ShufflingKernel(factor: factor, outputFrame: frame), to: input)
  }
}

private struct ShufflingKernel: Kernel {
  let factor: Int
  let outputFrame: Shape

  var timing: Timing { .transposedWindow(span: factor, stride: factor) }

  func advance(
    _ input: Span<Float>, frames: Int, into output: inout MutableSpan<Float>, outputs: Int,
    ends: Bool, memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) {
    let rows = FrameRows(outputFrame)
    for row in 0..<rows.rows {
      for time in 0..<outputs {
        for place in 0..<rows.plane {
          let source = row * factor + time % factor
          output[(row * outputs + time) * rows.plane + place] =
            input[(source * frames + time / factor) * rows.plane + place]
        }
      }
    }
  }

  func outputLength(ofClip frames: Int) throws(ModuleError) -> Int { frames * factor }
}
