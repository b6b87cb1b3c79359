import Tensors

/// Makes one stream of several: output `j` is made of frame `j` of each input.
///
/// Branches of different delay yield their frame `j` in different steps. Each input therefore has a
/// queue in the stream's memory, as long as its frames have to wait for those of the slowest branch:
/// `ceil((slowest warm-up - own warm-up) / stride)`. Because frames are matched by their index,
/// branches stay aligned for any mixture of delays, strides and end padding. (The Python library
/// delays the output of a branch by a number of input steps, and misaligns strided branches.)
///
/// An example, `Residual(Conv1d(kernel_size=3, padding=1))`: the convolution yields frame 0 in step
/// 1, the input is there in step 0, so the queue of the input holds one frame and the other none.
///
/// An input that has one frame for a whole clip, as after a global pool, serves for all frames of
/// the others once the clip has ended; its last frame is kept for that.
struct Join: Sendable {
  let reduction: Reduction
  let outputFrame: Shape
  let state: StateLayout
  private let inputs: [Input]

  /// One input and its queue.
  private struct Input: Sendable {
    let fold: ReductionInput
    /// The number of floats of a frame.
    let count: Int
    /// How many frames the queue can hold.
    let capacity: Int
    /// Where the queue starts in memory; the kept frame, if any, is behind it.
    let start: Int
    /// Whether a clip has one frame here.
    let isWholeClip: Bool

    var kept: Int { start + capacity * count }
    var end: Int { kept + (isWholeClip ? count : 0) }
  }

  /// The counters of one input.
  private enum Counter {
    /// Which place of the queue is read next.
    static let head = 0
    /// How many frames wait in the queue.
    static let waiting = 1
    /// How many frames have come in.
    static let seen = 2
    static let perInput = 3
  }

  init(
    _ reduction: Reduction, frames: [Shape], timings: [Timing], isWholeClip: [Bool]
  ) throws(ModuleError) {
    self.reduction = reduction
    outputFrame = try reduction.outputShape(of: frames)
    let folds = ReductionInput.all(reduction, shapes: frames, output: outputFrame)
    let slowest = timings.map(\.warmUp).max() ?? 0
    var start = 0
    var inputs: [Input] = []
    for (index, frame) in frames.enumerated() {
      let stride = timings[index].stride
      let wait = (slowest - timings[index].warmUp + stride - 1) / stride
      let input = Input(
        fold: folds[index], count: frame.count, capacity: wait, start: start,
        isWholeClip: isWholeClip[index])
      start = input.end
      inputs.append(input)
    }
    self.inputs = inputs
    state = StateLayout(floats: start, counters: Counter.perInput * inputs.count)
  }

  /// Takes the frames that came in this step; writes the next output if it is complete.
  ///
  /// - Parameters:
  ///   - buffers: those of the stream; input `i` is at the front of `buffers[sources[i]]`.
  ///   - sources: the buffer of each input.
  ///   - arrived: whether input `i` has a frame in this step.
  ///   - output: the joined frame.
  ///   - memory: the part of the stream's memory that belongs to the join.
  ///   - counters: likewise.
  /// - Returns: whether an output is complete.
  func step(
    _ buffers: [[Float]], sources: [Int], arrived: [Bool],
    into output: inout MutableSpan<Float>, memory: inout MutableSpan<Float>,
    counters: inout MutableSpan<Int>
  ) -> Bool {
    var isComplete = true
    for index in inputs.indices {
      let waiting = counters[index * Counter.perInput + Counter.waiting]
      isComplete = isComplete && (arrived[index] || waiting > 0)
    }
    for index in inputs.indices {
      take(
        index, buffers[sources[index]], arrived: arrived[index], emit: isComplete, into: &output,
        memory: &memory, counters: &counters)
    }
    return isComplete
  }

  /// Moves one input on by a step: its oldest frame goes to the output if that is due, and the frame
  /// that arrived, at the front of `buffer`, goes to the queue if it has to wait.
  private func take(
    _ index: Int, _ buffer: [Float], arrived: Bool, emit: Bool,
    into output: inout MutableSpan<Float>, memory: inout MutableSpan<Float>,
    counters: inout MutableSpan<Int>
  ) {
    let input = inputs[index]
    let base = index * Counter.perInput
    let frame = buffer.span.extracting(0..<(arrived ? input.count : 0))
    var mustWait = arrived
    if emit {
      if counters[base + Counter.waiting] > 0 {
        let head = counters[base + Counter.head]
        let start = input.start + head * input.count
        input.fold.fold(memory.span.extracting(start..<start + input.count), into: &output)
        counters[base + Counter.head] = (head + 1) % input.capacity
        counters[base + Counter.waiting] -= 1
      } else {
        input.fold.fold(frame, into: &output)
        mustWait = false
      }
    }
    guard arrived else { return }
    counters[base + Counter.seen] += 1
    if mustWait {
      let waiting = counters[base + Counter.waiting]
      precondition(waiting < input.capacity, "a branch came earlier than its timing says")
      let place = (counters[base + Counter.head] + waiting) % input.capacity
      copy(frame, to: input.start + place * input.count, of: &memory)
      counters[base + Counter.waiting] = waiting + 1
    }
    if input.isWholeClip { copy(frame, to: input.kept, of: &memory) }
  }

  private func copy(_ frame: Span<Float>, to start: Int, of memory: inout MutableSpan<Float>) {
    for index in frame.indices { memory[start + index] = frame[index] }
  }

  /// Joins what the end padding of the branches yields, after the last step of a clip.
  ///
  /// - Parameters:
  ///   - arrivals: the frames of each input, oldest first.
  ///   - memory: the part of the stream's memory that belongs to the join.
  ///   - counters: likewise.
  /// - Returns: the joined frames.
  /// - Throws: ``ModuleError`` where the branches have different numbers of frames in the end.
  func drain(
    _ arrivals: [[[Float]]], memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>
  ) throws(ModuleError) -> [[Float]] {
    var outputs: [[Float]] = []
    var next = [Int](repeating: 0, count: inputs.count)
    while true {
      var hasFrame: [Bool] = []
      var serves: [Bool] = []
      for (index, input) in inputs.enumerated() {
        let base = index * Counter.perInput
        let waiting = counters[base + Counter.waiting]
        hasFrame.append(waiting > 0 || next[index] < arrivals[index].count)
        let total = counters[base + Counter.seen] + arrivals[index].count - next[index]
        serves.append(hasFrame[index] || (input.isWholeClip && total == 1))
      }
      guard hasFrame.contains(true) else { return outputs }
      guard !serves.contains(false) else {
        throw unequalLengths(arrivals, next: next, counters: counters.span)
      }
      outputs.append(
        joinNext(arrivals, &next, hasFrame: hasFrame, memory: &memory, counters: &counters))
    }
  }

  private func joinNext(
    _ arrivals: [[[Float]]], _ next: inout [Int], hasFrame: [Bool],
    memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>
  ) -> [Float] {
    var joined = [Float](repeating: 0, count: outputFrame.count)
    var output = joined.mutableSpan
    for (index, input) in inputs.enumerated() {
      let base = index * Counter.perInput
      guard hasFrame[index] else {
        input.fold.fold(
          memory.span.extracting(input.kept..<input.kept + input.count), into: &output)
        continue
      }
      let arrived = counters[base + Counter.waiting] == 0
      let frame = arrived ? arrivals[index][next[index]] : []
      take(
        index, frame, arrived: arrived, emit: true, into: &output, memory: &memory,
        counters: &counters)
      if arrived { next[index] += 1 }
    }
    return joined
  }

  private func unequalLengths(
    _ arrivals: [[[Float]]], next: [Int], counters: Span<Int>
  ) -> ModuleError {
    var lengths: [String] = []
    for index in inputs.indices {
      let seen = counters[index * Counter.perInput + Counter.seen]
      lengths.append(String(seen + arrivals[index].count - next[index]))
    }
    return .unequalClips(lengths)
  }

  /// Joins whole clips (B, C, T, S…), frame by frame.
  ///
  /// - Throws: ``ModuleError`` where their lengths differ and none of them is one.
  func forward(_ clips: [Tensor]) throws(ModuleError) -> Tensor {
    let shapes = clips.map(\.shape)
    let lengths = Set(shapes.map { $0[2] }).subtracting(reduction == .concatenation ? [] : [1])
    guard lengths.count <= 1 else {
      throw .unequalClips(shapes.map { String($0[2]) })
    }
    let shape = try reduction.outputShape(of: shapes)
    var scalars = [Float](repeating: 0, count: shape.count)
    var output = scalars.mutableSpan
    let folds = ReductionInput.all(reduction, shapes: shapes, output: shape)
    for (fold, clip) in zip(folds, clips) { fold.fold(clip.scalars.span, into: &output) }
    return Tensor(shape, scalars)
  }
}

extension ModuleError {
  fileprivate static func unequalClips(_ lengths: [String]) -> ModuleError {
    ModuleError(
      .unequalBranches,
      "joins branches that make \(lengths.joined(separator: ", ")) frames of one clip; "
        + "give them equal padding, or a residual_shrink")
  }
}
