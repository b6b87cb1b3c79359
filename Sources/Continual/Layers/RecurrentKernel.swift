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

  /// The sums of one frame, behind them the inputs as the columns of a product, and behind these the sums over
  /// the inputs of some frames, as they come and frame by frame; outputs take the place of the former.
  func scratch(frames: Int) -> Int {
    let columns = min(frames, framesAtOnce) * batch
    return sumCount + (batch > 1 || frames > 1 ? inputSize * columns : 0)
      + (frames > 1 ? (inputs.rows + max(inputs.rows, outputSize)) * columns : 0)
  }

  private var sumCount: Int { (inputs.rows + (candidates?.rows ?? 0)) * batch }

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
      let count = min(framesAtOnce, frames - first)
      let size = inputs.rows * batch
      let sums = frames == 1 ? 0 : sumCount + inputSize * count * batch
      multiply(input, first..<first + count, of: frames, into: sums, scratch: &scratch)
      let sorted = sums + max(inputs.rows, outputSize) * batch * count
      if frames > 1 {
        DenseLoops.withParts(
          of: &scratch, reading: sums..<sums + size * count,
          writing: sorted..<sorted + size * count
        ) { source, target in
          DenseLoops.swapAxes(source, (inputs.rows, count), of: batch, into: &target)
        }
      }
      for time in 0..<count {
        if frames > 1 {
          let start = sorted + time * size
          for index in 0..<size { scratch[index] = scratch[start + index] }
        }
        advance(memory: &memory, scratch: &scratch)
        if frames > 1 {
          let place = sums + time * outputSize * batch
          for index in 0..<outputSize * batch { scratch[place + index] = memory[index] }
        }
      }
      if frames == 1 {
        DenseLoops.transpose(
          memory.span, stride: batch, rows: outputSize, columns: batch, into: &output,
          stride: outputSize)
      } else {
        write(
          scratch.span.extracting(sums...), to: first..<first + count, of: frames, into: &output)
      }
      first += count
    }
  }

  /// Multiplies the inputs of some frames: a matrix of sums in `scratch` with a column for each frame and, of
  /// each frame, for each element of the batch.
  private func multiply(
    _ input: Span<Float>, _ times: Range<Int>, of frames: Int, into sums: Int,
    scratch: inout MutableSpan<Float>
  ) {
    let origin = DenseLoops.origin
    let columns = times.count * batch
    let taps = columns == batch ? inputTaps : TapOffsets(inputSize, step: columns)
    guard batch > 1 || frames > 1 else {
      return DenseLoops.multiply(
        inputs, by: input, bases: origin.span, taps: taps, into: &scratch, stride: 1, columns: 1)
    }
    let place = sumCount
    var gathered = scratch._mutatingExtracting(place..<place + inputSize * columns)
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
    let target = sums..<sums + inputs.rows * columns
    DenseLoops.withParts(
      of: &scratch, reading: place..<place + inputSize * columns, writing: target
    ) { source, target in
      DenseLoops.multiply(
        inputs, by: source, bases: origin.span, taps: taps, into: &target, stride: columns,
        columns: columns)
    }
  }

  /// Makes the next outputs of the batch, whose sums over the inputs are in `scratch`.
  private func advance(memory: inout MutableSpan<Float>, scratch: inout MutableSpan<Float>) {
    let hidden = 0..<outputSize * batch
    let origin = DenseLoops.origin
    DenseLoops.multiply(
      hiddens, by: memory.span.extracting(hidden), bases: origin.span, taps: outputTaps,
      from: .output, into: &scratch, stride: batch, columns: batch)
    if let candidates {
      var own = scratch._mutatingExtracting((inputs.rows * batch)...)
      DenseLoops.multiply(
        candidates, by: memory.span.extracting(hidden), bases: origin.span, taps: outputTaps,
        into: &own, stride: batch, columns: batch)
    }
    let cells = hidden.upperBound..<hidden.upperBound + hiddenSize * batch
    var state = memory._mutatingExtracting(cell == .lstm ? cells : hidden)
    cell.update(hiddenSize * batch, sums: &scratch, state: &state)
    var output = memory._mutatingExtracting(hidden)
    if let projection {
      DenseLoops.multiply(
        projection, by: scratch.span.extracting(0..<hiddenSize * batch), bases: origin.span,
        taps: hiddenTaps, into: &output, stride: batch, columns: batch)
    } else {
      for index in output.indices { output[index] = scratch[index] }
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
