import Foundation
import Testing

@testable import Continual

/// One of the activations in C, and its definition.
private struct LoopCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  /// The documented error, in units in the last place.
  var units = 2.5
  let run: @Sendable (Span<Float>?, inout MutableSpan<Float>, InstructionSet) -> Void
  let definition: @Sendable (Double) -> Double

  static let all = [
    LoopCase(testDescription: "sigmoid") { source, target, set in
      ActivationLoops.sigmoid(source, into: &target, instructionSet: set)
    } definition: { x in
      x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x))
    },
    LoopCase(testDescription: "silu") { source, target, set in
      ActivationLoops.silu(source, into: &target, instructionSet: set)
    } definition: { x in
      x < -1000 ? 0 : x / (1 + exp(-x))
    },
    LoopCase(testDescription: "tanh") { source, target, set in
      ActivationLoops.tanh(source, into: &target, instructionSet: set)
    } definition: {
      tanh($0)
    },
    LoopCase(testDescription: "gelu", units: 4) { source, target, set in
      ActivationLoops.gelu(source, into: &target, instructionSet: set)
    } definition: { x in
      0.5 * x * erfc(-x * 0.5.squareRoot())
    },
    LoopCase(testDescription: "gelu tanh") { source, target, set in
      ActivationLoops.geluTanh(source, into: &target, instructionSet: set)
    } definition: { x in
      let u = (2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)
      return u < -400 ? x * 0 : x / (1 + exp(-2 * u))
    },
    LoopCase(testDescription: "log sigmoid") { source, target, set in
      ActivationLoops.logSigmoid(source, into: &target, instructionSet: set)
    } definition: { x in
      (x < 0 ? x : 0) - log1p(exp(-abs(x)))
    },
    softplus(beta: 1, threshold: 20), softplus(beta: 0.3, threshold: 7.1),
    softplus(beta: -2.7, threshold: 20),
    LoopCase(testDescription: "elu") { source, target, set in
      ActivationLoops.elu(source, above: 2, below: 0.5, into: &target, instructionSet: set)
    } definition: { x in
      x > 0 ? 2 * x : 0.5 * expm1(x)
    },
    wide(.exp, "exp") { exp($0) },
    wide(.expMinusOne, "exp minus one") { expm1($0) },
    wide(.celu(alpha: 0.7), "celu") { $0 > 0 ? $0 : 0.7 * expm1($0 / 0.7) },
    wide(.celu(alpha: -2), "celu, alpha below zero") { $0 > 0 ? $0 : -2 * expm1($0 / -2) },
    wide(.tanhShrink, "tanhshrink") { x in
      abs(x) < 1e-2 ? x * x * x * (1 / 3.0 - x * x * (2 / 15.0 - x * x * 17 / 315)) : x - tanh(x)
    },
    wide(.mish, "mish") { $0 * tanh($0 > 40 ? $0 : log1p(exp($0))) },
    wide(.log(times: 1), "log") { log($0) },
    wide(.log(times: 1 / log(2.0)), "log2") { log2($0) },
    wide(.logOnePlus, "log1p") { log1p($0) },
    simple(.relu, "relu") { $0 < 0 ? 0 : $0 },
    simple(.clamp(low: -0.5, high: 2), "clamp") { min(max($0, -0.5), 2) },
    simple(.leak(0.25), "leak") { $0 > 0 ? $0 : $0 * 0.25 },
    simple(.threshold(0.1, value: -2.5), "threshold") { $0 <= 0.1 ? -2.5 : $0 },
    simple(.hardShrink(0.1), "hardshrink") { abs($0) <= 0.1 ? 0 : $0 },
    simple(.softShrink(0.1), "softshrink", units: 1.5) {
      $0 > 0.1 ? $0 - 0.1 : $0 < -0.1 ? $0 + 0.1 : 0
    },
    simple(.hardSigmoid, "hardsigmoid", units: 1.5) { min(max($0 + 3, 0), 6) / 6 },
    simple(.hardSwish, "hardswish", units: 2.5) { $0 * min(max($0 + 3, 0), 6) / 6 },
    simple(.softSign, "softsign", units: 1.5) { $0 / (1 + abs($0)) },
    simple(.scale(1.5, shift: 0), "scale") { 1.5 * $0 },
  ]

  private static func wide(
    _ function: WideLoops.Function, _ name: String,
    _ definition: @escaping @Sendable (Double) -> Double
  ) -> LoopCase {
    LoopCase(testDescription: name, units: 0.51) { source, target, set in
      WideLoops.apply(function, source, into: &target, instructionSet: set)
    } definition: {
      definition($0)
    }
  }

  private static func simple(
    _ function: SimpleLoops.Function, _ name: String, units: Double = 0.5,
    _ definition: @escaping @Sendable (Double) -> Double
  ) -> LoopCase {
    LoopCase(testDescription: name, units: units) { source, target, set in
      SimpleLoops.apply(function, source, into: &target, instructionSet: set)
    } definition: {
      definition($0)
    }
  }

  private static func softplus(beta: Double, threshold: Double) -> LoopCase {
    LoopCase(testDescription: "softplus, beta \(beta)", units: 3.5) { source, target, set in
      ActivationLoops.softplus(
        source, beta: beta, threshold: threshold, into: &target, instructionSet: set)
    } definition: { x in
      let y = beta * x
      return y > threshold ? x : (y > 0 ? x : 0) + log1p(exp(-abs(y))) / beta
    }
  }
}

@Suite("Activations in C")
struct ActivationLoopsTests {
  @Test(
    "all floats, of which each 9973rd is taken, are within the documented units in the last place",
    arguments: LoopCase.all, InstructionSet.available)
  fileprivate func isAccurate(_ loop: LoopCase, _ set: InstructionSet) {
    let inputs = stride(from: UInt32.min, to: .max, by: 9973).map { Float(bitPattern: $0) }
      .filter(\.isFinite)
    var outputs = [Float](repeating: 0, count: inputs.count)
    var target = outputs.mutableSpan
    loop.run(inputs.span, &target, set)
    var worst = (error: 0.0, input: Float.zero)
    for (input, output) in zip(inputs, outputs) {
      let exact = loop.definition(Double(input))
      guard Float(exact).isFinite else {
        if output != Float(exact), !(output.isNaN && exact.isNaN) { worst = (.infinity, input) }
        continue
      }
      let error = abs(Double(output) - exact) / Double(Float(exact).ulp)
      if !(error <= worst.error) { worst = (error, input) }
    }
    #expect(worst.error <= loop.units, "of \(worst.input)")
  }

  @Test(
    "an element has the same bits wherever it is, in rows of all lengths, and in place",
    arguments: LoopCase.all, InstructionSet.available
  )
  fileprivate func isIndependentOfPlace(_ loop: LoopCase, _ set: InstructionSet) {
    let inputs = (0..<67).map { Float($0 - 33) * 0.37 }
    let alone = inputs.map { input in
      var output: [Float] = [0]
      var target = output.mutableSpan
      loop.run([input].span, &target, set)
      return output[0].bitPattern
    }
    for length in 0...inputs.count {
      for start in Set([0, inputs.count - length]) {
        let part = Array(inputs[start..<start + length])
        var outputs = [Float](repeating: 9, count: length)
        var target = outputs.mutableSpan
        loop.run(part.span, &target, set)
        #expect(outputs.map(\.bitPattern) == Array(alone[start..<start + length]))
        outputs = part
        target = outputs.mutableSpan
        loop.run(nil, &target, set)
        #expect(outputs.map(\.bitPattern) == Array(alone[start..<start + length]))
      }
    }
  }

  @Test(
    "sets with a fused multiply-add have the same bits",
    .enabled(if: InstructionSet.available.filter(\.fusesProducts).count > 1),
    arguments: LoopCase.all)
  fileprivate func setsAgree(_ loop: LoopCase) {
    let inputs = stride(from: UInt32.min, to: .max, by: 99_991).map { Float(bitPattern: $0) }
    let outputs = InstructionSet.available.filter(\.fusesProducts).map { set in
      var outputs = [Float](repeating: 0, count: inputs.count)
      var target = outputs.mutableSpan
      loop.run(inputs.span, &target, set)
      // The bits of a NaN say which operation made it.
      return outputs.map { $0.isNaN ? Float.nan.bitPattern : $0.bitPattern }
    }
    #expect(outputs.dropFirst().allSatisfy { $0 == outputs[0] })
  }

  @Test(
    "a value times the logistic function of a gate, also where that is denormal and the product is not",
    arguments: InstructionSet.available)
  func gates(_ set: InstructionSet) {
    var (values, gates): ([Float], [Float]) = ([], [])
    for value in [Float(-1.5), 1, 3e38, 1e-30, -0.0, .leastNonzeroMagnitude] {
      for gate in stride(from: Float(-230), through: 120, by: 0.37) {
        values.append(value)
        gates.append(gate)
      }
    }
    func run(_ range: Range<Int>) -> [Float] {
      var outputs = [Float](repeating: 9, count: range.count)
      var target = outputs.mutableSpan
      ActivationLoops.gated(
        values.span.extracting(range), by: gates.span.extracting(range), into: &target,
        instructionSet: set)
      return outputs
    }
    let outputs = run(values.indices)
    for (index, output) in outputs.enumerated() {
      let exact = Double(values[index]) / (1 + exp(-Double(gates[index])))
      let unit = max(Double(Float(exact).ulp), 0x1p-149)
      #expect(abs(Double(output) - exact) <= 2.1 * unit, "\(values[index]), \(gates[index])")
    }
    for length in 0...65 {
      #expect(run(100..<100 + length) == Array(outputs[100..<100 + length]))
    }
    (values, gates) = (
      [.infinity, .infinity, 2, -2, .nan, 1], [-300, 3, .infinity, -.infinity, 0, .nan]
    )
    let extremes = run(values.indices)
    #expect(extremes[0].isNaN && extremes[4].isNaN && extremes[5].isNaN)
    #expect(extremes[1...3] == [.infinity, 2, 0])
  }
}
