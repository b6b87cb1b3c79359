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

  @Test(
    "panels have the weights of their rows side by side, in the place of the matrices or apart",
    arguments: [
      (1, 1, 5), (3, 2, 4), (1, 3, 7), (2, 4, 6), (1, 5, 9), (3, 8, 10), (2, 24, 13),
      // So many that threads share them, with and without something to fill up.
      (1, 1024, 1100), (3, 515, 700), (600, 1, 2000), (2, 8, 70000),
    ], [false, true])
  func panels(_ sizes: (groups: Int, rows: Int, columns: Int), _ isPermuted: Bool) {
    let (groups, rows, columns) = sizes
    var random = SeededRandom(UInt64(rows + columns))
    let numbers = random.floats(groups * rows * columns)
    let order = isPermuted ? (0..<columns).map { ($0 + 1) % columns } : nil
    let apart = PackedMatrix(numbers.span, groups: groups, rows: rows, order: order)
    let taken = PackedMatrix(taking: numbers, groups: groups, rows: rows, order: order)
    #expect(apart.weights == taken.weights)
    #expect(apart.height == taken.height && apart.groupCount == taken.groupCount)
    #expect(apart.biases == taken.biases)
    let panels = (rows + apart.height - 1) / apart.height
    var expected = [Float](repeating: 0, count: groups * panels * apart.height * columns)
    for group in 0..<groups {
      for row in 0..<rows {
        let panel = (group * panels + row / apart.height) * apart.height * columns
        for place in 0..<columns {
          expected[panel + place * apart.height + row % apart.height] =
            numbers[(group * rows + row) * columns + (order?[place] ?? place)]
        }
      }
    }
    #expect(apart.weights == expected)
    // Whoever else has the array keeps it as it was.
    var again = SeededRandom(UInt64(rows + columns))
    #expect(numbers == again.floats(groups * rows * columns))
  }

  @Test(
    "a weight that nobody else has is packed where it is, if there is room for what fills up its last panel",
    arguments: [(16, 0, true), (13, 3, true), (13, 2, false), (4, 0, true), (3, 1, true)])
  func place(_ rows: Int, _ more: Int, _ isThere: Bool) {
    let columns = 5000
    func numbers() -> [Float] { (0..<rows * columns).map(Float.init) }
    // Exactly so much room, whatever the allocator would give.
    var scalars: [Float] = []
    scalars.reserveCapacity((rows + more) * columns)
    scalars += numbers()
    #if !DEBUG
    let place = PackedMatrix.place(of: scalars)
    #endif
    let weight = Weight(Tensor([rows, columns], consume scalars))
    let matrix = weight.matrix(bias: nil)
    #if !DEBUG
    // Without optimisation the arrays on the way live for longer, and a copy is packed.
    #expect((PackedMatrix.place(of: matrix.memory) == place) == isThere)
    #endif
    #expect(matrix.weights == PackedMatrix(numbers().span, rows: rows).weights)
    #expect(weight.tensor.scalars == numbers())
  }

  @Test("a weight whose tensor somebody else has is packed beside it")
  func shared() {
    let tensor = Tensor([8, 2], (0..<16).map(Float.init))
    let weight = Weight(tensor)
    #expect(weight.matrix(bias: nil).weights[..<4] == [0, 2, 4, 6])
    #expect(tensor.scalars == (0..<16).map(Float.init))
    #expect(weight.tensor == tensor)
  }
}

extension PackedMatrix {
  /// The panels of all groups.
  fileprivate var weights: [Float] { Array(memory[start...]) }

  /// Where the memory of an array is, as a number to compare.
  fileprivate static func place(of array: [Float]) -> UInt {
    unsafe array.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) }
  }
}
