import Foundation
import TestSupport
import Testing

@testable import Continual

/// One of the functions in C, and its definition.
struct SoftmaxCase: Sendable, CustomTestStringConvertible {
  enum Function: Sendable {
    case kind(SoftmaxLoops.Kind)
    case scaled(Double)
  }

  let testDescription: String
  let function: Function

  static let all = [
    SoftmaxCase(testDescription: "softmax", function: .kind(.softmax)),
    SoftmaxCase(testDescription: "softmin", function: .kind(.softmin)),
    SoftmaxCase(testDescription: "logarithm", function: .kind(.logarithm)),
    SoftmaxCase(testDescription: "scaled by 0.1", function: .scaled(0.1)),
    SoftmaxCase(testDescription: "scaled by 7", function: .scaled(7)),
  ]

  func run(
    _ inputs: [Float], _ sizes: SoftmaxLoops.Sizes, inPlace: Bool = false, work: Int? = nil,
    _ set: InstructionSet
  ) -> [Float] {
    var outputs = inPlace ? inputs : [Float](repeating: 9, count: inputs.count)
    var space = [Float](
      repeating: .nan, count: work ?? SoftmaxLoops.work(sizes))
    var target = outputs.mutableSpan
    var own = space.mutableSpan
    let source = inPlace ? nil : inputs.span
    switch function {
    case .kind(let kind):
      SoftmaxLoops.apply(kind, source, into: &target, sizes, work: &own, instructionSet: set)
    case .scaled(let scale):
      SoftmaxLoops.apply(
        scale: scale, source, into: &target, sizes, work: &own, instructionSet: set)
    }
    return outputs
  }

  func define(_ column: [Float]) -> [Double] {
    var factor = 1.0
    if case .kind(.softmin) = function { factor = -1 }
    if case .scaled(let scale) = function { factor = scale }
    let values = column.map { Double($0) * factor }
    let largest = values.max() ?? 0
    let sum = values.reduce(0) { $0 + exp($1 - largest) }
    if case .kind(.logarithm) = function { return values.map { $0 - largest - log(sum) } }
    return values.map { exp($0 - largest) / sum }
  }
}

@Suite("Softmax in C")
struct SoftmaxLoopsTests {
  private static func inputs(_ count: Int, scale: Float) -> [Float] {
    var state: UInt32 = 17
    return (0..<count).map { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      return (Float(state >> 8) / 0x1p23 - 1) * scale
    }
  }

  @Test(
    "columns of all lengths are within the documented units in the last place",
    arguments: SoftmaxCase.all, InstructionSet.available)
  func isAccurate(_ function: SoftmaxCase, _ set: InstructionSet) {
    for length in 1...130 {
      let column = Self.inputs(length, scale: [0.01, 3, 100][length % 3])
      let outputs = function.run(column, (1, length, 1), set)
      for (output, exact) in zip(outputs, function.define(column)) {
        let unit = max(Double(Float(exact).ulp), 0x1p-149)
        #expect(abs(Double(output) - exact) <= 2.2 * unit + 1e-15, "\(length) numbers")
      }
    }
  }

  @Test(
    "a column has the same bits by itself, beside others, and in place",
    arguments: SoftmaxCase.all, InstructionSet.available)
  func isIndependentOfPlace(_ function: SoftmaxCase, _ set: InstructionSet) {
    for length in [1, 2, 7, 8, 9, 16, 33, 65] {
      for inner in [1, 2, 3, 15, 16, 17, 32, 65, 300] {
        let inputs = Self.inputs(2 * length * inner, scale: 20)
        let sizes = (outer: 2, length: length, inner: inner)
        let outputs = function.run(inputs, sizes, set)
        #expect(outputs == function.run(inputs, sizes, inPlace: true, set))
        #expect(outputs == function.run(inputs, sizes, work: SoftmaxLoops.lanes * length, set))
        for column in Set([0, inner / 2, inner - 1]) {
          for outer in 0..<2 {
            let places = (0..<length).map { (outer * length + $0) * inner + column }
            let alone = places.map { inputs[$0] }
            let expected = places.map { outputs[$0].bitPattern }
            let made = function.run(alone, (1, length, 1), set)
            #expect(made.map(\.bitPattern) == expected, "\(length) x \(inner)")
            #expect(function.run(alone, (1, length, 1), inPlace: true, set) == made)
          }
        }
      }
    }
  }

  @Test(
    "infinities and NaN spoil their own column", arguments: SoftmaxCase.all,
    InstructionSet.available)
  func extremes(_ function: SoftmaxCase, _ set: InstructionSet) {
    let isSoftmin = function.testDescription == "softmin"
    for length in [1, 3, 16, 20] {
      for place in Set([0, length - 1]) {
        for number in [Float.nan, isSoftmin ? -.infinity : .infinity] {
          var inputs = Self.inputs(length * 2, scale: 3)
          inputs[place * 2] = number
          let outputs = function.run(inputs, (1, length, 2), set)
          for (index, output) in outputs.enumerated() {
            #expect(output.isNaN == index.isMultiple(of: 2), "\(number) of \(length)")
          }
          let column = stride(from: 0, to: 2 * length, by: 2).map { inputs[$0] }
          let alone = function.run(column, (1, length, 1), set)
          #expect(alone.allSatisfy { $0.isNaN })
        }
      }
    }
    // A number that weighs nothing is left out.
    let least: Float = isSoftmin ? .infinity : -.infinity
    let isLogarithm = function.testDescription == "logarithm"
    #expect(
      function.run([least, 2, 2], (1, 3, 1), set)
        == (isLogarithm ? [-.infinity, -0.6931472, -0.6931472] : [0, 0.5, 0.5]))
    let nothing = function.run([least, least], (1, 2, 1), set)
    #expect(nothing.allSatisfy { $0.isNaN })
    #expect(function.run([], (0, 3, 1), set).isEmpty)
  }

  @Test(
    "sets with a fused multiply-add have the same bits",
    .enabled(if: InstructionSet.available.filter(\.fusesProducts).count > 1),
    arguments: SoftmaxCase.all)
  func setsAgree(_ function: SoftmaxCase) {
    let inputs = Self.inputs(37 * 41, scale: 30)
    let outputs = InstructionSet.available.filter(\.fusesProducts).map { set in
      function.run(inputs, (1, 37, 41), set).map(\.bitPattern)
    }
    #expect(outputs.dropFirst().allSatisfy { $0 == outputs[0] })
  }
}
