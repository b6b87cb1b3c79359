import Foundation
import TestSupport
import Testing

@testable import Continual

/// A cell of recurrent layers in C, and its definition.
private struct CellRun {
  let cell: RecurrentCell
  let sizes: DenseLoops.GateSums
  /// Of each gate, (items, size) side by side, and of a GRU those of `n` over the hidden state behind them.
  var sums: [[Float]]
  var state: [Float]
  var output: [Float]

  init(_ cell: RecurrentCell, items: Int, size: Int, apart: Int = 0, scale: Float) {
    var random = SeededRandom(UInt64(items * size))
    self.cell = cell
    sizes = .init(items: items, size: size, stride: cell.gates * size + apart)
    let count = items * size
    sums = (0..<4).map { _ in random.floats(count).map { $0 * scale } }
    state = random.floats(count)
    output = random.floats(count)
  }

  /// New outputs and cells.
  func made(_ set: InstructionSet) -> (output: [Float], state: [Float]) {
    var strided = [Float](repeating: .nan, count: sizes.items * sizes.stride)
    for gate in 0..<cell.gates {
      for (place, sum) in sums[gate].enumerated() {
        let (item, index) = (place / sizes.size, place % sizes.size)
        strided[item * sizes.stride + gate * sizes.size + index] = sum
      }
    }
    let others = sums[3]
    var made = output
    var cells = state
    var own = cells.mutableSpan
    var target = made.mutableSpan
    DenseLoops.update(
      cell, strided.span, sizes, others: others.span, state: &own, output: &target,
      instructionSet: set)
    return (made, cells)
  }

  /// The same of one place, in double precision.
  func defined(_ place: Int) -> (output: Double, state: Double) {
    func logistic(_ gate: Int) -> Double { 1 / (1 + exp(-Double(sums[gate][place]))) }
    let before = Double(state[place])
    switch cell {
    case .tanh: return (tanh(Double(sums[0][place])), before)
    case .relu: return (max(Double(sums[0][place]), 0), before)
    case .gru:
      let candidate = tanh(Double(sums[2][place]) + logistic(0) * Double(sums[3][place]))
      let kept = logistic(1)
      return ((1 - kept) * candidate + kept * Double(output[place]), before)
    case .lstm:
      let next = logistic(1) * before + logistic(0) * tanh(Double(sums[2][place]))
      return (logistic(3) * tanh(Double(Float(next))), next)
    }
  }
}

@Suite("cells of recurrent layers")
struct RecurrentCellTests {
  @Test(
    "are rounded once, whatever the instruction set",
    arguments: [RecurrentCell.tanh, .relu, .gru, .lstm])
  func accuracy(_ cell: RecurrentCell) {
    for scale: Float in [1e-6, 0.3, 4, 40, 1e4] {
      let run = CellRun(cell, items: 7, size: 57, apart: 11, scale: scale)
      for set in InstructionSet.available {
        let (output, state) = run.made(set)
        for place in output.indices {
          let exact = run.defined(place)
          for (found, expected) in [(output[place], exact.output), (state[place], exact.state)] {
            // Of a sum of two terms with other signs, what was lost of the larger one stays.
            let allowed = 0.501 * Double(max(Float(abs(expected)), 1e-38).ulp) + 1e-12
            #expect(abs(Double(found) - expected) <= allowed, "\(set), \(scale), \(place)")
          }
        }
      }
    }
  }

  @Test(
    "have the same bits however their sums lie",
    arguments: [RecurrentCell.tanh, .relu, .gru, .lstm])
  func places(_ cell: RecurrentCell) {
    for set in InstructionSet.available {
      for size in [1, 2, 3, 4, 7, 15, 16, 17, 37] {
        let flat = CellRun(cell, items: 5, size: size, scale: 3).made(set)
        let apart = CellRun(cell, items: 5, size: size, apart: 3, scale: 3).made(set)
        #expect(flat.output == apart.output && flat.state == apart.state, "\(set), \(size)")
      }
    }
  }

  @Test("keep a NaN, and bear infinite sums", arguments: [RecurrentCell.tanh, .relu, .gru, .lstm])
  func notFinite(_ cell: RecurrentCell) {
    for set in InstructionSet.available {
      for gate in 0..<cell.gates {
        var run = CellRun(cell, items: 2, size: 3, apart: 2, scale: 1)
        run.sums[gate][4] = .nan
        let (output, _) = run.made(set)
        #expect(
          output.map(\.isNaN) == [false, false, false, false, true, false], "\(set), \(gate)")
        for number in [Float.infinity, -.infinity] where cell != .relu {
          run.sums[gate][4] = number
          #expect(
            abs(Double(run.made(set).output[4]) - run.defined(4).output) < 1e-7, "\(set), \(gate)")
        }
      }
    }
  }
}
