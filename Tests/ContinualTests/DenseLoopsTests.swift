import TestSupport
import Testing

@testable import Continual

/// A product of a packed matrix with scattered rows, and what it must be.
struct ProductCase: CustomTestStringConvertible {
  var rows: Int
  var bases: Int
  var taps: Int
  var columns: Int
  var groups = 1
  var stride: Int { columns + rows % 3 }

  var testDescription: String {
    "\(groups) x \(rows) rows, \(bases) x \(taps) taps, \(columns) columns"
  }

  static let all: [ProductCase] = {
    let rows = [1, 2, 3, 4, 5, 7, 8, 9, 15, 17, 33, 71]
    let columns = [1, 2, 3, 4, 5, 8, 11, 12, 13, 15, 16, 17, 31, 47, 48, 49, 67, 131]
    var cases: [ProductCase] = []
    for (index, row) in rows.enumerated() {
      for (other, column) in columns.enumerated() where (index + other) % 2 == 0 || row < 9 {
        cases.append(
          ProductCase(
            rows: row, bases: 1 + (index + other) % 3, taps: 1 + (index * other) % 11,
            columns: column, groups: 1 + other % 2))
      }
    }
    return cases
  }()
}

/// The data of a case.
private struct Product {
  let matrix: PackedMatrix
  let weights: [Float]
  let biases: [Float]
  let input: [Float]
  let bases: [Int]
  let taps: TapOffsets
  let before: [Float]

  init(_ product: ProductCase) {
    var random = SeededRandom(UInt64(product.rows * 1000 + product.columns))
    let depth = product.bases * product.taps
    weights = random.floats(product.groups * product.rows * depth)
    biases = random.floats(product.groups * product.rows)
    matrix = PackedMatrix(weights, biases: biases, groups: product.groups, rows: product.rows)
    bases = (0..<product.bases).map { _ in Int.random(in: 0...50, using: &random) }
    taps = TapOffsets((0..<product.taps).map { _ in Int.random(in: 0...40, using: &random) })
    // The farthest tap ends at the last float, so that a read beyond it would be seen.
    input = random.floats((bases.max() ?? 0) + taps.reach + product.columns)
    before = random.floats((product.rows - 1) * product.stride + product.columns)
  }

  func multiply(
    _ product: ProductCase, group: Int, from start: DenseLoops.Start, by set: InstructionSet,
    column: Int = 0, columns: Int? = nil, stride: Int? = nil
  ) -> [Float] {
    let stride = stride ?? product.stride
    let columns = columns ?? product.columns
    var result = [Float](repeating: 0, count: (product.rows - 1) * stride + columns)
    if start == .output {
      for row in 0..<product.rows {
        for offset in 0..<columns {
          result[row * stride + offset] = before[row * product.stride + column + offset]
        }
      }
    }
    var output = result.mutableSpan
    DenseLoops.multiply(
      matrix, group: group, by: input.span.extracting(column...), bases: bases.span, taps: taps,
      from: start, into: &output, stride: stride, columns: columns, instructionSet: set)
    return result
  }

  /// The product in double precision, and the sum of the absolute products with the start.
  func exact(
    _ product: ProductCase, group: Int, from start: DenseLoops.Start, row: Int, column: Int
  ) -> (value: Double, magnitude: Double) {
    let first =
      start == .biases
      ? biases[group * product.rows + row] : before[row * product.stride + column]
    var value = Double(first)
    var magnitude = abs(value)
    var weight = (group * product.rows + row) * product.bases * product.taps
    for base in bases {
      for tap in taps.offsets {
        let term = Double(weights[weight]) * Double(input[base + tap + column])
        value += term
        magnitude += abs(term)
        weight += 1
      }
    }
    return (value, magnitude)
  }
}

/// Places that are counted while a product runs.
private struct CountedPlaces: CustomTestStringConvertible {
  var offsets: [Int]
  var repeats: Int
  var step: Int
  var phases: [Int] = []
  var length = 0

  var testDescription: String {
    "\(offsets) \(repeats) times, \(step) apart; phases \(phases) of \(length)"
  }

  static let all = [
    CountedPlaces(offsets: [0], repeats: 5, step: 3),
    CountedPlaces(offsets: [4, 0, 1], repeats: 2, step: 7),
    CountedPlaces(offsets: [2, 5], repeats: 3, step: 0, phases: [0, 2, 1], length: 9),
    CountedPlaces(offsets: [3], repeats: 1, step: 8, phases: [1, 0], length: 20),
    // More than the table of the loops holds.
    CountedPlaces(offsets: [0], repeats: 5000, step: 1),
  ]
}

@Suite("dense loops")
struct DenseLoopsTests {
  @Test("a product stays within the error bound of one sum in order", arguments: ProductCase.all)
  func productIsAccurate(_ product: ProductCase) {
    let data = Product(product)
    // Each of the n steps rounds at most twice.
    let bound = Double(2 * product.bases * product.taps + 2) * Double(Float.ulpOfOne)
    for set in InstructionSet.available {
      for start in [DenseLoops.Start.biases, .output] {
        for group in 0..<product.groups {
          let result = data.multiply(product, group: group, from: start, by: set)
          var misses: [String] = []
          for row in 0..<product.rows {
            for column in 0..<product.columns {
              let found = Double(result[row * product.stride + column])
              let (value, magnitude) = data.exact(
                product, group: group, from: start, row: row, column: column)
              if !(abs(found - value) <= bound * magnitude) {
                misses.append("[\(row), \(column)]: \(found), not \(value)")
              }
            }
            let gap = product.columns..<product.stride
            if row + 1 < product.rows,
              gap.contains(where: { result[row * product.stride + $0] != 0 })
            {
              misses.append("row \(row) writes behind its last column")
            }
          }
          #expect(misses.isEmpty, "\(set), group \(group), from \(start): \(misses.prefix(5))")
        }
      }
    }
  }

  @Test("an output has the same bits in a product of any width", arguments: ProductCase.all)
  func bitsDoNotDependOnWidth(_ product: ProductCase) {
    let data = Product(product)
    for set in InstructionSet.available {
      for start in [DenseLoops.Start.biases, .output] {
        let all = data.multiply(product, group: 0, from: start, by: set)
        var differences: [Int] = []
        for column in 0..<product.columns {
          for stride in [1, 3] {
            let single = data.multiply(
              product, group: 0, from: start, by: set, column: column, columns: 1, stride: stride)
            for row in 0..<product.rows
            where single[row * stride].bitPattern
              != all[row * product.stride + column].bitPattern
            {
              differences.append(column)
            }
          }
        }
        #expect(differences.isEmpty, "\(set), from \(start): columns \(Set(differences).sorted())")
      }
    }
  }

  @Test("instruction sets with fused multiply-add agree bit for bit", arguments: ProductCase.all)
  func fusedSetsAgree(_ product: ProductCase) {
    let data = Product(product)
    let fused = InstructionSet.available.filter { $0 != .baseline }
    let results = fused.map { data.multiply(product, group: 0, from: .biases, by: $0) }
    #expect(Set(results.map { $0.map(\.bitPattern) }).count <= 1)
  }

  @Test("a product adds in order and rounds as its header says")
  func orderOfSummation() {
    var random = SeededRandom(7)
    let weights = random.floats(9 * 40)
    let input = random.floats(40)
    let matrix = PackedMatrix(weights, biases: nil, rows: 9)
    for set in InstructionSet.available {
      var expected = [Float](repeating: 0, count: 9)
      for row in 0..<9 {
        for tap in 0..<40 {
          let weight = weights[row * 40 + tap]
          if set.isFused {
            expected[row].addProduct(weight, input[tap])
          } else {
            expected[row] += weight * input[tap]
          }
        }
      }
      var result = [Float](repeating: 0, count: 9)
      var output = result.mutableSpan
      DenseLoops.multiply(
        matrix, by: input.span, bases: [0].span, taps: TapOffsets(Array(0..<40)), into: &output,
        stride: 1, columns: 1, instructionSet: set)
      #expect(result == expected, "\(set)")
    }
  }

  @Test(
    "lanes multiply element by element, in order", arguments: [1, 3, 4, 8, 17, 63, 64, 65, 200])
  func lanes(_ count: Int) {
    var random = SeededRandom(UInt64(count))
    let bases = [count, 0, 3]
    let weights = random.floats(3 * count)
    let biases = random.floats(count)
    let input = random.floats(max(2 * count, count + 3))
    for set in InstructionSet.available {
      var expected = biases
      for (index, base) in bases.enumerated() {
        for n in 0..<count {
          if set.isFused {
            expected[n].addProduct(weights[index * count + n], input[base + n])
          } else {
            expected[n] += weights[index * count + n] * input[base + n]
          }
        }
      }
      var result = [Float](repeating: 0, count: count)
      var output = result.mutableSpan
      DenseLoops.multiplyLanes(
        weights.span, biases: biases.span, by: input.span, bases: bases.span, into: &output,
        instructionSet: set)
      #expect(result == expected, "\(set)")
    }
  }

  @Test(
    "a product across has the bits of one along rows", arguments: [1, 2, 3, 4, 7, 8, 13, 16, 27])
  func across(_ columns: Int) {
    var random = SeededRandom(UInt64(columns))
    let origin = DenseLoops.origin
    for rows in [1, 4, 6, 40, 139] {
      let inner = 11
      let matrix = PackedMatrix(
        random.floats(rows * inner), biases: random.floats(rows), rows: rows)
      let right = random.floats(inner * columns)
      let before = random.floats(rows * columns)
      for set in InstructionSet.available {
        for start in [DenseLoops.Start.biases, .output] {
          var along = before
          var target = along.mutableSpan
          DenseLoops.multiply(
            matrix, by: right.span, bases: origin.span,
            taps: TapOffsets(inner, step: columns), from: start, into: &target, stride: columns,
            columns: columns, instructionSet: set)
          var across = [Float](repeating: 0, count: rows * columns)
          var result = across.mutableSpan
          DenseLoops.transpose(
            before.span, stride: columns, rows: rows, columns: columns, into: &result, stride: rows)
          DenseLoops.multiplyAcross(
            matrix, by: right.span, .init(rowStep: columns, columnStep: 1), from: start,
            into: &result, stride: rows, columns: columns, instructionSet: set)
          let wanted = (0..<rows * columns).map { along[$0 % rows * columns + $0 / rows] }
          #expect(across == wanted, "\(set), \(rows) rows")
        }
      }
    }
  }

  @Test("loops over elements do what they say", arguments: [0, 1, 5, 16, 33, 100])
  func elements(_ count: Int) {
    var random = SeededRandom(UInt64(count) + 100)
    let source = random.floats(count)
    let before = random.floats(count)
    for set in InstructionSet.available {
      var sum = before
      var product = before
      var largest = before
      var target = sum.mutableSpan
      DenseLoops.add(source.span, to: &target, instructionSet: set)
      target = product.mutableSpan
      DenseLoops.multiply(&target, by: source.span, instructionSet: set)
      target = largest.mutableSpan
      DenseLoops.maximum(source.span, into: &target, instructionSet: set)
      #expect(sum == zip(before, source).map { $0 + $1 })
      #expect(product == zip(before, source).map { $0 * $1 })
      #expect(largest == zip(before, source).map { max($0, $1) })
    }
  }

  @Test("the larger of a number and a NaN is the NaN")
  func maximumOfNaN() {
    for set in InstructionSet.available {
      var result: [Float] = [.nan, 1, .infinity, 2]
      var target = result.mutableSpan
      DenseLoops.maximum(
        ([1, .nan, 3, .infinity] as [Float]).span, into: &target, instructionSet: set)
      #expect(result[0].isNaN && result[1].isNaN)
      #expect(result[2...] == [.infinity, .infinity])
    }
  }

  @Test("a product that reaches outside its input stops the program")
  func outsideInput() async {
    await #expect(processExitsWith: .failure) {
      let matrix = PackedMatrix([1, 2], biases: nil, rows: 1)
      var result: [Float] = [0, 0]
      var output = result.mutableSpan
      DenseLoops.multiply(
        matrix, by: ([1, 2, 3] as [Float]).span, bases: [0].span, taps: TapOffsets([0, 2]),
        into: &output, stride: 2, columns: 2)
    }
  }

  @Test("a product that does not fit its output stops the program")
  func outsideOutput() async {
    await #expect(processExitsWith: .failure) {
      let matrix = PackedMatrix([1, 2], biases: nil, rows: 2)
      var result: [Float] = [0, 0, 0]
      var output = result.mutableSpan
      DenseLoops.multiply(
        matrix, by: ([1, 2] as [Float]).span, bases: [0].span, taps: TapOffsets([0]),
        into: &output, stride: 2, columns: 2)
    }
  }

  @Test("places that are counted give the bits of places in a table", arguments: CountedPlaces.all)
  private func countedPlaces(_ places: CountedPlaces) {
    let (rows, columns) = (11, 19)
    var random = SeededRandom(7)
    let counted = TapOffsets(
      TapOffsets(places.offsets), repeats: places.repeats, step: places.step)
    let table = (0..<places.repeats).flatMap { index in
      places.offsets.map { index * places.step + $0 }
    }
    #expect(counted.count == table.count)
    #expect(counted.reach == table.max())
    let bases = (0..<max(places.phases.count, 1)).map { $0 * 2 }
    let shifted = zip(bases, places.phases).map { $0 + $1 * places.length }
    let depth = bases.count * table.count
    let matrix = PackedMatrix(random.floats(rows * depth), biases: nil, rows: rows)
    let input = random.floats(counted.reach + ((shifted + bases).max() ?? 0) + columns)
    func product(
      _ bases: [Int], _ phases: TapPhases, _ taps: TapOffsets, by set: InstructionSet
    ) -> [UInt32] {
      var result = [Float](repeating: 0, count: rows * columns)
      var output = result.mutableSpan
      DenseLoops.multiply(
        matrix, by: input.span, bases: bases.span, phases: phases, taps: taps, into: &output,
        stride: columns, columns: columns, instructionSet: set)
      return result.map(\.bitPattern)
    }
    for set in InstructionSet.available {
      let phases = TapPhases(places.phases, length: places.length)
      let found = product(bases, phases, counted, by: set)
      let plain = shifted.isEmpty ? bases : shifted
      #expect(found == product(plain, .none, TapOffsets(table), by: set))
    }
  }
}

extension InstructionSet {
  /// Whether a product is added with one rounding.
  fileprivate var isFused: Bool {
    #if arch(arm64)
    true
    #else
    self != .baseline
    #endif
  }
}
