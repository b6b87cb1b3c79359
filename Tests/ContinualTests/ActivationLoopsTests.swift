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
  ]

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
        if output != Float(exact) { worst = (.infinity, input) }
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
}
