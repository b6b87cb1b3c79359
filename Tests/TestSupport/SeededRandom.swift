package import Tensors
package import Verification

/// Random numbers that a seed repeats: those of the verifier's inputs.
package typealias SeededRandom = RandomSource

extension RandomSource {
  /// Starts at a seed.
  package init(_ seed: UInt64) { self.init(seed: seed) }

  /// Floats between -1 and 1.
  package mutating func floats(_ count: Int) -> [Float] {
    (0..<count).map { _ in Float.random(in: -1...1, using: &self) }
  }

  /// A tensor of floats between -1 and 1.
  package mutating func tensor(_ shape: Shape) -> Tensor { Tensor(shape, floats(shape.count)) }

  /// One of the given values.
  package mutating func pick<Value>(_ values: [Value]) -> Value {
    values[Int.random(in: values.indices, using: &self)]
  }
}
