public import Tensors

/// The weights of one layer of a recurrent network; PyTorch's names end in the number of the layer.
///
/// The rows belong to the gates, one gate after the other: one in `RNN`, the gates r, z, n in `GRU`, and
/// i, f, g, o in `LSTM`.
public struct RecurrentLayerWeights: Hashable, Sendable {
  /// `weight_ih`: (gates * hidden, input); made anew by each call once a plan has packed it.
  public var inputWeights: Tensor { input.tensor }

  /// `weight_hh`: (gates * hidden, hidden), or (gates * hidden, projection); as ``inputWeights``.
  public var hiddenWeights: Tensor { hidden.tensor }

  /// `bias_ih`: (gates * hidden), or nil.
  public let inputBias: Tensor?

  /// `bias_hh`: (gates * hidden), or nil.
  public let hiddenBias: Tensor?

  /// `weight_hr`: (projection, hidden); only in `LSTM` with `proj_size`; as ``inputWeights``.
  public var projection: Tensor? { projecting?.tensor }

  /// `weight_ih`, `weight_hh` and `weight_hr`, as tensors or packed.
  let input: Weight
  let hidden: Weight
  let projecting: Weight?

  /// Collects the weights of one layer.
  public init(
    inputWeights: Tensor, hiddenWeights: Tensor, inputBias: Tensor? = nil,
    hiddenBias: Tensor? = nil, projection: Tensor? = nil
  ) {
    self.init(
      input: Weight(inputWeights), hidden: Weight(hiddenWeights), inputBias: inputBias,
      hiddenBias: hiddenBias, projection: projection.map { Weight($0) })
  }

  package init(
    input: Weight, hidden: Weight, inputBias: Tensor?, hiddenBias: Tensor?, projection: Weight?
  ) {
    self.input = input
    self.hidden = hidden
    self.inputBias = inputBias
    self.hiddenBias = hiddenBias
    projecting = projection
  }

  /// The number of weights.
  var count: Int {
    [input.shape, hidden.shape, inputBias?.shape, hiddenBias?.shape, projecting?.shape].reduce(0) {
      $0 + ($1?.count ?? 0)
    }
  }

  /// The number of rows of all gates.
  public var rows: Int { input.shape[0] }

  /// The number of elements that come in.
  public var inputSize: Int { input.shape[1] }

  /// The number of elements that go out, and come back as the hidden state.
  public var outputSize: Int { hidden.shape[1] }
}

extension RecurrentLayerWeights {
  /// How the weights of the hidden state are cut: those whose sums have no part of the input are a matrix of their own.
  func hiddenPacking(of cell: RecurrentCell) -> Packing {
    let joined = rows / cell.gates * cell.joinedGates
    return Packing(blocks: joined == rows ? [rows] : [joined, rows - joined])
  }

  /// Notes how a plan will ask for the weights.
  func expectPacking(of cell: RecurrentCell) {
    input.expect(Packing(blocks: [rows]))
    hidden.expect(hiddenPacking(of: cell))
    projecting?.expect(Packing(blocks: [outputSize]))
  }

  /// Notes everything that does not fit together in a layer of so many gates.
  func check(
    layer: Int, gates: Int, inputSize expectedInput: Int?, allowsProjection: Bool,
    into check: inout ArgumentCheck
  ) {
    let (input, hidden) = (input.shape, hidden.shape)
    guard input.rank == 2, input.count > 0, input[0].isMultiple(of: gates) else {
      check.note(
        .shape(
          "weight_ih_l\(layer)", input,
          expected: [.multiple(of: gates, "hidden_size"), .any("input_size")]))
      return
    }
    let rows = input[0]
    let size = projecting.map { $0.shape.axes.first ?? 0 } ?? rows / gates
    check.require(
      hidden == [rows, size] && hidden.count > 0,
      .shape("weight_hh_l\(layer)", hidden, expected: [.exactly(rows), .exactly(size)]))
    if let expectedInput {
      check.require(
        input[1] == expectedInput,
        .layerInputs(layer: layer, input[1], expected: expectedInput))
    }
    for (name, bias) in [("bias_ih", inputBias), ("bias_hh", hiddenBias)] {
      if let bias {
        check.require(
          bias.shape == [rows],
          .shape("\(name)_l\(layer)", bias.shape, expected: [.exactly(rows)]))
      }
    }
    if let projection = projecting?.shape {
      check.require(
        allowsProjection, .projection(layer: layer))
      check.require(
        projection.rank == 2 && projection.axes.last == rows / gates,
        .shape(
          "weight_hr_l\(layer)", projection,
          expected: [.any("proj_size"), .exactly(rows / gates)]))
    }
  }
}
