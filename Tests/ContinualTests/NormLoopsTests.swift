import Foundation
import Testing

@testable import Continual

@Suite("Normalizations in C")
struct NormLoopsTests {
  private static func inputs(_ count: Int, offset: Float = 0) -> [Float] {
    var state: UInt32 = 5
    return (0..<count).map { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      return Float(state >> 8) / 0x1p22 - 2 + offset
    }
  }

  private static func moments(_ numbers: [Float]) -> (mean: Double, variance: Double) {
    let count = Double(numbers.count)
    let mean = numbers.reduce(0) { $0 + Double($1) } / count
    return (mean, numbers.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / count)
  }

  /// What each loop makes of a run of numbers.
  private static func standard(
    _ numbers: [Float], eps: Double, _ weight: [Float]?, _ bias: [Float]?
  ) -> [Double] {
    let (mean, variance) = moments(numbers)
    return numbers.indices.map { index in
      (Double(numbers[index]) - mean) / (variance + eps).squareRoot()
        * Double(weight?[index] ?? 1) + Double(bias?[index] ?? 0)
    }
  }

  @Test(
    "moments of rows of all lengths are those of the numbers", arguments: InstructionSet.available)
  func moments(_ set: InstructionSet) {
    for length in 1...65 {
      for (rows, stride) in [(1, 0), (3, length), (4, length + 7)] {
        for offset in [Float(0), 1000] {
          let all = Self.inputs((rows - 1) * stride + length, offset: offset)
          let numbers = (0..<rows).flatMap { all[$0 * stride..<$0 * stride + length] }
          let made = NormLoops.moments(
            all.span, NormLoops.Rows(count: rows, length: length, stride: stride),
            instructionSet: set)
          let exact = Self.moments(numbers)
          #expect(abs(made.mean - exact.mean) <= 1e-15 * (1 + Double(offset)) * 4)
          #expect(abs(made.variance - exact.variance) <= 1e-12 * exact.variance)
        }
      }
    }
  }

  @Test(
    "an outlier in front of many numbers, and numbers that are all the same",
    arguments: InstructionSet.available)
  func outlier(_ set: InstructionSet) {
    let rows = NormLoops.Rows(length: 100_000)
    for outlier in [Float(1e4), -3e9] {
      var numbers = Self.inputs(rows.length)
      numbers[0] = outlier
      let made = NormLoops.moments(numbers.span, rows, instructionSet: set)
      let exact = Self.moments(numbers)
      #expect(abs(made.variance - exact.variance) <= 1e-9 * exact.variance)
    }
    let same = [Float](repeating: 0.1, count: rows.length)
    let made = NormLoops.moments(same.span, rows, instructionSet: set)
    #expect(made == (Double(Float(0.1)), 0))
  }

  @Test(
    "each loop makes what it says, of rows of all lengths and in place",
    arguments: InstructionSet.available)
  func values(_ set: InstructionSet) {
    let runs = 3
    for size in 1...65 {
      let numbers = Self.inputs(runs * size)
      let weights = Self.inputs(size, offset: 1)
      let biases = Self.inputs(size, offset: -0.5)
      for (weight, bias) in [(nil, nil), (weights, nil), (nil, biases), (weights, biases)] {
        var inPlace = numbers
        var target = inPlace.mutableSpan
        NormLoops.standardizeRuns(
          nil, into: &target, size: size, eps: 1e-3, weight: weight?.span, bias: bias?.span,
          instructionSet: set)
        var outputs = [Float](repeating: 9, count: runs * size)
        target = outputs.mutableSpan
        NormLoops.standardizeRuns(
          numbers.span, into: &target, size: size, eps: 1e-3, weight: weight?.span,
          bias: bias?.span, instructionSet: set)
        #expect(outputs == inPlace)
        for run in 0..<runs {
          let own = Array(numbers[run * size..<(run + 1) * size])
          let exact = Self.standard(own, eps: 1e-3, weight, bias)
          let largest = exact.reduce(0) { max($0, abs($1)) } + 2
          for (index, value) in exact.enumerated() {
            #expect(abs(Double(outputs[run * size + index]) - value) <= largest * 0x1p-23)
          }
          // The same in two steps.
          let (mean, variance) = NormLoops.moments(
            own.span, NormLoops.Rows(length: size), instructionSet: set)
          var alone = own
          target = alone.mutableSpan
          NormLoops.standardize(
            nil, into: &target, mean: mean, scale: 1 / (variance + 1e-3).squareRoot(),
            weight: weight?.span, bias: bias?.span, instructionSet: set)
          #expect(alone == Array(outputs[run * size..<(run + 1) * size]))
        }
      }
      var outputs = numbers
      var target = outputs.mutableSpan
      NormLoops.normalize(
        nil, into: &target, mean: 0.3, scale: 1.7, shift: -0.2, instructionSet: set)
      for (output, number) in zip(outputs, numbers) {
        let exact = (Double(number) - 0.3) * 1.7 - 0.2
        #expect(abs(Double(output) - exact) <= abs(exact) * 0x1p-24 * 1.001 + 1e-15)
      }
    }
  }

  @Test(
    "a column has the same bits by itself and beside others, and is rounded once",
    arguments: InstructionSet.available)
  func columns(_ set: InstructionSet) {
    for size in [1, 2, 7, 8, 9, 16, 31, 65] {
      let (weight, bias) = (Self.inputs(size, offset: 1), Self.inputs(size, offset: -0.5))
      for columns in [1, 2, 3, 15, 16, 17, 40] {
        let numbers = Self.inputs(size * columns)
        var outputs = [Float](repeating: 9, count: numbers.count)
        var target = outputs.mutableSpan
        NormLoops.normalizeColumns(
          numbers.span, into: &target, size: size, eps: 1e-5, weight: weight.span,
          bias: bias.span, instructionSet: set)
        for column in 0..<columns {
          let places = stride(from: column, to: numbers.count, by: columns)
          var alone = places.map { numbers[$0] }
          let exact = Self.standard(alone, eps: 1e-5, weight, bias)
          target = alone.mutableSpan
          NormLoops.normalizeColumns(
            nil, into: &target, size: size, eps: 1e-5, weight: weight.span, bias: bias.span,
            instructionSet: set)
          #expect(alone.map(\.bitPattern) == places.map { outputs[$0].bitPattern })
          for (value, exact) in zip(alone, exact) {
            #expect(abs(Double(value) - exact) <= abs(exact) * 0x1p-24 * 1.001 + 1e-12)
          }
        }
      }
    }
  }

  @Test("a number that is not finite makes its run NaN", arguments: InstructionSet.available)
  func notFinite(_ set: InstructionSet) {
    for number in [Float.nan, .infinity, -.infinity] {
      for place in [0, 5, 39] {
        var numbers = Self.inputs(80)
        numbers[place] = number
        var outputs = numbers
        var target = outputs.mutableSpan
        NormLoops.standardizeRuns(
          nil, into: &target, size: 40, eps: 1e-5, weight: nil, bias: nil, instructionSet: set)
        #expect(
          outputs[..<40].allSatisfy { $0.isNaN } && outputs[40...].allSatisfy { $0.isFinite })
        outputs = numbers
        target = outputs.mutableSpan
        NormLoops.normalizeColumns(
          nil, into: &target, size: 40, eps: 1e-5, weight: nil, bias: nil, instructionSet: set)
        for (index, output) in outputs.enumerated() {
          #expect(output.isNaN == (index % 2 == place % 2))
        }
      }
    }
  }
}
