import Continual
import Tensors
import Testing

@testable import Verification

/// A layer that computes one thing while its definition says another: a mistake in a kernel.
private struct Mistake: Module, Referenced {
  /// What runs.
  let actual: Convolution
  /// What should run.
  let meant: Convolution

  var typeName: String { meant.typeName }
  var summary: String { meant.summary }

  func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire {
    try actual.lower(input, into: &plan)
  }

  func reference(
    _ clip: Tensor64, inside: any InsideReference
  ) throws(VerificationError) -> Tensor64 {
    try meant.reference(clip)
  }

  func referenceLength(ofClip frames: Int, inside: (any Module, Int) -> Int?) -> Int? {
    meant.referenceLength(ofClip: frames)
  }
}

@Suite("mistakes in one layer of a deep network")
struct MistakeTests {
  private static let channels = 4

  private func convolution(
    seed: UInt64, paddingMode: PaddingMode = .zeros, _ change: (inout [Float]) -> Void = { _ in }
  ) throws -> Convolution {
    let shape: Shape = [MistakeTests.channels, MistakeTests.channels, 3]
    var random = RandomSource(seed: seed)
    var weights = (0..<shape.count).map { _ in random.normal() * 0.4 }
    change(&weights)
    return try Convolution(
      weight: Tensor(shape, weights), bias: nil, stride: [1], padding: .explicit([1]),
      dilation: [1], groups: 1, paddingMode: paddingMode)
  }

  /// Twelve layers, one of which computes something other than it should.
  private func report(at index: Int, actual: Convolution) throws -> Report {
    var layers: [any Module] = []
    for layer in 0..<12 {
      let right = try convolution(seed: UInt64(layer))
      layers.append(layer == index ? Mistake(actual: actual, meant: right) : right)
      layers.append(try Activation(.relu))
    }
    let network = Sequential(layers.enumerated().map { NamedModule("layer\($0)", $1) })
    var options = Verifier.Options()
    options.profiles = [.normal]
    let subject = Subject(network, frame: [2, MistakeTests.channels], clipLength: 30)
    return try Verifier(subject, options: options).run()
  }

  @Test(
    "one weight that is off by 1e-3 is found in its layer, and in no other", arguments: [0, 5, 11])
  func weight(_ index: Int) throws {
    let wrong = try convolution(seed: UInt64(index)) { $0[2 * 12 + 7] += 1e-3 }
    let report = try report(at: index, actual: wrong)
    let found = report.findings.filter { $0.code == .layer }
    #expect(Set(found.map(\.module)) == ["layer\(2 * index)"])
    #expect(found.count == 2)
    #expect(found.allSatisfy { $0.pattern?.hasPrefix("channel 2 only") == true })
    #expect(found.allSatisfy { $0.hint == "looks like a weight of channel 2" })
    // The modes agree with each other: both are wrong.
    #expect(report.findings.allSatisfy { $0.code == .layer })
  }

  @Test("replicate for zeros differs at both ends only, and is called a fill")
  func fill() throws {
    let wrong = try convolution(seed: 3, paddingMode: .replicate)
    let report = try report(at: 3, actual: wrong)
    let finding = try #require(report.findings.first { $0.code == .layer && $0.mode == .clip })
    #expect(finding.module == "layer6")
    #expect(finding.pattern?.contains("the first and last frames only") == true)
    #expect(finding.hint?.contains("fill") == true)
  }

  @Test("a layer without any mistake passes, so the harness is not what fails")
  func noMistake() throws {
    #expect(try report(at: 3, actual: convolution(seed: 3)).verdict == .ok)
  }

  @Test("sums of large numbers that cancel are rounding, by the bound of their own order")
  func cancellation() throws {
    // Taps of +1 and -1 on an offset of 4096: outputs of size 1, partial sums of thousands.
    let shape: Shape = [2, 8, 4]
    let weights = (0..<shape.count).map { Float($0.isMultiple(of: 2) ? 1 : -1) }
    let module = try Convolution(
      weight: Tensor(shape, weights), bias: nil, stride: [1], padding: .valid, dilation: [1],
      groups: 1, paddingMode: .zeros)
    let noise = InputProfile.normal.clip(of: [1, 8], frames: 20, seed: 4, clip: 0)
    var options = Verifier.Options()
    options.input = Tensor(noise.shape, noise.scalars.map { $0 + 4096 })
    options.profiles = []
    options.families = [.layers]
    let subject = Subject(module, frame: [1, 8], clipLength: 20)
    let report = try Verifier(subject, options: options).run()
    #expect(report.findings.filter { $0.verdict == .fail }.isEmpty)
  }
}
