import Tensors

/// One layer of a recurrent network.
///
/// A stream remembers for each element of the batch the last output, and in an LSTM the cell. The elements of
/// the batch are columns of each product, so that weights are read once for all of them. Products are written
/// column by column: the sums of an element's gates are a run, as its state and its frame are. Of a chunk,
/// the part of the sums that does not wait for the hidden state is one product over some frames, with a
/// column for each element and, of each element, each frame.
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
    /// What is made of the hidden state alone, (batch, size): the sums of `n` of a GRU, or outputs before
    /// they are projected.
    let others = 0
    /// The inputs of a batch as rows of columns, `inputStride` floats apart; the outputs of several frames take
    /// their place, (frames, batch, size).
    let inputs: Int
    let inputStride: Int
    /// The sums over the inputs: a run of rows for each element and, of each element, each frame.
    let sums: Int
    /// From one run to the next.
    let stride: Int
    let count: Int
  }

  private func places(_ frames: Int, isStep: Bool) -> Places {
    let columns = frames * batch
    let inputs = candidates == nil && projection == nil ? 0 : hiddenSize * batch
    // At a distance of a power of two, rows and runs would compete for the same few lines of the cache.
    let inputStride = columns + 16
    let stride = self.inputs.rows + 16
    let sums =
      inputs
      + (isStep ? 0 : max(batch == 1 ? 0 : inputSize * inputStride, outputSize * columns))
    return Places(
      inputs: inputs, inputStride: inputStride, sums: sums, stride: stride,
      count: sums + columns * stride)
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
    let size = outputSize * batch
    var first = 0
    while first < frames {
      let times = first..<min(first + framesAtOnce, frames)
      let places = places(times.count, isStep: frames == 1)
      multiply(input, times, of: frames, places, scratch: &scratch)
      if frames == 1 {
        advance(places, frame: 0, of: 1, memory: &memory, scratch: &scratch)
        copy(memory.span.extracting(0..<size), into: &output)
      } else {
        let cost = Double(hiddens.rows * hiddens.columns) * DenseLoops.nanosecondsOfWeight
        Threads.gather(for: cost * Double(times.count))
        for frame in 0..<times.count {
          advance(places, frame: frame, of: times.count, memory: &memory, scratch: &scratch)
          let place = places.inputs + frame * size
          var own = scratch._mutatingExtracting(place..<place + size)
          copy(memory.span.extracting(0..<size), into: &own)
        }
        write(
          scratch.span.extracting(places.inputs...), to: times, of: frames, into: &output)
      }
      first = times.upperBound
    }
  }

  /// Multiplies the inputs of some frames: a run of sums for each element of the batch and, of each element, each
  /// frame.
  private func multiply(
    _ input: Span<Float>, _ times: Range<Int>, of frames: Int, _ places: Places,
    scratch: inout MutableSpan<Float>
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
    let source = places.inputs..<places.inputs + inputSize * places.inputStride
    var gathered = scratch._mutatingExtracting(source)
    DenseLoops.copyRows(
      input.extracting(times.lowerBound...), .init(plane: inputSize * frames, stride: frames),
      into: &gathered, .init(plane: times.count, stride: places.inputStride), planes: batch,
      rows: inputSize, columns: times.count)
    DenseLoops.withParts(of: &scratch, reading: source, writing: target) { source, target in
      DenseLoops.multiplyAcross(
        inputs, by: source, .init(rowStep: places.inputStride, columnStep: 1), into: &target,
        stride: places.stride, columns: columns)
    }
  }

  /// Makes the next outputs of the batch.
  ///
  /// - Parameters:
  ///   - places: where the sums over the inputs are.
  ///   - frame: which frame of them.
  ///   - frames: how many there are.
  ///   - memory: the outputs, and the cells of an LSTM.
  ///   - scratch: the work space.
  private func advance(
    _ places: Places, frame: Int, of frames: Int, memory: inout MutableSpan<Float>,
    scratch: inout MutableSpan<Float>
  ) {
    let hidden = 0..<outputSize * batch
    let start = places.sums + frame * places.stride
    let stride = frames * places.stride
    let gates = start..<start + (batch - 1) * stride + inputs.rows
    let others = 0..<(candidates == nil && projection == nil ? 0 : hiddenSize * batch)
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
    _ made: Span<Float>, to times: Range<Int>, of frames: Int, into output: inout MutableSpan<Float>
  ) {
    for item in 0..<batch {
      var own = output._mutatingExtracting((item * outputSize * frames + times.lowerBound)...)
      DenseLoops.transpose(
        made.extracting((item * outputSize)...), stride: outputSize * batch, rows: times.count,
        columns: outputSize, into: &own, stride: frames)
    }
  }
}
