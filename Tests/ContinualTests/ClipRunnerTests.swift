import Dispatch
import Synchronization
import Tensors
import TestSupport
import Testing

@testable import Continual

@Suite("memory of clips")
struct ClipRunnerTests {
  private func plan() throws -> Plan {
    var random = SeededRandom(7)
    func convolution(_ kernel: Int, stride: Int = 1) throws -> Convolution {
      try Convolution(
        weight: random.tensor([3, 3, kernel]), bias: nil, stride: [stride],
        padding: .explicit([kernel / 2]), dilation: [1], groups: 1, paddingMode: .reflect,
        temporalFill: .zeros)
    }
    let block = Residual(
      NamedModule("0", Sequential(try convolution(3), try Activation(.silu), try convolution(3))))
    return try Plan(
      Sequential(try convolution(5), block, try convolution(3, stride: 2), block), frame: [2, 3])
  }

  @Test("a clip has the same bits whatever was computed before it")
  func reuse() throws {
    var random = SeededRandom(3)
    let plan = try plan()
    let clips = [40, 7, 200, 3, 40].map { random.tensor([2, 3, $0]) }
    for clip in clips {
      #expect(try plan.forward(clip).hasSameBits(as: self.plan().forward(clip)))
    }
    #expect(throws: ModuleError.self) { try plan.forward(random.tensor([2, 3, 1])) }
    #expect(try plan.forward(clips[0]).hasSameBits(as: self.plan().forward(clips[0])))
    #expect(plan.clipRunners.count == min(1, ClipRunnerPool.mostRunners))
  }

  @Test("clips can be computed at the same time")
  func concurrency() throws {
    var random = SeededRandom(3)
    let plan = try plan()
    let clips = (0..<20).map { random.tensor([2, 3, 10 + $0]) }
    let expected = try clips.map { try self.plan().forward($0) }
    let found = Mutex<[Int: Tensor]>([:])
    DispatchQueue.concurrentPerform(iterations: clips.count) { index in
      let output = try? plan.forward(clips[index])
      found.withLock { $0[index] = output }
    }
    let outputs = found.withLock { $0 }
    for (index, clip) in expected.enumerated() {
      #expect(outputs[index].map { clip.hasSameBits(as: $0) } == true)
    }
    let most = ClipRunnerPool.mostRunners
    #expect((min(1, most)...most).contains(plan.clipRunners.count))
  }

  @Test("few runners wait, and none that holds more memory than is allowed")
  func bounds() throws {
    let plan = try plan()
    var (small, large) = (ClipRunner(), ClipRunner())
    _ = try small.forward(
      plan.nodes, plan.layout, nil, output: plan.output, Tensor([2, 3, 20], repeating: 1)
    ) { _, _, _ in }
    _ = try large.forward(
      plan.nodes, plan.layout, nil, output: plan.output, Tensor([2, 3, 1000], repeating: 1)
    ) { _, _, _ in }
    let many = ClipRunnerPool(mostFloats: 10 * small.floatCount)
    for _ in 0..<10 { many.give(small) }
    #expect(many.count == ClipRunnerPool.mostRunners)
    let few = ClipRunnerPool(mostFloats: 2 * small.floatCount)
    few.give(large)
    #expect(few.count == 0)
    // None waits in builds for ThreadSanitizer.
    guard ClipRunnerPool.mostRunners > 0 else { return }
    for _ in 0..<3 { few.give(small) }
    #expect(few.count == 2)
    #expect(few.take().floatCount == small.floatCount)
    #expect(few.count == 1)
  }
}
