import Tensors
import TestSupport
import Testing

@testable import Continual

@Suite("Steps as a network is written")
struct WrittenStreamTests {
  /// A convolution over `kernel` frames that keeps the length of a clip, with delays behind it.
  private static func branch(
    _ kernel: Int, delay: Int, _ random: inout SeededRandom
  ) throws -> any Module {
    let weight = random.tensor([2, 2, kernel])
    let convolution = try Convolution(
      weight: weight, bias: nil, stride: [1], padding: .explicit([kernel / 2]), dilation: [1],
      groups: 1, paddingMode: .zeros)
    return delay == 0 ? convolution : Sequential(convolution, try Delay(frames: delay))
  }

  private static func joined(
    _ kernels: [Int], delays: [Int], _ random: inout SeededRandom
  ) throws -> any Module {
    var branches: [NamedModule] = []
    for (index, kernel) in kernels.enumerated() {
      let branch = try branch(kernel, delay: delays[index], &random)
      branches.append(NamedModule(String(index), branch))
    }
    return try BroadcastReduce(branches, reduce: .sum, autoDelay: false)
  }

  @Test("a wrong delay is told with the one that is needed", arguments: 0..<4)
  func delays(_ delay: Int) throws {
    var random = SeededRandom(3)
    let network = try Self.joined([5, 1], delays: [0, delay], &random)
    let plan = try Plan(network, frame: [1, 2])
    guard delay != 2 else {
      #expect(plan.misalignments.isEmpty)
      return
    }
    let found = try #require(plan.misalignments.first)
    #expect(found.branches.map(\.delay) == [2, delay])
    #expect(found.branches.map(\.needed) == [2, 2])
    #expect(found.step == min(2, delay))
    #expect(found.typeName == "BroadcastReduce")
  }

  @Test("delays behind every branch are right where they come to the same")
  func allDelayed() throws {
    var random = SeededRandom(4)
    let plan = try Plan(
      try Self.joined([3, 1, 5], delays: [2, 3, 1], &random), frame: [1, 2])
    #expect(plan.pairsBySteps)
    #expect(plan.misalignments.isEmpty)
  }

  @Test("branches that are delayed automatically are never told")
  func automatic() throws {
    var random = SeededRandom(5)
    let branches = try [5, 1].enumerated().map {
      NamedModule(String($0), try Self.branch($1, delay: 0, &random))
    }
    let plan = try Plan(try BroadcastReduce(branches), frame: [1, 2])
    #expect(!plan.pairsBySteps)
    #expect(plan.misalignments.isEmpty)
  }

  @Test("frames of a step meet, whatever their index")
  func values() throws {
    // x[t] + x[t - 1], where frame t of the second branch comes a step later.
    let network = try BroadcastReduce(
      [
        NamedModule("0", Identity()), NamedModule("1", try Delay(frames: 1)),
      ], autoDelay: false)
    let plan = try Plan(network, frame: [1, 1])
    let clip = Tensor([1, 1, 4], [1, 10, 100, 1000])
    let written = plan.steppedAsWritten(through: clip)
    #expect(written.output.scalars == [11, 110, 1100])
    #expect(written.steps == [1, 2, 3])
    var stream = plan.makeStream()
    #expect(try stream.forwardSteps(clip).scalars == [2, 20, 200])
  }

  /// A network of branches in branches, whose delays are right or wrong by chance.
  private static func network(
    depth: Int, isOutermost: Bool = true, _ random: inout SeededRandom
  ) throws -> any Module {
    guard depth > 0 else { return try branch(random.pick([1, 3]), delay: 0, &random) }
    var children: [NamedModule] = []
    for index in 0..<2 {
      let inner = try network(depth: depth - 1, isOutermost: false, &random)
      let delay = random.pick([0, 0, 1, 2])
      children.append(
        NamedModule(
          String(index), delay == 0 ? inner : Sequential(inner, try Delay(frames: delay))))
    }
    return try BroadcastReduce(
      children, reduce: random.pick(isOutermost ? [.sum, .maximum, .concatenation] : [.sum]),
      autoDelay: random.pick([true, false]))
  }

  @Test("steps as written are the aligned ones exactly where no frames part", arguments: 0..<60)
  func property(_ seed: Int) throws {
    var random = SeededRandom(UInt64(seed))
    let network = try Self.network(depth: random.pick([1, 2]), &random)
    let wide = try Plan(network, frame: [2, 2])
    let clip = random.tensor([2, 2, 14])
    let written = wide.steppedAsWritten(through: clip)
    var stream = wide.makeStream()
    let aligned = try stream.forwardSteps(clip)
    #expect(written.steps.count == aligned.shape[2])
    #expect((written.output == aligned) == wide.misalignments.isEmpty)
  }
}
