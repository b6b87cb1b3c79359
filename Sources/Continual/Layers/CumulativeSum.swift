import Tensors

/// The sum of each frame and all before it, as `torch.cumsum` over time.
///
/// Takes and makes clips (B, C, T, S…). A stream remembers the sum in two floats an element, the second of which
/// holds what the rounding of the first leaves over; so sums stay right however long the stream is. Clip and
/// step have the same bits. A step costs about eight additions an element.
public struct CumulativeSum: Module {
  /// Makes a sum over all frames so far.
  public init() {}

  public var typeName: String { "CumulativeSum" }

  public func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire {
    plan.append(CumulativeSumKernel(outputFrame: input.frame), to: input)
  }
}

/// Keeps the sum of each element, and behind all of these what their rounding left over.
private struct CumulativeSumKernel: Kernel {
  let outputFrame: Shape

  var state: StateLayout { StateLayout(floats: 2 * outputFrame.count) }

  func advance(
    _ input: Span<Float>, frames: Int, into output: inout MutableSpan<Float>, outputs: Int,
    ends: Bool, memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) {
    let plane = outputFrame.plane
    let count = outputFrame.count
    for index in 0..<count {
      let (row, place) = index.quotientAndRemainder(dividingBy: plane)
      var sum = memory[index]
      var rest = memory[count + index]
      for time in 0..<frames {
        let own = (row * frames + time) * plane + place
        let addend = input[own] + rest
        let next = sum + addend
        // What is lost of the smaller one; without infinities, of which nothing is left over.
        let kept = next - sum
        let lost = (sum - (next - kept)) + (addend - kept)
        rest = lost.isFinite ? lost : 0
        sum = next
        output[own] = sum
      }
      memory[index] = sum
      memory[count + index] = rest
    }
  }
}
