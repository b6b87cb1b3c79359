import Dispatch
import Synchronization
import Tensors
import TestSupport
import Testing

@testable import Continual

@Suite("threads that share loops")
struct ThreadsTests {
  /// Longer than what is shared at least.
  private static let long = 1e6

  @Test("every element is in one part, and parts begin at multiples", arguments: [1, 7, 64])
  func parts(unit: Int) {
    for count in [1, 2, 63, 64, 65, 1000, 4096] {
      let parts = Mutex<[Range<Int>]>([])
      Threads.split(count, by: unit, cost: ThreadsTests.long) { part in
        parts.withLock { $0.append(part) }
      }
      let all = parts.withLock { $0 }.sorted { $0.lowerBound < $1.lowerBound }
      #expect(all.flatMap(Array.init) == Array(0..<count))
      #expect(all.allSatisfy { $0.lowerBound.isMultiple(of: unit) && !$0.isEmpty })
      #expect(all.count > 1 || count <= unit || Threads.available == 1)
    }
  }

  @Test("a short loop is one part")
  func short() {
    let parts = Mutex(0)
    Threads.split(100, cost: 0) { _ in parts.withLock { $0 += 1 } }
    #expect(parts.withLock { $0 } == 1)
  }

  @Test("where one thread is allowed, there is one part, and inside a part as well")
  func limits() {
    let parts = Mutex<[Int]>([])
    func count(_ place: Int) {
      Threads.split(1000, cost: ThreadsTests.long) { _ in
        parts.withLock { $0.append(place) }
      }
    }
    Threads.withMost(1) {
      Threads.withMost(8) { count(0) }
    }
    #expect(parts.withLock { $0 } == [0])
    Threads.split(2, cost: ThreadsTests.long) { part in
      for place in part { count(place) }
    }
    #expect(parts.withLock { $0 }.sorted() == [0, 0, 1] || Threads.available == 1)
  }

  @Test("each part has the outputs and the work space to itself")
  func ownership() {
    var outputs = [Float](repeating: -1, count: 1500)
    var work = [Float](repeating: 0, count: 64)
    split(&outputs, &work)
    let numbers = (0..<500).map { Float($0) }
    #expect(outputs == numbers.flatMap { number in [number, number, number] })
    add(&outputs)
    #expect(outputs == numbers.flatMap { number in [number, 2 * number, number] })
  }

  private func split(_ outputs: inout [Float], _ work: inout [Float]) {
    var target = outputs.mutableSpan
    var space = work.mutableSpan
    Threads.split(500, of: &target, cost: ThreadsTests.long, work: &space, of: 64) {
      part, output, work in
      for index in part {
        fill(&work, with: Float(index))
        for place in 0..<3 { output[3 * index + place] = work[63 - place] }
      }
    }
  }

  private func add(_ outputs: inout [Float]) {
    var target = outputs.mutableSpan
    Threads.split(&target, into: 500, cost: ThreadsTests.long) { part, output in
      for (place, index) in part.enumerated() { output[3 * place + 1] += Float(index) }
    }
  }

  @Test("loops that begin at the same time are all done")
  func several() {
    let sums = Mutex<[Int]>([])
    DispatchQueue.concurrentPerform(iterations: 200) { _ in
      let sum = Mutex(0)
      Threads.split(1000, cost: ThreadsTests.long) { part in
        sum.withLock { $0 += part.reduce(0, +) }
      }
      sums.withLock { $0.append(sum.withLock { $0 }) }
    }
    #expect(sums.withLock { $0 } == [Int](repeating: 499_500, count: 200))
  }

  /// Layers whose loops are long enough to be shared, and the frames that they take.
  enum Network: String, CaseIterable {
    case inSpace, groups, depthwise, stridedDepthwise, pointwise, inTime, windowsApart, activations
    case norms, pools

    var frame: Shape {
      switch self {
      case .inSpace: [2, 16, 40, 40]
      case .groups: [1, 16, 40, 40]
      case .depthwise: [2, 32, 40, 40]
      case .stridedDepthwise: [1, 32, 41, 39]
      case .pointwise: [2, 32, 37, 41]
      case .inTime: [2, 32, 17, 23]
      case .windowsApart: [1, 24, 64, 64]
      case .activations, .norms, .pools: [2, 16, 64, 33]
      }
    }

    func module() throws -> any Module {
      switch self {
      case .inSpace: try convolution([24, 16, 3, 3, 3], padding: [1, 1, 1])
      case .groups: try convolution([24, 8, 3, 3, 3], groups: 2)
      case .depthwise: try convolution([32, 1, 3, 3, 3], padding: [1, 1, 1], groups: 32)
      case .stridedDepthwise:
        try convolution([32, 1, 3, 5, 5], stride: [1, 2, 2], padding: [1, 2, 2], groups: 32)
      case .pointwise: try convolution([40, 32, 1, 1, 1])
      case .inTime: try convolution([40, 32, 5, 1, 1])
      case .windowsApart: try convolution([64, 24, 1, 2, 2], stride: [1, 2, 2])
      case .activations:
        Sequential(
          try Activation(.relu), try Activation(.gelu), try Activation(.mish),
          try Softmax(.softmax, axis: .clip(-1)))
      case .norms: Sequential(try groupNorm, try layerNorm, try batchNorm)
      case .pools:
        Sequential(
          try Pooling(
            kind: .maximum, kernelSize: [3, 3, 3], stride: [1, 1, 1], padding: [1, 1, 1]),
          Residual(NamedModule("0", try Activation(.silu))))
      }
    }

    private func convolution(
      _ weight: Shape, stride: [Int] = [1, 1, 1], padding: [Int] = [0, 0, 0], groups: Int = 1
    ) throws -> Convolution {
      var random = SeededRandom(5)
      return try Convolution(
        weight: random.tensor(weight), bias: random.tensor([weight[0]]), stride: stride,
        padding: .explicit(padding), dilation: [1, 1, 1], groups: groups, paddingMode: .zeros,
        temporalFill: .zeros)
    }

    private var groupNorm: GroupNorm {
      get throws { try GroupNorm(groups: 4, weight: nil, bias: nil, isFramewise: true) }
    }

    private var layerNorm: LayerNorm {
      get throws { try LayerNorm(normalizedShape: [64, 33], weight: nil, bias: nil) }
    }

    private var batchNorm: BatchNorm {
      get throws {
        try BatchNorm(
          dimensions: 3, weight: nil, bias: nil,
          runningMean: Tensor([16], (0..<16).map { Float($0) }),
          runningVariance: Tensor([16], (1..<17).map { Float($0) }))
      }
    }
  }

  @Test(
    "bits do not depend on the number of threads", arguments: Network.allCases)
  func bits(network: Network) throws {
    var random = SeededRandom(9)
    let clip = random.tensor(network.frame.clip(frames: 6))
    var plan = try Plan(try network.module(), frame: network.frame)
    #expect(plan.threads == Threads.available)
    plan.threads = 1
    let whole = try plan.forward(clip)
    var stream = plan.makeStream()
    let chunk = try stream.forwardSteps(clip, padEnd: true)
    for threads in [2, 3, 8] {
      plan.threads = threads
      #expect(try plan.forward(clip).hasSameBits(as: whole), "\(threads) threads")
      var stream = plan.makeStream()
      #expect(try stream.forwardSteps(clip, padEnd: true).hasSameBits(as: chunk))
      // Both again, as tasks that have the threads in turn.
      let isSame = Mutex(true)
      let copy = plan
      DispatchQueue.concurrentPerform(iterations: 4) { _ in
        let output = try? copy.forward(clip)
        isSame.withLock { $0 = $0 && output?.hasSameBits(as: whole) == true }
      }
      #expect(isSame.withLock { $0 })
    }
  }
}
