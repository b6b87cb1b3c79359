import Tensors

/// One layer of a recurrent network.
///
/// A stream remembers for each element of the batch the last output, and in an LSTM the cell. Of a
/// clip, the part of the sums that does not wait for the hidden state is one product over all frames.
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
    inputTaps = TapOffsets(Array(0..<inputSize))
    outputTaps = TapOffsets(Array(0..<outputSize))
    hiddenTaps = TapOffsets(Array(0..<hiddenSize))
  }

  /// The outputs of the batch, and in an LSTM behind them its cells.
  var state: StateLayout {
    StateLayout(floats: batch * (outputSize + (cell == .lstm ? hiddenSize : 0)))
  }

  /// The sums of one frame of one element of the batch, and behind them those of all frames.
  func scratch(frames: Int) -> Int { sumCount + (frames > 1 ? inputs.rows * frames : 0) }

  private var sumCount: Int { inputs.rows + (candidates?.rows ?? 0) }

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
    guard frames > 0 else { return }
    let origin = DenseLoops.origin
    let taps = frames == 1 ? inputTaps : TapOffsets(inputSize, step: frames)
    for item in 0..<batch {
      let own = input.extracting(item * inputSize * frames..<(item + 1) * inputSize * frames)
      if frames == 1 {
        DenseLoops.multiply(
          inputs, by: own, bases: origin.span, taps: taps, into: &scratch, stride: 1, columns: 1)
      } else {
        var all = scratch._mutatingExtracting(sumCount...)
        DenseLoops.multiply(
          inputs, by: own, bases: origin.span, taps: taps, into: &all, stride: frames,
          columns: frames)
      }
      for time in 0..<frames {
        if frames > 1 {
          for row in 0..<inputs.rows { scratch[row] = scratch[sumCount + row * frames + time] }
        }
        advance(item, memory: &memory, scratch: &scratch)
        for index in 0..<outputSize {
          output[(item * outputSize + index) * frames + time] = memory[item * outputSize + index]
        }
      }
    }
  }

  /// Makes the next output of one element of the batch, whose sums over the inputs are in `scratch`.
  private func advance(
    _ item: Int, memory: inout MutableSpan<Float>, scratch: inout MutableSpan<Float>
  ) {
    let hidden = item * outputSize..<(item + 1) * outputSize
    let origin = DenseLoops.origin
    DenseLoops.multiply(
      hiddens, by: memory.span.extracting(hidden), bases: origin.span, taps: outputTaps,
      from: .output, into: &scratch, stride: 1, columns: 1)
    if let candidates {
      var own = scratch._mutatingExtracting(inputs.rows...)
      DenseLoops.multiply(
        candidates, by: memory.span.extracting(hidden), bases: origin.span, taps: outputTaps,
        into: &own, stride: 1, columns: 1)
    }
    let cells = batch * outputSize + item * hiddenSize
    var state = memory._mutatingExtracting(
      cell == .lstm ? cells..<cells + hiddenSize : hidden)
    cell.update(hiddenSize, sums: &scratch, state: &state)
    var output = memory._mutatingExtracting(hidden)
    if let projection {
      DenseLoops.multiply(
        projection, by: scratch.span.extracting(0..<hiddenSize), bases: origin.span,
        taps: hiddenTaps, into: &output, stride: 1, columns: 1)
    } else {
      for index in output.indices { output[index] = scratch[index] }
    }
  }
}
