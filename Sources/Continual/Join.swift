import Tensors

/// Makes one stream of several: output `j` is made of frame `j` of each input.
///
/// Branches of different delay yield their frame `j` in different steps. Each input therefore has a
/// queue in the stream's memory, as long as the largest lead of its count of frames over that of the
/// slowest branch. Because frames are matched by their index, branches stay aligned for any mixture of
/// delays, rates and end padding. (The Python library delays the output of a branch by a number of input
/// steps, and misaligns strided branches.)
///
/// An example, `Residual(Conv1d(kernel_size=3, padding=1))`: the convolution yields frame 0 in step
/// 1, the input is there in step 0, so the queue of the input holds one frame and the other none.
/// Another one, a stride of 2 and an upsampling by 2 with the input as a skip: after `n` steps, the branch
/// has `2 * floor(n / 2)` frames, and the queue of the input holds one as well.
///
/// An input that has one frame for a whole clip, as after a global pool, serves for all frames of
/// the others once the clip has ended; its last frame is kept for that.
///
/// A class, so that a step counts one reference and not those of every input.
final class Join: Sendable {
  let reduction: Reduction
  let pairing: Pairing
  let outputFrame: Shape
  let state: StateLayout
  private let inputs: [Input]

  /// One input and its queue.
  private struct Input: Sendable {
    let fold: ReductionInput
    let rows: FrameRows
    /// The frames that wait.
    let queue: FrameRing
    /// Where the queue starts in memory; the kept frame, if any, is behind it.
    let start: Int
    /// Whether a clip has one frame here.
    let isWholeClip: Bool

    /// Where the queue is in memory, and the kept frame.
    var waiting: Range<Int> { start..<start + queue.count }
    var kept: Range<Int> { start + queue.count..<start + queue.count + rows.count }
  }

  /// The counters of one input.
  private enum Counter {
    /// How many frames have come.
    static let seen = 0
    /// How many frames have gone to outputs; the others are in the queue.
    static let joined = 1
    static let perInput = 2
  }

  /// - Throws: ``ModuleError`` where the frames do not fit together, or too many would have to wait.
  init(
    _ reduction: Reduction, frames: [Shape], timings: [Timing], isWholeClip: [Bool],
    pairing: Pairing = .byIndex
  ) throws(ModuleError) {
    self.reduction = reduction
    self.pairing = pairing
    outputFrame = try reduction.outputShape(of: frames)
    let folds = ReductionInput.all(reduction, shapes: frames, output: outputFrame)
    let counts = timings.map(\.count)
    let slowest = FrameCount.slowest(counts)
    // Many branches have few different counts.
    var leads: [FrameCount: Int] = [:]
    var start = 0
    var inputs: [Input] = []
    for (index, frame) in frames.enumerated() {
      let lead = leads[counts[index]] ?? counts[index].lead(over: slowest)
      leads[counts[index]] = lead
      let input = Input(
        fold: folds[index], rows: FrameRows(frame),
        queue: FrameRing(slots: lead, frameCount: frame.count), start: start,
        isWholeClip: isWholeClip[index])
      start += try StreamMemory.floats(
        frames: lead + (input.isWholeClip ? 1 : 0), of: frame.count)
      inputs.append(input)
    }
    self.inputs = inputs
    state = StateLayout(floats: start, counters: Counter.perInput * inputs.count)
  }

  /// How many frames the queue of an input can hold.
  func capacity(ofInput index: Int) -> Int { inputs[index].queue.slots }

  /// The inputs where the output can be made, of a sum or a product of two that have its shape: those of which no
  /// frame ever waits.
  var accumulating: [Int] {
    guard reduction == .sum || reduction == .product, inputs.count == 2, !takesWholeClips,
      inputs.allSatisfy(\.fold.isIdentity)
    else { return [] }
    return inputs.indices.filter { inputs[$0].queue.slots == 0 }
  }

  /// Whether one of the inputs has one frame for a whole clip.
  var takesWholeClips: Bool { inputs.contains(where: \.isWholeClip) }

  /// How many frames each input has when a clip ends, all of them counted.
  ///
  /// - Parameter totals: those of each input.
  /// - Returns: the number of joined frames.
  /// - Throws: ``ModuleError`` where the numbers differ, unless a clip has one frame there and the frames
  ///   of the others can be joined with it.
  func total(of totals: [Int]) throws(ModuleError) -> Int {
    let total = totals.max() ?? 0
    for (index, count) in totals.enumerated() where count != total {
      guard inputs[index].isWholeClip && count == 1 && repeatsFrames else {
        throw .unequalClips(totals)
      }
    }
    return total
  }

  /// Moves one input on; the inputs have to come in order.
  ///
  /// The last frame of an input that has one frame for a whole clip is kept.
  /// Its frames go to the outputs that are due, the oldest first, and those that are left over go to
  /// the queue.
  ///
  /// - Parameters:
  ///   - index: which input.
  ///   - chunk: the frames that came in.
  ///   - frames: how many.
  ///   - output: the joined frames.
  ///   - outputs: how many are due.
  ///   - accumulates: whether the frames of the other one of two inputs are in the output already.
  ///   - memory: the part of the stream's memory that belongs to the join.
  ///   - counters: likewise.
  func advance(
    _ index: Int, _ chunk: Span<Float>, frames: Int, into output: inout MutableSpan<Float>,
    outputs: Int, accumulates: Bool, memory: inout MutableSpan<Float>,
    counters: inout MutableSpan<Int>
  ) {
    let input = inputs[index]
    let (rows, queue, waiting, kept) = (input.rows, input.queue, input.waiting, input.kept)
    if input.isWholeClip && frames > 0 {
      var own = memory._mutatingExtracting(kept)
      rows.read(frames - 1, of: chunk, frames: frames, into: &own)
    }
    let base = index * Counter.perInput
    let (seen, joined) = (counters[base + Counter.seen], counters[base + Counter.joined])
    counters[base + Counter.seen] = seen + frames
    counters[base + Counter.joined] = joined + outputs
    var place = 0
    while place < outputs && joined + place < seen {
      let frame = memory.span.extracting(waiting).extracting(queue.place(of: joined + place))
      input.fold.fold(
        0..<1, of: frame, frames: 1, to: place, of: &output, frames: outputs,
        accumulates: accumulates)
      place += 1
    }
    let direct = min(outputs - place, frames)
    if direct > 0 {
      input.fold.fold(
        0..<direct, of: chunk, frames: frames, to: place, of: &output, frames: outputs,
        accumulates: accumulates)
      place += direct
    }
    while place < outputs {
      // Only at the end of a clip that has one frame here.
      precondition(input.isWholeClip, "a branch came later than its timing says")
      input.fold.fold(
        0..<1, of: memory.span.extracting(kept), frames: 1, to: place, of: &output,
        frames: outputs, accumulates: accumulates)
      place += 1
    }
    let left = frames - direct
    guard left > 0 else { return }
    precondition(
      seen + frames - joined - outputs <= queue.slots,
      "a branch came earlier than its timing says")
    var own = memory._mutatingExtracting(waiting)
    queue.keep(chunk, frames: frames, after: seen, rows: rows, in: &own)
  }

  /// Moves on the input whose frames are in the output already.
  func advance(
    _ index: Int, accumulated frames: Int, outputs: Int, counters: inout MutableSpan<Int>
  ) {
    precondition(frames == outputs, "frames of a branch wait, whose timing says that none does")
    counters[index * Counter.perInput + Counter.seen] += frames
    counters[index * Counter.perInput + Counter.joined] += outputs
  }

  /// Folds one input into the joined clip; the inputs have to come in order.
  ///
  /// - Parameters:
  ///   - index: which input.
  ///   - clip: its frames.
  ///   - frames: how many; one serves for all.
  ///   - output: the joined clip.
  ///   - outputs: how many frames that has.
  ///   - accumulates: whether the frames of the other one of two inputs are in the output already.
  func fold(
    _ index: Int, _ clip: Span<Float>, frames: Int, into output: inout MutableSpan<Float>,
    outputs: Int, accumulates: Bool
  ) {
    let fold = inputs[index].fold
    if frames == outputs {
      return fold.fold(
        0..<frames, of: clip, frames: frames, to: 0, of: &output, frames: outputs,
        accumulates: accumulates)
    }
    for place in 0..<outputs {
      fold.fold(
        0..<1, of: clip, frames: frames, to: place, of: &output, frames: outputs,
        accumulates: accumulates)
    }
  }

  /// Whether a single frame serves for all frames of the others, by PyTorch's rule: element by element
  /// it does, and `torch.cat` wants equal lengths.
  private var repeatsFrames: Bool { reduction != .concatenation }

  /// How many frames a joined clip has.
  ///
  /// - Parameter lengths: those of the inputs.
  /// - Returns: the length of the joined clip.
  /// - Throws: ``ModuleError`` where their lengths differ and no single frame serves for the others.
  func length(of lengths: [Int]) throws(ModuleError) -> Int {
    let several = Set(lengths).subtracting(repeatsFrames ? [1] : [])
    guard several.count <= 1 else { throw .unequalClips(lengths) }
    return several.first ?? 1
  }
}

extension ModuleError {
  fileprivate static func unequalClips(_ lengths: [Int]) -> ModuleError {
    ModuleError(.branches(.lengths(lengths)))
  }
}
