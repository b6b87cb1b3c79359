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
    #expect((matrix.placeOfMemory == place) == isThere)
    #endif
    #expect(matrix.weights == PackedMatrix(numbers().span, rows: rows).weights)
    #expect(weight.tensor.scalars == numbers())
  }

  /// Shapes, and how they are cut: with a part of a panel at the end, matrices smaller and larger than a piece, blocks,
  /// and other orders of columns.
  static let readWeights: [(shape: Shape, packing: Packing)] = [
    ([1, 1], Packing(blocks: [1])), ([13, 7], Packing(blocks: [13])),
    ([1024, 33], Packing(blocks: [1024])), ([1021, 100], Packing(blocks: [1021])),
    ([20, 9000], Packing(blocks: [20])), ([96, 9], Packing(blocks: [96], groups: 96)),
    ([6000, 9], Packing(blocks: [6000], groups: 6000)),
    ([3000, 40], Packing(blocks: [3000], groups: 2)), ([12, 25], Packing(blocks: [12], groups: 4)),
    ([24, 5, 3], Packing(blocks: [3, 4, 17])), ([3000, 100], Packing(blocks: [1000, 2000])),
    ([33, 8], Packing(blocks: [33], order: [7, 6, 5, 4, 3, 2, 1, 0])),
    ([600, 2000], Packing(blocks: [200, 400], order: (0..<2000).map { ($0 + 1) % 2000 })),
  ]

  @Test(
    "a weight that is packed as it is read is that which is packed afterwards",
    arguments: readWeights)
  func packedWhileRead(_ shape: Shape, _ packing: Packing) throws {
    var random = SeededRandom(UInt64(shape.count))
    let numbers = random.floats(shape.count)
    let other = Shape([3, 5])
    // So much that there are pages at all.
    let counts = [packing.count(of: other), packing.count(of: shape), 1 << 21]
    let pages = try #require(WeightPages(for: counts))
    #expect(WeightPacker(other, packing, in: pages) == nil)
    var packer = try #require(WeightPacker(shape, packing, in: pages))
    var done = 0
    while packer.nextCount > 0 {
      let end = done + packer.nextCount
      packer.pack(numbers.span.extracting(done..<end))
      done = end
    }
    #expect(done == numbers.count)
    let weight = packer.weight
    let tensor = Tensor(shape, numbers)
    #expect(weight.tensor == tensor)
    let expected = Weight(tensor).matrices(packing)
    let matrices = weight.matrices(packing)
    #expect(matrices.map(\.weights) == expected.map(\.weights))
    #expect(matrices.map(\.biases) == expected.map(\.biases))
    #expect(matrices.map(\.height) == expected.map(\.height))
    for matrix in matrices { #expect(matrix.placeOfMemory.isMultiple(of: 64)) }
    // Other axes are those of the same numbers.
    let flat = weight.reshaped([shape[0], shape.count / shape[0]])
    #expect(flat.tensor.scalars == numbers)
    #expect(flat.matrices(packing).map(\.weights) == expected.map(\.weights))
  }

  @Test("there are pages for what is large, and no more of them than were asked for")
  func pages() throws {
    #expect(WeightPages(for: [1 << 20, 1 << 19]) == nil)
    #expect(WeightPages(for: [Int.max, 1]) == nil)
    #expect(WeightPages(for: [Int.max >> 8, 1]) == nil)
    #expect(WeightPages(for: [-1, 1 << 22]) == nil)
    let pages = try #require(WeightPages(for: [1 << 21, 5]))
    #expect(pages.take(-1) == nil)
    #expect(pages.take(5) == 0..<5)
    #expect(pages.take(1 << 21) == 16..<16 + 1 << 21)
    #expect(pages.take(1) == nil)
  }

  @Test(
    "a weight cannot be cut in another way than its rows and columns allow",
    arguments: [
      Packing(blocks: [5]), Packing(blocks: [6], groups: 4), Packing(blocks: [6], groups: 0),
      Packing(blocks: [6, 0]), Packing(blocks: [3, 3], groups: 2), Packing(blocks: [6], order: [0]),
    ])
  func unfit(_ packing: Packing) {
    #expect(!packing.fits([6, 2]))
    #expect(packing.count(of: [6, 2]) == 0)
    #expect(Packing(blocks: [6], groups: 2, order: [1, 0]).fits([6, 2]))
    #expect(!Packing(blocks: [0]).fits([0, 2]))
  }

  @Test("what modules expect of a weight that is not read is known, whatever its axes are")
  func expectation() throws {
    let drawn = Weight(zeros: [4, 6])
    #expect(drawn.expectedPacking == nil)
    _ = try Linear(weight: drawn, bias: nil, axis: .clip(1))
    #expect(drawn.expectedPacking == Packing(blocks: [4]))
    let kernel = Weight(zeros: [4, 6])
    _ = try Convolution(
      weight: kernel.reshaped([4, 2, 3, 1]), bias: nil, stride: [1, 1], padding: .valid,
      dilation: [1, 1], groups: 2, paddingMode: .zeros, temporalFill: nil)
    #expect(
      kernel.expectedPacking == Packing(blocks: [4], groups: 2, order: [0, 3, 1, 4, 2, 5]))
    let read = Weight(Tensor([4, 6]))
    _ = try Linear(weight: read, bias: nil, axis: .clip(1))
    #expect(read.expectedPacking == nil)
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
  fileprivate var weights: [Float] {
    withPanels { panels in panels.indices.map { panels[$0] } }
  }

  /// Where the memory of the panels is, as a number to compare.
  fileprivate var placeOfMemory: UInt {
    memory.withSpan { memory in
      unsafe memory.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) }
    }
  }

  /// Where the memory of an array is, as a number to compare.
  fileprivate static func place(of array: [Float]) -> UInt {
    unsafe array.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) }
  }
}
