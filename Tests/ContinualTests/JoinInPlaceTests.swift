import Tensors
import TestSupport
import Testing

@testable import Continual

@Suite("joins where one of their branches is")
struct JoinInPlaceTests {
  private static func convolution(_ kernel: Int, padding: Int, seed: UInt64) throws -> Convolution {
    var random = SeededRandom(seed)
    return try Convolution(
      weight: random.tensor([3, 3, kernel]), bias: random.tensor([3]), stride: [1],
      padding: .explicit([padding]), dilation: [1], groups: 1, paddingMode: .zeros,
      temporalFill: .zeros)
  }

  /// How many joins take the place of an input.
  private func accumulating(_ plan: Plan) -> Int {
    plan.layout.entries.filter { $0.accumulated != nil }.count
  }

  private func outputs(_ module: any Module, _ clip: Tensor) throws -> Tensor {
    try Plan(module, frame: clip.shape.frame).forward(clip)
  }

  @Test(
    "a sum and a product have the bits of one element after the other", arguments: [false, true])
  func bits(isProduct: Bool) throws {
    var random = SeededRandom(4)
    let clip = random.tensor([2, 3, 11])
    let (long, short) = (
      try JoinInPlaceTests.convolution(5, padding: 2, seed: 1),
      try JoinInPlaceTests.convolution(3, padding: 1, seed: 2)
    )
    // The slower branch is the first one, the second one, or both.
    for branches in [[long, short], [short, long], [long, long]] {
      let network = try BroadcastReduce(
        branches.enumerated().map { NamedModule(String($0), $1) },
        reduce: isProduct ? .product : .sum)
      let run = try ModeRun(network, clip: clip)
      #expect(run.differences.isEmpty)
      #expect(accumulating(try Plan(network, frame: [2, 3])) == 1)
      let (a, b) = (try outputs(branches[0], clip), try outputs(branches[1], clip))
      let expected = zip(a.scalars, b.scalars).map { isProduct ? $0 * $1 : $0 + $1 }
      #expect(try outputs(network, clip).hasSameBits(as: Tensor(a.shape, expected)))
    }
  }

  @Test("behind it, and inside another one, frames are where they are wanted")
  func nested() throws {
    var random = SeededRandom(4)
    let clip = random.tensor([2, 3, 11])
    let layer = try JoinInPlaceTests.convolution(3, padding: 1, seed: 1)
    let block = Residual(NamedModule("0", Sequential(layer, try Activation(.relu))))
    let network = Sequential(block, try Activation(.silu), Residual(NamedModule("0", block)))
    let run = try ModeRun(network, clip: clip)
    #expect(run.differences.isEmpty)
    let plan = try Plan(network, frame: [2, 3])
    #expect(accumulating(plan) == 3)
    #expect(plan.layout.output == .output)
    func sum(_ a: Tensor, _ b: Tensor) -> Tensor {
      Tensor(a.shape, zip(a.scalars, b.scalars).map { $0 + $1 })
    }
    func blockOutput(_ input: Tensor) throws -> Tensor {
      sum(try outputs(try Activation(.relu), try outputs(layer, input)), input)
    }
    let middle = try outputs(try Activation(.silu), try blockOutput(clip))
    #expect(try plan.forward(clip).hasSameBits(as: sum(try blockOutput(middle), middle)))
  }

  @Test("three branches, other shapes, and what somebody else reads are joined elsewhere")
  func elsewhere() throws {
    let layer = try JoinInPlaceTests.convolution(3, padding: 1, seed: 1)
    func joins(_ module: any Module, _ frame: Shape) throws -> Int {
      accumulating(try Plan(module, frame: frame))
    }
    let three = try BroadcastReduce((0..<3).map { NamedModule(String($0), layer) })
    #expect(try joins(three, [1, 3]) == 0)
    // Both branches are the input itself.
    let twice = try BroadcastReduce((0..<2).map { NamedModule(String($0), Sequential()) })
    #expect(try joins(twice, [1, 3]) == 0)
    let maximum = try BroadcastReduce(
      (0..<2).map { NamedModule(String($0), layer) }, reduce: .maximum)
    #expect(try joins(maximum, [1, 3]) == 0)
  }

  @Test("a branch of which a clip has one frame serves for all frames of the other one")
  func oneFrame() throws {
    var random = SeededRandom(4)
    let clip = random.tensor([2, 3, 5])
    let layer = try JoinInPlaceTests.convolution(5, padding: 0, seed: 1)
    let network = Residual(NamedModule("0", layer))
    let plan = try Plan(network, frame: [2, 3])
    #expect(accumulating(plan) == 1)
    let single = try outputs(layer, clip)
    #expect(single.shape == [2, 3, 1])
    let expected = clip.scalars.enumerated().map { $1 + single.scalars[$0 / 5] }
    #expect(try plan.forward(clip).hasSameBits(as: Tensor(clip.shape, expected)))
    // And the memory that is left behind serves other lengths.
    let long = random.tensor([2, 3, 5])
    #expect(try plan.forward(long).hasSameBits(as: try outputs(network, long)))
  }
}
