import Tensors

/// One layer of a recurrent network.
///
/// A stream remembers for each element of the batch the last output, and in an LSTM the cell. The elements of
/// the batch are columns of each product, so that weights are read once for all of them: states are matrices
/// (size, batch). Of a chunk, the part of the sums that does not wait for the hidden state is one product over
/// some frames, with a column for each frame and each element.
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
  private let inputTaps: TapOffsets
  private let outputTaps: TapOffsets
  private let hiddenTaps: TapOffsets
  /// How many frames of a chunk are multiplied by the weights of the inputs at once.
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
    let joinedAndOthers = joined == rows ? [rows] : [joined, rows - joined]
    let matrices = weights.hidden.matrices(Packing(blocks: joinedAndOthers))
    hiddens = matrices[0]
    candidates =
      joined == rows ? nil : matrices[1].starting(from: Array(hiddenBias[joined...]))
    projection = weights.projecting?.matrix(bias: nil)
    func taps(_ count: Int) -> TapOffsets { TapOffsets((0..<count).map { $0 * batch }) }
    inputTaps = taps(inputSize)
    outputTaps = taps(outputSize)
    hiddenTaps = taps(hiddenSize)
    // Columns enough for the product, and of a clip whole lines of the cache.
    framesAtOnce = max(96 / max(batch, 1), min(16, 512 / max(batch, 1)), 1)
  }

  /// The outputs of the batch, and in an LSTM behind them its cells.
  var state: StateLayout {
    StateLayout(floats: batch * (outputSize + (cell == .lstm ? hiddenSize : 0)))
  }

  func scratch(frames: Int) -> Int { places(min(frames, framesAtOnce), isStep: frames == 1).count }

  /// Where things are in the work space.
  private struct Places {
    /// What is made of the hidden state alone, (size, batch): the sums of `n` of a GRU, or outputs before
    /// they are projected.
    let others = 0
    /// The inputs as columns of a product; with several frames, outputs take their place, frame by frame.
    let inputs: Int
    /// The sums over the inputs: rows of a column for each frame and, of each frame, each element of the batch.
    let sums: Int
    /// From one row to the next.
    let stride: Int
    /// The same with a row for each frame, where there is one element alone, `rowStride` floats apart.
    let sorted: Int
    let rowStride: Int
    let count: Int
  }

  private func places(_ frames: Int, isStep: Bool) -> Places {
    let columns = frames * batch
    let inputs = candidates == nil && projection == nil ? 0 : hiddenSize * batch
    let copies = isStep ? (batch == 1 ? 0 : inputSize) : max(inputSize, outputSize)
    let sums = inputs + copies * columns
    // At a distance of a power of two, rows would compete for the same few lines of the cache.
    let stride = isStep ? columns : columns + 16
    let sorted = sums + self.inputs.rows * stride
    let rowStride = self.inputs.rows + 16
    return Places(
      inputs: inputs, sums: sums, stride: stride, sorted: sorted, rowStride: rowStride,
      count: sorted + (isStep || batch > 1 ? 0 : frames * rowStride))
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
    var first = 0
    while first < frames {
      let times = first..<min(first + framesAtOnce, frames)
      let places = places(times.count, isStep: frames == 1)
      multiply(input, times, of: frames, places, scratch: &scratch)
      if frames == 1 {
        advance(at: places.sums, of: places.stride, memory: &memory, scratch: &scratch)
        DenseLoops.transpose(
          memory.span, stride: batch, rows: outputSize, columns: batch, into: &output,
          stride: outputSize)
      } else {
        let cost = Double(hiddens.rows * hiddens.columns) * DenseLoops.nanosecondsOfWeight
        Threads.gather(for: cost * Double(times.count))
        for time in times.indices {
          let start =
            batch == 1
            ? places.sorted + (time - first) * places.rowStride
            : places.sums + (time - first) * batch
          advance(
            at: start, of: batch == 1 ? 1 : places.stride, memory: &memory, scratch: &scratch)
          let size = outputSize * batch
          let place = places.inputs + (time - first) * size
          var own = scratch._mutatingExtracting(place..<place + size)
          copy(memory.span.extracting(0..<size), into: &own)
        }
        write(
          scratch.span.extracting(places.inputs...), to: times, of: frames, into: &output)
      }
      first = times.upperBound
    }
  }

  /// Multiplies the inputs of some frames: a matrix of sums with a column for each frame and, of each frame, for
  /// each element of the batch.
  private func multiply(
    _ input: Span<Float>, _ times: Range<Int>, of frames: Int, _ places: Places,
    scratch: inout MutableSpan<Float>
  ) {
    let origin = DenseLoops.origin
    let columns = times.count * batch
    let taps = columns == batch ? inputTaps : TapOffsets(inputSize, step: columns)
    guard batch > 1 || frames > 1 else {
      var sums = scratch._mutatingExtracting(places.sums...)
      return DenseLoops.multiply(
        inputs, by: input, bases: origin.span, taps: taps, into: &sums, stride: 1, columns: 1)
    }
    let source = places.inputs..<places.inputs + inputSize * columns
    var gathered = scratch._mutatingExtracting(source)
    if frames == 1 {
      DenseLoops.transpose(
        input, stride: inputSize, rows: batch, columns: inputSize, into: &gathered, stride: batch)
    } else {
      for channel in 0..<inputSize {
        var own = gathered._mutatingExtracting(channel * columns..<(channel + 1) * columns)
        DenseLoops.transpose(
          input.extracting((channel * frames + times.lowerBound)...), stride: inputSize * frames,
          rows: batch, columns: times.count, into: &own, stride: batch)
      }
    }
    let target = places.sums..<places.sums + inputs.rows * places.stride
    DenseLoops.withParts(of: &scratch, reading: source, writing: target) { source, target in
      DenseLoops.multiply(
        inputs, by: source, bases: origin.span, taps: taps, into: &target,
        stride: places.stride, columns: columns)
    }
    guard batch == 1, frames > 1 else { return }
    let rows = places.sorted..<places.sorted + times.count * places.rowStride
    DenseLoops.withParts(of: &scratch, reading: target, writing: rows) { source, target in
      DenseLoops.transpose(
        source, stride: places.stride, rows: inputs.rows, columns: columns, into: &target,
        stride: places.rowStride)
    }
  }

  /// Makes the next outputs of the batch.
  ///
  /// - Parameters:
  ///   - start: where the sums over the inputs are in the work space, (rows, batch).
  ///   - stride: the floats from one of their rows to the next.
  ///   - memory: the outputs, and the cells of an LSTM.
  ///   - scratch: the work space.
  private func advance(
    at start: Int, of stride: Int, memory: inout MutableSpan<Float>,
    scratch: inout MutableSpan<Float>
  ) {
    let hidden = 0..<outputSize * batch
    let origin = DenseLoops.origin
    let gates = start..<start + (inputs.rows - 1) * stride + batch
    let others = 0..<(candidates == nil && projection == nil ? 0 : hiddenSize * batch)
    var sums = scratch._mutatingExtracting(gates)
    DenseLoops.multiply(
      hiddens, by: memory.span.extracting(hidden), bases: origin.span, taps: outputTaps,
      from: .output, into: &sums, stride: stride, columns: batch)
    if let candidates {
      var own = scratch._mutatingExtracting(others)
      DenseLoops.multiply(
        candidates, by: memory.span.extracting(hidden), bases: origin.span, taps: outputTaps,
        into: &own, stride: batch, columns: batch)
    }
    let sizes = DenseLoops.GateSums(rows: hiddenSize, columns: batch, stride: stride)
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
      DenseLoops.multiply(
        projection, by: scratch.span.extracting(others), bases: origin.span, taps: hiddenTaps,
        into: &hidden, stride: batch, columns: batch)
    }
  }

  /// Copies the outputs of some frames, each a matrix (size, batch), to their places in a chunk.
  private func write(
    _ made: Span<Float>, to times: Range<Int>, of frames: Int, into output: inout MutableSpan<Float>
  ) {
    for index in 0..<outputSize {
      var own = output._mutatingExtracting((index * frames + times.lowerBound)...)
      DenseLoops.transpose(
        made.extracting((index * batch)...), stride: outputSize * batch, rows: times.count,
        columns: batch, into: &own, stride: outputSize * frames)
    }
  }
}
