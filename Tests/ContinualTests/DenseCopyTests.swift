import TestSupport
import Testing

@testable import Continual

@Suite("copies and products of planes")
struct DenseCopyTests {
  @Test("rows are copied with any step and stride", arguments: [1, 2, 3, 5])
  func copyRows(_ step: Int) {
    var random = SeededRandom(UInt64(step))
    for (set, columns) in InstructionSet.available.flatMap({ set in
      [0, 1, 3, 4, 7, 8, 16, 19, 33].map { (set, $0) }
    }) {
      for (planes, rows) in [(0, 2), (2, 0), (1, 1), (1, 4), (3, 2)] {
        let (from, to) = (columns * step + 2, columns + 1)
        let (fromPlane, toPlane) = (rows * from + 3, rows * to + 2)
        // The last element of the last row is the last one there is.
        let source = random.floats(
          max((planes - 1) * fromPlane + (rows - 1) * from + (columns - 1) * step + 1, 0))
        var result = [Float](
          repeating: 9, count: max((planes - 1) * toPlane + (rows - 1) * to + columns, 0))
        var expected = result
        for plane in 0..<planes {
          for row in 0..<rows {
            for column in 0..<columns {
              expected[plane * toPlane + row * to + column] =
                source[plane * fromPlane + row * from + column * step]
            }
          }
        }
        var target = result.mutableSpan
        DenseLoops.copyRows(
          source.span, .init(plane: fromPlane, stride: from, step: step), into: &target,
          .init(plane: toPlane, stride: to), planes: planes, rows: rows, columns: columns,
          instructionSet: set)
        #expect(result == expected, "\(planes) planes of \(rows) rows of \(columns)")
      }
    }
  }

  @Test("a copy beyond the end of its source stops the program")
  func copyOutside() async {
    await #expect(processExitsWith: .failure) {
      var result = [Float](repeating: 0, count: 8)
      var target = result.mutableSpan
      DenseLoops.copyRows(
        ([1, 2, 3, 4, 5] as [Float]).span, .init(stride: 3), into: &target, .init(stride: 4),
        rows: 2, columns: 3)
    }
  }

  @Test("products of planes are those of the planes one by one", arguments: [0, 2, 9, 10])
  func planes(_ computed: Int) {
    check(taps: [0, 2, 9], width: 9, rows: 6, columns: 7, slack: computed)
  }

  @Test(
    "so are products with windows of three by three, which neighbours share",
    arguments: [1, 3, 4, 6, 7, 13, 14, 15, 29], [1, 3, 5, 7, 8, 9, 10, 14, 16, 17, 33])
  func windows(_ rows: Int, _ columns: Int) {
    let width = columns + 2
    let taps = (0..<9).map { $0 / 3 * width + $0 % 3 }
    for slack in [0, 16] {
      check(taps: taps, width: width, rows: rows, columns: columns, slack: slack)
    }
    // Those of a window that moves by two rows are not such ones.
    check(
      taps: (0..<9).map { $0 / 3 % 2 * 200 + $0 / 6 * width + $0 % 3 }, width: width, rows: rows,
      columns: columns, slack: 16)
  }

  private func check(taps offsets: [Int], width: Int, rows: Int, columns: Int, slack: Int) {
    var random = SeededRandom(UInt64(100 * rows + columns))
    let (groups, bases) = (3, [11, 3])
    let computed = (rows - 1) * width + columns + slack
    let taps = TapOffsets(offsets)
    let plane = computed + 5
    let matrix = PackedMatrix(
      random.floats(groups * bases.count * taps.count), biases: random.floats(groups),
      groups: groups, rows: 1)
    // The last element that may be read is the last one there is.
    let input = random.floats((groups - 1) * plane + 11 + taps.reach + computed)
    for set in InstructionSet.available {
      var expected: [Float] = []
      for group in 0..<groups {
        var product = [Float](repeating: 0, count: computed)
        var target = product.mutableSpan
        DenseLoops.multiply(
          matrix, group: group, by: input.span.extracting((group * plane)...), bases: bases.span,
          taps: taps, into: &target, stride: computed, columns: computed, instructionSet: set)
        for row in 0..<rows { expected += product[row * width..<row * width + columns] }
        expected += [7, 7, 7]
      }
      let stride = rows * columns + 3
      var work = [Float](repeating: 0, count: computed)
      var result = [Float](repeating: 7, count: groups * stride)
      var product = work.mutableSpan
      var output = result.mutableSpan
      DenseLoops.multiplyPlanes(
        matrix, by: input.span, plane: plane, bases: bases.span, taps: taps, product: &product,
        into: &output, stride: stride, rows: rows, columns: columns, width: width,
        computed: computed, instructionSet: set)
      #expect(result == expected, "\(set), \(computed)")
    }
  }

  @Test("a product within one work space is the same as between two")
  func within() {
    var random = SeededRandom(23)
    let matrix = PackedMatrix(random.floats(11 * 4), biases: random.floats(11), rows: 11)
    let taps = TapOffsets([0, 1, 5, 20])
    let input = random.floats(60)
    var expected = [Float](repeating: 0, count: 11 * 32)
    var output = expected.mutableSpan
    DenseLoops.multiply(
      matrix, by: input.span, bases: [0].span, taps: taps, into: &output, stride: 32, columns: 32)
    var all = expected.map { _ in Float(0) } + input
    var work = all.mutableSpan
    DenseLoops.withParts(of: &work, reading: 352..<412, writing: 0..<352) { input, output in
      DenseLoops.multiply(
        matrix, by: input, bases: [0].span, taps: taps, into: &output, stride: 32, columns: 32)
    }
    #expect(Array(all[..<352]) == expected)
    #expect(Array(all[352...]) == input)
  }

  @Test("parts of a work space that overlap stop the program")
  func overlap() async {
    await #expect(processExitsWith: .failure) {
      var all = [Float](repeating: 0, count: 10)
      var work = all.mutableSpan
      DenseLoops.withParts(of: &work, reading: 0..<5, writing: 4..<8) { _, _ in }
    }
  }
}
