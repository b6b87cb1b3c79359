import TestSupport
import Testing

@testable import Continual

@Suite("copies and products of planes")
struct DenseCopyTests {
  @Test("rows are copied with any step and stride", arguments: [1, 2, 3, 5])
  func copyRows(_ step: Int) {
    var random = SeededRandom(UInt64(step))
    for columns in [0, 1, 3, 4, 7, 8, 19] {
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
          .init(plane: toPlane, stride: to), planes: planes, rows: rows, columns: columns)
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

  @Test("products of planes are those of the planes one by one")
  func planes() {
    var random = SeededRandom(17)
    let (groups, plane, width, rows, columns) = (5, 97, 9, 6, 7)
    let matrix = PackedMatrix(
      random.floats(groups * 6), biases: random.floats(groups), groups: groups, rows: 1)
    let taps = TapOffsets([0, 2, width])
    let bases = [11, 3]
    for computed in [(rows - 1) * width + columns, 64] {
      let input = random.floats((groups - 1) * plane + 11 + width + computed)
      for set in InstructionSet.available {
        var expected: [Float] = []
        for group in 0..<groups {
          var product = [Float](repeating: 0, count: computed)
          var target = product.mutableSpan
          DenseLoops.multiply(
            matrix, group: group, by: input.span.extracting((group * plane)...), bases: bases.span,
            taps: taps, into: &target, stride: computed, columns: computed, instructionSet: set)
          for row in 0..<rows { expected += product[row * width..<row * width + columns] }
          expected += [0, 0, 0]
        }
        let stride = rows * columns + 3
        var work = [Float](repeating: 0, count: computed)
        var result = [Float](repeating: 0, count: groups * stride)
        var product = work.mutableSpan
        var output = result.mutableSpan
        DenseLoops.multiplyPlanes(
          matrix, by: input.span, plane: plane, bases: bases.span, taps: taps, product: &product,
          into: &output, stride: stride, rows: rows, columns: columns, width: width,
          computed: computed, instructionSet: set)
        #expect(result == expected, "\(set), \(computed)")
      }
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
