import Tensors
import TestSupport
import Testing

@testable import Continual

@Suite("Weights")
struct WeightTests {
  /// Rows of blocks, groups, columns, and whether the columns are in another order.
  static let packings: [(blocks: [Int], groups: Int, columns: Int, isPermuted: Bool)] = [
    ([1], 1, 1, false), ([8], 1, 3, false), ([13], 1, 7, true), ([12], 4, 5, true),
    ([20], 2, 6, false), ([6], 6, 9, true), ([5, 10], 1, 5, false), ([3, 8, 17], 1, 4, true),
  ]

  @Test("a packed weight gives back the tensor that it came as", arguments: packings)
  func roundTrip(_ packing: (blocks: [Int], groups: Int, columns: Int, isPermuted: Bool)) {
    var random = SeededRandom(41)
    let rows = packing.blocks.reduce(0, +)
    let tensor = Tensor([rows, packing.columns], random.floats(rows * packing.columns))
    let weight = Weight(tensor)
    let order = packing.isPermuted ? Array((0..<packing.columns).reversed()) : nil
    let matrices = weight.matrices(
      Packing(blocks: packing.blocks, groups: packing.groups, order: order))
    #expect(matrices.map { $0.rows * $0.groups } == packing.blocks)
    #expect(weight.tensor == tensor)
    #expect(weight == Weight(tensor))
  }

  @Test("a column of a packed weight is the one that the order says")
  func order() {
    let weight = Weight(Tensor([1, 3], [10, 20, 30]))
    #expect(weight.matrix(bias: nil, order: [2, 0, 1]).weights == [30, 10, 20])
  }

  @Test("sums of a packed weight start from the biases of its rows")
  func biases() {
    let weight = Weight(Tensor([5, 2], (0..<10).map(Float.init)))
    let matrices = weight.matrices(Packing(blocks: [2, 3]), biases: [1, 2, 3, 4, 5])
    #expect(matrices.map(\.biases) == [[1, 2], [3, 4, 5]])
    #expect(weight.matrix(bias: nil).biases == [0, 0, 0, 0, 0])
  }

  @Test("a weight that is packed for other groups is the same weight")
  func otherGroups() {
    var random = SeededRandom(42)
    let tensor = Tensor([12, 5], random.floats(60))
    let weight = Weight(tensor)
    let one = weight.matrix(bias: nil)
    let three = weight.matrix(bias: nil, groups: 3)
    #expect(one.rows == 12 && three.rows == 4)
    #expect(weight.tensor == tensor)
    #expect(weight.matrix(bias: nil).weights == one.weights)
  }
}
