import Foundation
import Tensors

// Recurrent layers, and spectra.
extension TensorOperators {
  private enum Cell { case lstm, gru, tanh, relu }

  /// One layer in one direction over (T, B, C).
  private static func run(
    _ cell: Cell, _ input: TensorView, _ weights: [TensorView], hasBiases: Bool,
    state: (hidden: TensorView, cell: TensorView?), isReversed: Bool
  ) throws(EvaluationError) -> (output: TensorView, hidden: TensorView, cell: TensorView?) {
    let (frames, samples) = (input.shape[0], input.shape[1])
    let biasCount = hasBiases ? 2 : 0
    guard weights.count >= 2 + biasCount, weights[0].rank == 2, weights[1].rank == 2 else {
      throw .misfit
    }
    let gates = cell == .lstm ? 4 : cell == .gru ? 3 : 1
    guard weights[0].shape[0].isMultiple(of: gates), weights[1].shape[0] == weights[0].shape[0]
    else { throw .misfit }
    let size = weights[0].shape[0] / gates
    let project = weights.count > 2 + biasCount ? weights[2 + biasCount] : nil
    let outer = try linear(input, weights[0], hasBiases ? weights[2] : nil).numbers
    var hidden = state.hidden
    var memory = state.cell?.numbers ?? [Double](repeating: 0, count: samples * size)
    let width = weights[1].shape[1]
    guard hidden.shape == [samples, width], memory.count == samples * size,
      project.map({ $0.rank == 2 && $0.shape == [width, size] }) ?? (width == size)
    else { throw .misfit }
    var outputs = [Double](repeating: 0, count: frames * samples * width)
    let rows = gates * size
    for step in 0..<frames {
      let time = isReversed ? frames - 1 - step : step
      let inner = try linear(hidden, weights[1], hasBiases ? weights[3] : nil).numbers
      let before = hidden.numbers
      var next = [Double](repeating: 0, count: samples * size)
      for sample in 0..<samples {
        for unit in 0..<size {
          let (x, h) = ((time * samples + sample) * rows + unit, sample * rows + unit)
          let own = sample * size + unit
          func sum(_ gate: Int) -> Double { outer[x + gate * size] + inner[h + gate * size] }
          func sigmoid(_ number: Double) -> Double { 1 / (1 + exp(-number)) }
          switch cell {
          case .lstm:
            memory[own] = sigmoid(sum(1)) * memory[own] + sigmoid(sum(0)) * Foundation.tanh(sum(2))
            next[own] = sigmoid(sum(3)) * Foundation.tanh(memory[own])
          case .gru:
            let (reset, update) = (sigmoid(sum(0)), sigmoid(sum(1)))
            let new = Foundation.tanh(outer[x + 2 * size] + reset * inner[h + 2 * size])
            next[own] = (1 - update) * new + update * before[own]
          case .tanh: next[own] = Foundation.tanh(sum(0))
          case .relu: next[own] = max(sum(0), 0)
          }
        }
      }
      hidden = TensorView([samples, size], next)
      if let project { hidden = try linear(hidden, project, nil) }
      let start = time * samples * width
      outputs.replaceSubrange(start..<start + samples * width, with: hidden.numbers)
    }
    return (
      TensorView([frames, samples, width], outputs), hidden,
      cell == .lstm ? TensorView([samples, size], memory) : nil
    )
  }

  private static func layers(
    _ cell: Cell, _ arguments: TensorArguments
  ) throws(EvaluationError) -> [TensorView] {
    var input = try real(try arguments.tensor("input"))
    let isBatchFirst = arguments.bool("batch_first", or: false)
    let isSingle = input.rank == 2
    if isSingle { input = try input.unsqueezed(isBatchFirst ? 0 : 1) }
    guard input.rank == 3,
      !arguments.bool("train", or: false) || arguments.double("dropout", or: 0) == 0
    else { throw .misfit }
    if isBatchFirst { input = try input.permuted([1, 0, 2]) }
    let states =
      cell == .lstm ? try arguments.tensors("hx") : [try arguments.tensor("hx")]
    let weights = try arguments.tensors("params")
    let hasBiases = arguments.bool("has_biases", or: true)
    let count = try arguments.int("num_layers", or: 1)
    let directions = arguments.bool("bidirectional", or: false) ? 2 : 1
    let runs = count.times(directions)
    guard runs > 0, weights.count.isMultiple(of: runs), states.count == (cell == .lstm ? 2 : 1),
      input.shape[0] > 0
    else { throw .misfit }
    let each = weights.count / runs
    var last: [[TensorView]] = [[], []]
    for layer in 0..<count {
      var outputs: [TensorView] = []
      for direction in 0..<directions {
        let index = layer * directions + direction
        var own: [TensorView] = []
        for state in states {
          guard state.rank == (isSingle ? 2 : 3) else { throw .misfit }
          let part = try state.selected(0, index)
          own.append(isSingle ? try part.unsqueezed(0) : part)
        }
        let result = try run(
          cell, input, Array(weights[index * each..<(index + 1) * each]), hasBiases: hasBiases,
          state: (own[0], own.count > 1 ? own[1] : nil), isReversed: direction == 1)
        outputs.append(result.output)
        last[0].append(try (isSingle ? result.hidden.selected(0, 0) : result.hidden).unsqueezed(0))
        if let memory = result.cell {
          last[1].append(try (isSingle ? memory.selected(0, 0) : memory).unsqueezed(0))
        }
      }
      input = outputs.count == 1 ? outputs[0] : try joined(outputs, 2)
    }
    if isBatchFirst { input = try input.permuted([1, 0, 2]) }
    if isSingle { input = try input.selected(isBatchFirst ? 0 : 1, 0) }
    var results = [input, try joined(last[0], 0)]
    if cell == .lstm { results.append(try joined(last[1], 0)) }
    return results
  }

  private static func single(
    _ cell: Cell, _ arguments: TensorArguments
  ) throws(EvaluationError) -> [TensorView] {
    let input = try real(try arguments.tensor("input"))
    guard input.rank == 2 else { throw .misfit }
    let states = cell == .lstm ? try arguments.tensors("hx") : [try arguments.tensor("hx")]
    guard cell != .lstm || states.count == 2 else { throw .misfit }
    var weights = [try arguments.tensor("w_ih"), try arguments.tensor("w_hh")]
    let biases = [try arguments.optionalTensor("b_ih"), try arguments.optionalTensor("b_hh")]
      .compactMap(\.self)
    weights += biases
    let result = try run(
      cell, try input.unsqueezed(0), weights, hasBiases: biases.count == 2,
      state: (states[0], states.count > 1 ? states[1] : nil), isReversed: false)
    return [result.hidden] + (result.cell.map { [$0] } ?? [])
  }

  static let recurrent: [String: Operation] = [
    "lstm": { arguments throws(EvaluationError) in try layers(.lstm, arguments) },
    "gru": { arguments throws(EvaluationError) in try layers(.gru, arguments) },
    "rnn_tanh": { arguments throws(EvaluationError) in try layers(.tanh, arguments) },
    "rnn_relu": { arguments throws(EvaluationError) in try layers(.relu, arguments) },
    "lstm_cell": { arguments throws(EvaluationError) in try single(.lstm, arguments) },
    "gru_cell": { arguments throws(EvaluationError) in try single(.gru, arguments) },
    "rnn_tanh_cell": { arguments throws(EvaluationError) in try single(.tanh, arguments) },
    "rnn_relu_cell": { arguments throws(EvaluationError) in try single(.relu, arguments) },
  ]

  // MARK: - Spectra

  /// Cosines and sines of a transform of so many places, as (places, 2 bins) or its inverse.
  private static func basis(_ size: Int, bins: Int) -> [Double] {
    var numbers = [Double](repeating: 0, count: size * bins * 2)
    for place in 0..<size {
      for bin in 0..<bins {
        let angle = 2 * .pi * Double(bin * place % size) / Double(size)
        numbers[(place * bins + bin) * 2] = cos(angle)
        numbers[(place * bins + bin) * 2 + 1] = -sin(angle)
      }
    }
    return numbers
  }

  /// The window of a call, in the middle of so many places.
  private static func window(
    _ arguments: TensorArguments, _ size: Int
  ) throws(EvaluationError) -> [Double] {
    let given = try arguments.optionalTensor("window")?.numbers
    let stated = try arguments.int("win_length", or: size)
    let length = given?.count ?? stated
    guard (1...size).contains(length) else { throw .misfit }
    var window = [Double](repeating: 0, count: size)
    for index in 0..<length { window[(size - length) / 2 + index] = given?[index] ?? 1 }
    return window
  }

  private static func sizes(
    _ arguments: TensorArguments
  ) throws(EvaluationError) -> (size: Int, hop: Int) {
    let size = try arguments.int("n_fft", or: 0)
    guard (1...1 << 14).contains(size) else { throw .misfit }
    let hop = try arguments.int("hop_length", or: size / 4)
    guard hop > 0 else { throw .misfit }
    return (size, hop)
  }

  static let spectra: [String: Operation] = [
    "stft": { arguments throws(EvaluationError) in
      var input = try real(try arguments.first)
      let (size, hop) = try sizes(arguments)
      let isSingle = input.rank == 1
      if isSingle { input = try input.unsqueezed(0) }
      guard input.rank == 2 else { throw .misfit }
      if arguments.call.target.hasSuffix(".center"), arguments.bool("center", or: true) {
        input = try padded(
          input, [size / 2, size / 2], arguments.string("pad_mode", or: "reflect"), value: 0)
      }
      let window = try window(arguments, size)
      guard input.shape[1] >= size else { throw .misfit }
      let frames = (input.shape[1] - size) / hop + 1
      let bins = arguments.bool("onesided", or: true) ? size / 2 + 1 : size
      let factor = arguments.bool("normalized", or: false) ? 1 / Double(size).squareRoot() : 1
      let numbers = input.numbers
      var rows: [Double] = []
      for sample in 0..<input.shape[0] {
        for frame in 0..<frames {
          let start = sample * input.shape[1] + frame * hop
          for place in 0..<size { rows.append(factor * window[place] * numbers[start + place]) }
        }
      }
      let count = input.shape[0] * frames
      let spectrum = product(
        rows, basis(size, bins: bins), rows: count, inner: size, columns: 2 * bins)
      let made = TensorView([input.shape[0], frames, bins], spectrum, isComplex: true)
      var result = try made.permuted([0, 2, 1])
      if isSingle { result = try result.selected(0, 0) }
      guard arguments.bool("return_complex", or: true) else {
        result = result.copied
        result.isComplex = false
        result.shape.append(2)
        result.strides.append(1)
        return [result]
      }
      return [result]
    },
    "istft": { arguments throws(EvaluationError) in
      var input = try arguments.first
      let (size, hop) = try sizes(arguments)
      let isSingle = input.rank == 2
      if isSingle { input = try input.unsqueezed(0) }
      let bins = size / 2 + 1
      guard input.isComplex, input.rank == 3, input.shape[1] == bins else { throw .misfit }
      let frames = input.shape[2]
      let window = try window(arguments, size)
      let isNormed = arguments.bool("normalized", or: false)
      let factor = isNormed ? Double(size).squareRoot() : 1
      let numbers = try input.permuted([0, 2, 1]).numbers
      let length = size + hop * (frames - 1)
      let isCentered = arguments.bool("center", or: true)
      let start = isCentered ? size / 2 : 0
      let end = try arguments.int("length", or: length - 2 * start) + start
      guard end > start, end <= 1 << 26 else { throw .misfit }
      var result: [Double] = []
      let forward = basis(size, bins: bins)
      for sample in 0..<input.shape[0] {
        var sum = [Double](repeating: 0, count: max(length, end))
        var weight = sum
        for frame in 0..<frames {
          let row = (sample * frames + frame) * bins * 2
          for place in 0..<size {
            var number = 0.0
            for bin in 0..<bins {
              // All but the first and the middle one stand for two.
              let count = bin == 0 || 2 * bin == size ? 1.0 : 2
              let angle = (place * bins + bin) * 2
              number +=
                count
                * (numbers[row + 2 * bin] * forward[angle] + numbers[row + 2 * bin + 1]
                  * forward[angle + 1])
            }
            sum[frame * hop + place] += factor * number / Double(size) * window[place]
            weight[frame * hop + place] += window[place] * window[place]
          }
        }
        for place in start..<end {
          result.append(abs(weight[place]) > 1e-11 ? sum[place] / weight[place] : sum[place])
        }
      }
      let view = TensorView([input.shape[0], end - start], result)
      return [isSingle ? try view.selected(0, 0) : view]
    },
    "fft_rfft": { arguments throws(EvaluationError) in
      let input = try real(try arguments.first)
      guard try arguments.dim(or: -1, rank: input.rank) == input.rank - 1, input.rank > 0 else {
        throw .unknown("fft_rfft along another axis than the last one")
      }
      let length = input.shape[input.rank - 1]
      let size = try arguments.int("n", or: length)
      guard size == length, (1...1 << 14).contains(size) else { throw .misfit }
      let bins = size / 2 + 1
      let rows = input.count / size
      let scale = arguments.string("norm", or: "backward")
      let factor =
        scale == "ortho" ? 1 / Double(size).squareRoot() : scale == "forward" ? 1 / Double(size) : 1
      let numbers = product(
        input.numbers.map { $0 * factor }, basis(size, bins: bins), rows: rows, inner: size,
        columns: 2 * bins)
      return [TensorView(input.shape.dropLast() + [bins], numbers, isComplex: true)]
    },
  ]
}
