import Foundation
import Testing

@testable import Continual

/// One of the activations in C, and its definition.
private struct LoopCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let run: @Sendable (Span<Float>, inout MutableSpan<Float>, InstructionSet) -> Void
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
    LoopCase(testDescription: "elu") { source, target, set in
      ActivationLoops.elu(source, above: 2, below: 0.5, into: &target, instructionSet: set)
    } definition: { x in
      x > 0 ? 2 * x : 0.5 * expm1(x)
    },
  ]
}

@Suite("Activations in C")
struct ActivationLoopsTests {
  @Test(
    "all floats, of which each 9973rd is taken, are within two units in the last place",
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
    #expect(worst.error <= 1.7, "of \(worst.input)")
  }

  @Test(
    "an element has the same bits wherever it is", arguments: LoopCase.all, InstructionSet.available
  )
  fileprivate func isIndependentOfPlace(_ loop: LoopCase, _ set: InstructionSet) {
    let inputs = (0..<67).map { Float($0 - 33) * 0.37 }
    var together = [Float](repeating: 0, count: inputs.count)
    var all = together.mutableSpan
    loop.run(inputs.span, &all, set)
    for (input, output) in zip(inputs, together) {
      var alone: [Float] = [0]
      var target = alone.mutableSpan
      loop.run([input].span, &target, set)
      #expect(alone[0].bitPattern == output.bitPattern)
    }
  }
}
