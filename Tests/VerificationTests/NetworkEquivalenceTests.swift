import Continual
import Tensors
import TestSupport
import Testing
import Verification

@Suite("Networks that are written in another way")
struct NetworkEquivalenceTests {
  private static func convolution(
    _ weight: Tensor, bias: [Float] = [0.25], padding: Int
  ) throws -> any Module {
    try Convolution(
      weight: weight, bias: Tensor([1], bias), stride: [1], padding: .explicit([padding]),
      dilation: [1], groups: 1, paddingMode: .zeros)
  }

  private static func network(_ weight: [Float], bias: [Float] = [0.25]) throws -> any Module {
    Sequential(
      try convolution(Tensor([1, 2, 3], weight), bias: bias, padding: 1), try Activation(.relu))
  }

  private static let clip = InputProfile.normal.clip(of: [2, 2], frames: 12, seed: 3, clip: 0)

  @Test("a network is the same as itself, and as itself with the last bits rounded otherwise")
  func same() throws {
    let weights: [Float] = [1, -2, 0.5, 3, 0.125, -1]
    let original = try Self.network(weights)
    let check = try NetworkEquivalence(original, original, clip: Self.clip)
    #expect(check.holds)
    #expect(check.maxAbs == 0)
    let rounded = try Self.network(weights.map { $0.nextUp })
    #expect(try NetworkEquivalence(original, rounded, clip: Self.clip).holds)
  }

  @Test("a weight that is wrong by a ten thousandth is found, and so is a bias")
  func different() throws {
    let original = try Self.network([1, -2, 0.5, 3, 0.125, -1])
    let wrong = try Self.network([1, -2, 0.5, 3.0003, 0.125, -1])
    #expect(try !NetworkEquivalence(original, wrong, clip: Self.clip).holds)
    let shifted = try Self.network([1, -2, 0.5, 3, 0.125, -1], bias: [0.2501])
    #expect(try !NetworkEquivalence(original, shifted, clip: Self.clip).holds)
  }

  @Test("a network with an output of another shape is not the same")
  func otherShape() throws {
    let original = try Self.network([1, -2, 0.5, 3, 0.125, -1])
    let shorter = try Self.convolution(Tensor([1, 2, 3], [1, 1, 1, 1, 1, 1]), padding: 0)
    let check = try NetworkEquivalence(original, shorter, clip: Self.clip)
    #expect(!check.holds)
  }
}
