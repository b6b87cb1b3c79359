import Continual
import Tensors
import TestSupport
import Testing

@testable import Verification

@Suite("what rounding can do to the elements of a layer")
struct RoundingTests {
  /// What comes of judging a module's layers on a clip.
  private func report(_ module: any Module, on clip: Tensor) throws -> Report {
    var options = Verifier.Options()
    options.profiles = []
    options.input = clip
    options.families = [.layers]
    let subject = Subject(module, frame: clip.shape.frame, clipLength: clip.shape[2])
    return try Verifier(subject, options: options).run()
  }

  /// Numbers of a clip, evenly from the first to the last.
  private func ramp(_ shape: Shape, from first: Float, to last: Float) -> Tensor {
    Tensor(
      shape,
      (0..<shape.count).map { first + (last - first) * Float($0) / Float(shape.count - 1) })
  }

  @Test("a product whose partial products are denormal is off by what the next factors multiply")
  func denormalProducts() throws {
    let factors: [Double] = [3e-23, 7e-18, 1e10, 1e5]
    let branches = factors.enumerated().map { index, factor in
      NamedModule(String(index), Arithmetic(.multiply(.number(factor))))
    }
    let module = try BroadcastReduce(branches, reduce: .product)
    let found = try report(module, on: ramp([2, 3, 40], from: -2, to: 2))
    #expect(found.findings.map(\.message).isEmpty)
    #expect(found.verdict == .ok)
  }

  @Test("a product of normal numbers is off by a rounding for each factor behind the first")
  func normalProducts() throws {
    let clips = [3.0, 5, 7].map { Tensor64([1, 1, 1], [$0]) }
    let made = try Combination.definition(of: clips, by: .product, isSteps: false)
    guard case .within(let limits) = made.rounding else {
      Issue.record("rounding is \(made.rounding)")
      return
    }
    #expect(abs(limits[0] / (2 * 105 * 0x1p-24) - 1) < 1e-5)
  }

  @Test(
    "activations with denormal results are within their rounding",
    arguments: [Activation.Function.sigmoid, .silu, .elu(alpha: 1e-39), .tanh])
  func denormalActivations(_ function: Activation.Function) throws {
    let module = try Activation(function)
    for clip in [
      ramp([1, 4, 5_000], from: -104, to: -80), ramp([1, 4, 5_000], from: -0x1p-128, to: 0x1p-128),
    ] {
      let found = try report(module, on: clip)
      #expect(found.findings.map(\.message).isEmpty)
      #expect(found.verdict == .ok)
    }
  }

  @Test("a denormal scale is rounded by a number that large inputs multiply")
  func denormalScale() throws {
    let module = try BatchNorm(
      dimensions: 1, weight: Tensor([2], [0x1p-138, 0x1p-143].map { $0 * 1.3 }), bias: nil,
      runningMean: Tensor([2], [0, 0]), runningVariance: Tensor([2], [0.3, 0.7]))
    let found = try report(module, on: ramp([1, 2, 50], from: -1e6, to: 1e6))
    #expect(found.findings.map(\.message).isEmpty)
    #expect(found.verdict == .ok)
  }

  @Test("denormal products of the factors of a matrix are rounded by a number that inputs multiply")
  func denormalMatrix() throws {
    var random = SeededRandom(4)
    let factors = (0..<2).map { _ in
      Tensor([5, 6], random.floats(30).map { $0 * 3e-20 })
    }
    let module = try MatMul(factors, axis: .clip(-1))
    let plain = random.tensor([1, 3, 8, 5])
    let found = try report(
      module, on: Tensor(plain.shape, plain.scalars.map { $0 * 1e6 }))
    #expect(found.findings.map(\.message).isEmpty)
    #expect(found.verdict == .ok)
  }

  @Test("layers of a few roundings leave no room for an error of 1e-6", arguments: 0..<5)
  func fewRoundings(_ number: Int) throws {
    var random = SeededRandom(5)
    let scale = random.tensor([6])
    let (module, shape): (any Module, Shape) =
      switch number {
      case 0: (try RecyclingPositionalEncoding(table: random.tensor([9, 6])), [1, 6, 12])
      case 1: (try LayerNorm(normalizedShape: [6], weight: scale, bias: nil), [2, 4, 5, 6])
      case 2: (try GroupNorm(groups: 2, weight: scale, bias: nil, isFramewise: true), [2, 6, 5, 3])
      case 3:
        (
          try Upsample(
            extents: [.factor(4)], mode: .linear, alignCorners: false, recomputesFactor: false,
            isFramewise: false), [2, 3, 9]
        )
      default:
        (
          try Upsample(
            extents: [.factor(1), .factor(1.7), .length(11)], mode: .trilinear,
            alignCorners: false, recomputesFactor: false, isFramewise: false), [1, 2, 4, 5, 6]
        )
      }
    let clip = random.tensor(shape)
    #expect(try report(module, on: clip).verdict == .ok)
    let found = try report(FaultyModule(module, .scaledClip), on: clip)
    #expect(found.findings.map(\.code) == [.layer])
  }

  @Test("means far larger than what is left of them are within the rounding of norms")
  func largeMeans() throws {
    var random = SeededRandom(6)
    let plain = random.tensor([1, 6, 4, 32])
    let clip = Tensor(plain.shape, plain.scalars.map { 30_000 + $0 })
    let modules: [any Module] = try [
      LayerNorm(normalizedShape: [32], weight: random.tensor([32]), bias: random.tensor([32])),
      GroupNorm(
        groups: 3, weight: random.tensor([6]), bias: random.tensor([6]), isFramewise: true),
    ]
    for module in modules {
      let found = try report(module, on: clip)
      #expect(found.findings.map(\.message).isEmpty)
      #expect(found.verdict == .ok)
    }
  }
}
