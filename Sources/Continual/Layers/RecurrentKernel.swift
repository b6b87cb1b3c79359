import Tensors

/// One layer of a recurrent network.
///
/// A stream remembers for each element of the batch the last output, and in an LSTM the cell. The elements of
/// the batch are columns of each product, so that weights are read once for all of them. Products are written
/// column by column: the sums of an element's gates are a run, as its state and its frame are. A chunk of a
/// batch is cut into frames, whose outputs are put together again. The part of the sums that does not wait for
/// the hidden state is one product over some frames, with a column for each frame and, of each frame, each
/// element.
struct RecurrentKernel: Kernel {
  let outputFrame: Shape
  private let cell: RecurrentCell
  private let batch: Int
  private let inputSize: Int
  private let hiddenSize: Int
  private let outputSize: Int
  /// From the inputs to all gates; starts at the sum of the biases, but for `n` of a GRU at one.
  private let inputs: PackedMatrix
  /// From the hidden state to the gates whose sums it joins.
  private let hiddens: PackedMatrix
  /// From the hidden state to `n` of a GRU; starts at its bias.
  private let candidates: PackedMatrix?
  private let projection: PackedMatrix?
  /// How many frames of a chunk are multiplied by the weights of the inputs at once.
  private let framesOfProduct: Int
  /// How many frames a chunk of a batch is cut into at once, a multiple of that.
  private let framesAtOnce: Int

  init(_ weights: RecurrentLayerWeights, cell: RecurrentCell, batch: Int) {
    self.cell = cell
    self.batch = batch
    let rows = weights.rows
    hiddenSize = rows / cell.gates
    inputSize = weights.inputSize
    outputSize = weights.outputSize
    outputFrame = [batch, outputSize]
    let joined = cell.joinedGates * hiddenSize
    let hiddenBias = weights.hiddenBias?.scalars ?? [Float](repeating: 0, count: rows)
    var biases = weights.inputBias?.scalars ?? [Float](repeating: 0, count: rows)
    for row in 0..<joined { biases[row] += hiddenBias[row] }
    inputs = weights.input.matrices(Packing(blocks: [rows]), biases: biases)[0]
    let matrices = weights.hidden.matrices(weights.hiddenPacking(of: cell))
    hiddens = matrices[0]
    candidates =
      joined == rows ? nil : matrices[1].starting(from: Array(hiddenBias[joined...]))
    projection = weights.projecting?.matrix(bias: nil)
    // Columns enough for the weights to be read seldom, and few enough for their sums to stay in a near cache.
    var times = batch == 1 ? 96 : 1
    while (2...40).contains(times * batch) { times *= 2 }
    framesOfProduct = times
    // Squares of 16 frames by 16 numbers are transposed as a whole; there are fewer where a batch is so large that
    // they would take much memory.
    framesAtOnce = max(min(16, 2048 / max(batch, 1)) / times, 1) * times
  }

  /// The outputs of the batch, and in an LSTM behind them its cells.
  var state: StateLayout {
    StateLayout(floats: batch * (outputSize + (cell == .lstm ? hiddenSize : 0)))
  }

  func scratch(frames: Int) -> Int {
    places(min(frames, framesAtOnce), from: DenseLoops.lineLength, isStep: frames == 1).count
  }

  /// Where things are in the work space.
  private struct Places {
    /// What is made of the hidden state alone, (batch, size): the sums of `n` of a GRU, or outputs before
    /// they are projected.
    let others: Range<Int>
    /// The frames of a batch, (frames, batch, size), `inputStride` floats from one element to the next.
    let inputs: Int
    let inputStride: Int
    /// What is made of several frames, (frames, batch, size), `outputStride` floats from one frame to the next.
    let outputs: Int
    let outputStride: Int
    /// The sums over the inputs: a run of rows for each frame and, of each frame, each element.
    let sums: Int
    /// From one run to the next.
    let stride: Int
    let count: Int
  }

  /// - Parameters:
  ///   - frames: those that a chunk is cut into at once.
  ///   - start: where the first line of the cache begins.
  ///   - isStep: whether a chunk is one frame.
  /// - Returns: the places.
  private func places(_ frames: Int, from start: Int, isStep: Bool) -> Places {
    let columns = frames * batch
    // Whole lines of the cache, and one more, here and below: at a distance of a power of two, runs would compete for
    // few of them.
    let line = DenseLoops.lineLength
    let stride = DenseLoops.lines(inputs.rows) + line
    let sums = start + min(frames, framesOfProduct) * batch * stride
    let others = sums + (candidates == nil && projection == nil ? 0 : hiddenSize * batch)
    let inputStride = inputSize + line
    let outputs = others + (isStep || batch == 1 ? 0 : inputStride * columns)
    let outputStride = outputSize * batch + line
    return Places(
      others: sums..<others, inputs: others, inputStride: inputStride, outputs: outputs,
      outputStride: outputStride, sums: start, stride: stride,
      count: outputs + (isStep ? 0 : outputStride * frames))
  }

  func outputLength(ofClip frames: Int) throws(ModuleError) -> Int {
    guard let shape = Shape(checking: [inputs.rows, frames]), shape.count <= StreamMemory.largest
    else {
      throw ModuleError(.size(.recurrentClip(frames: frames)))
    }
    return frames
  }

  func advance(
    _ input: Span<Float>, frames: Int, into output: inout MutableSpan<Float>, outputs: Int,
    ends: Bool, memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) {
    guard batch > 0 else { return }
    let isStep = frames == 1
    let size = outputSize * batch
    let start = DenseLoops.floatsToLine(scratch.span)
    var first = 0
    while first < frames {
      let times = first..<min(first + framesAtOnce, frames)
      let places = places(times.count, from: start, isStep: isStep)
      if !isStep {
        cut(input, times, of: frames, places, scratch: &scratch)
        let cost = Double(hiddens.rows * hiddens.columns) * DenseLoops.nanosecondsOfWeight
        Threads.gather(for: cost * Double(times.count))
      }
      for time in times {
        let place = (time - first) % framesOfProduct
        if place == 0 {
          let own = time..<min(time + framesOfProduct, times.upperBound)
          multiply(input, own, of: frames, cutFrom: first, places, scratch: &scratch)
        }
        advance(
          at: places.sums + place * batch * places.stride, places, memory: &memory,
          scratch: &scratch)
        if isStep { return copy(memory.span.extracting(0..<size), into: &output) }
        let target = places.outputs + (time - first) * places.outputStride
        var own = scratch._mutatingExtracting(target..<target + size)
        copy(memory.span.extracting(0..<size), into: &own)
      }
      write(
        scratch.span.extracting(places.outputs...), of: places.outputStride, to: times, of: frames,
        into: &output)
      first = times.upperBound
    }
  }

  /// Cuts some frames of a chunk of a batch: (frames, batch, size).
  private func cut(
    _ input: Span<Float>, _ times: Range<Int>, of frames: Int, _ places: Places,
    scratch: inout MutableSpan<Float>
  ) {
    guard batch > 1 else { return }
    for item in 0..<batch {
      var own = scratch._mutatingExtracting((places.inputs + item * places.inputStride)...)
      DenseLoops.transpose(
        input.extracting((item * inputSize * frames + times.lowerBound)...), stride: frames,
        rows: inputSize, columns: times.count, into: &own, stride: batch * places.inputStride)
    }
  }

  /// Multiplies the inputs of some frames: a run of sums for each frame and, of each frame, each element of the
  /// batch.
  private func multiply(
    _ input: Span<Float>, _ times: Range<Int>, of frames: Int, cutFrom first: Int,
    _ places: Places, scratch: inout MutableSpan<Float>
  ) {
    let columns = times.count * batch
    let target = places.sums..<places.sums + columns * places.stride
    guard batch > 1 && frames > 1 else {
      var sums = scratch._mutatingExtracting(target)
      return DenseLoops.multiplyAcross(
        inputs, by: input.extracting(times.lowerBound...),
        .init(rowStep: frames, columnStep: frames == 1 ? inputSize : 1), into: &sums,
        stride: places.stride, columns: columns)
    }
    let start = places.inputs + (times.lowerBound - first) * batch * places.inputStride
    DenseLoops.withParts(
      of: &scratch, reading: start..<start + columns * places.inputStride, writing: target
    ) { source, target in
      DenseLoops.multiplyAcross(
        inputs, by: source, .init(rowStep: 1, columnStep: places.inputStride), into: &target,
        stride: places.stride, columns: columns)
    }
  }

  /// Makes the next outputs of the batch.
  ///
  /// - Parameters:
  ///   - start: where the sums of the first element over its inputs are.
  ///   - places: where other things are.
  ///   - memory: the outputs, and the cells of an LSTM.
  ///   - scratch: the work space.
  private func advance(
    at start: Int, _ places: Places, memory: inout MutableSpan<Float>,
    scratch: inout MutableSpan<Float>
  ) {
    let hidden = 0..<outputSize * batch
    let (others, stride) = (places.others, places.stride)
    let gates = start..<start + (batch - 1) * stride + inputs.rows
    let right = DenseLoops.RightFactor(rowStep: 1, columnStep: outputSize)
    var sums = scratch._mutatingExtracting(gates)
    DenseLoops.multiplyAcross(
      hiddens, by: memory.span.extracting(hidden), right, from: .output, into: &sums,
      stride: stride, columns: batch)
    if let candidates {
      var own = scratch._mutatingExtracting(others)
      DenseLoops.multiplyAcross(
        candidates, by: memory.span.extracting(hidden), right, into: &own, stride: hiddenSize,
        columns: batch)
    }
    let sizes = DenseLoops.GateSums(items: batch, size: hiddenSize, stride: stride)
    let cells = hidden.upperBound..<state.floats
    DenseLoops.withParts(of: &memory, writing: hidden, and: cells) { hidden, cells in
      guard let projection else {
        return DenseLoops.update(
          cell, scratch.span.extracting(gates), sizes, others: scratch.span.extracting(others),
          state: &cells, output: &hidden)
      }
      DenseLoops.withParts(of: &scratch, reading: gates, writing: others) { sums, made in
        DenseLoops.update(
          cell, sums, sizes, others: Span(), state: &cells, output: &made)
      }
      DenseLoops.multiplyAcross(
        projection, by: scratch.span.extracting(others),
        .init(rowStep: 1, columnStep: hiddenSize), into: &hidden, stride: outputSize,
        columns: batch)
    }
  }

  /// Copies the outputs of some frames, (frames, batch, size), to their places in a chunk.
  private func write(
    _ made: Span<Float>, of stride: Int, to times: Range<Int>, of frames: Int,
    into output: inout MutableSpan<Float>
  ) {
    for item in 0..<batch {
      var own = output._mutatingExtracting((item * outputSize * frames + times.lowerBound)...)
      DenseLoops.transpose(
        made.extracting((item * outputSize)...), stride: stride, rows: times.count,
        columns: outputSize, into: &own, stride: frames)
    }
  }
}
