import Tensors

/// How several inputs become one.
public enum Reduction: String, Hashable, Sendable, CaseIterable {
  /// Adds, from the first input to the last.
  case sum
  /// Multiplies, from the first input to the last.
  case product = "mul"
  /// Takes the largest; a NaN wins.
  case maximum = "max"
  /// Puts the channels one behind the other.
  case concatenation = "concat"
}

/// Makes one stream of several: output `j` is made of frame `j` of each input.
///
/// Branches of different delay yield their frame `j` in different steps. Each input therefore has a
/// queue in the stream's memory, as long as its frames have to wait for those of the slowest branch:
/// `ceil((slowest warm-up - own warm-up) / stride)`. Because frames are matched by their index,
/// branches stay aligned for any mixture of delays, strides and end padding. (The Python library
/// delays by a number of steps after the branch, and misaligns strided branches.)
///
/// An example, `Residual(Conv1d(kernel_size=3, padding=1))`: the convolution yields frame 0 in step
/// 1, the input is there in step 0, so the first queue holds one frame and the second none.
struct Join: Sendable {
  let reduction: Reduction
  let outputFrame: Shape
  let state: StateLayout
  private let inputs: [Input]
  private let aligned: Bool

  /// One input, its queue, and how its elements map to those of the output.
  private struct Input: Sendable {
    var frame: Shape
    /// How many frames the queue can hold.
    var capacity: Int
    /// Where the queue starts in memory.
    var start: Int
    /// Whether a clip has one frame here, which then serves for all frames of the others.
    var isWholeClip: Bool
    /// For a broadcast input: the elements from one output element to the next along each axis,
    /// zero along axes of length one. Nil where the input has the shape of the output.
    var strides: [Int]?
  }

  /// The counters of one input: read position, frames waiting, frames seen.
  private static let countersPerInput = 3

  init(
    _ reduction: Reduction, frames: [Shape], timings: [Timing], isWholeClip: [Bool], aligned: Bool
  ) throws(ModuleError) {
    precondition(!frames.isEmpty && frames.count == timings.count)
    self.reduction = reduction
    self.aligned = aligned
    outputFrame = try Join.outputShape(reduction, of: frames)
    let slowest = timings.map(\.warmUp).max() ?? 0
    var start = 0
    var inputs: [Input] = []
    for (index, frame) in frames.enumerated() {
      let timing = timings[index]
      let wait = (slowest - timing.warmUp + timing.stride - 1) / timing.stride
      // A frame that stands for a whole clip is kept for the frames that the others yield later.
      let capacity = aligned ? max(wait, isWholeClip[index] ? 1 : 0) : 0
      inputs.append(
        Input(
          frame: frame, capacity: capacity, start: start, isWholeClip: isWholeClip[index],
          strides: Join.broadcastStrides(from: frame, to: outputFrame, by: reduction)))
      start += capacity * frame.count
    }
    self.inputs = inputs
    state = StateLayout(floats: start, counters: Join.countersPerInput * inputs.count)
  }
}
