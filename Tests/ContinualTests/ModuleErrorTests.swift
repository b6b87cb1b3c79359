import Continual
import Tensors
import Testing

@Suite("what the errors of modules carry")
struct ModuleErrorTests {
  private func norm(_ channels: Int) throws -> BatchNorm {
    let ones = Tensor([channels], repeating: 1)
    return try BatchNorm(
      dimensions: 1, weight: ones, bias: ones, runningMean: ones, runningVariance: ones)
  }

  @Test("the channels that were found and expected can be read, at the module that found them")
  func channels() throws {
    let network = Sequential([
      NamedModule("block", Sequential([NamedModule("norm", try norm(3))]))
    ])
    let error = try #require(throws: ModuleError.self) { try Plan(network, frame: [2, 5]) }
    #expect(error.finding == .frame(.channels(frame: [2, 5], expected: 3, of: .tensors)))
    #expect(error.code == .shape)
    #expect(error.path == ["block", "norm"])
    #expect(
      error.description == "block.norm: is made for 3 channels, and a frame (2, 5) has 5")
  }

  @Test("what two branches make can be read, and what a network needs")
  func branchesAndSizes() throws {
    let pool = try Pooling(kind: .maximum, kernelSize: [3], stride: [2])
    let branches = try BroadcastReduce([
      NamedModule("a", Identity()), NamedModule("b", pool),
    ])
    let rates = try #require(throws: ModuleError.self) { try Plan(branches, frame: [1, 1]) }
    #expect(rates.code == .unequalBranches)
    #expect(rates.reason == "joins branches with temporal strides 1, 2; they must be equal")
    guard case .branches(.rates(let found)) = rates.finding else {
      Issue.record("another finding: \(rates.finding)")
      return
    }
    #expect(found.map(\.down) == [1, 2])
    let budget = try #require(throws: ModuleError.self) {
      try Plan(Delay(frames: 7), frame: [1, 100], budget: 500)
    }
    guard case .size(.budget(let needs)) = budget.finding else {
      Issue.record("another finding: \(budget.finding)")
      return
    }
    #expect(budget.code == .budget)
    #expect(needs.frame == [1, 100])
    #expect(needs.remembered == 700)
    #expect(needs.needed == 800)
    #expect(needs.allowed == 500)
  }

  @Test(
    "the kind of trouble follows from what was found",
    arguments: [
      (.arguments([.noBranches]), .argument), (.frame(.joinOfNothing), .shape),
      (.clip(.nothingToAttend), .clipTooShort), (.branches(.lengths([1, 2])), .unequalBranches),
      (.streams(.tooMany), .argument), (.wiring([]), .argument),
      (.stream(.wholePool), .notStreamable), (.size(.rateChanges), .argument),
      (.reason(.budget, "is heavy"), .budget),
    ] as [(ModuleError.Finding, ModuleError.Code)])
  func codes(_ finding: ModuleError.Finding, _ code: ModuleError.Code) {
    #expect(ModuleError(finding).code == code)
  }

  @Test(
    "sentences name what was found and what to do",
    arguments: [
      (
        .arguments([.range("stride", [0, 1], expected: 1...9), .zeroAlpha]),
        "stride is (0, 1); it must be between 1 and 9; alpha is 0; it must be another number"
      ),
      (
        .frame(
          .convolution(
            frame: [1, 2], expected: [.any("B"), .exactly(4)], weight: [8, 4, 3], groups: 1)),
        "takes frames (B, 4), but gets (1, 2); the weight is (8, 4, 3) with groups=1"
      ),
      (
        .streams(.modules(2, streams: nil)),
        "has 2 modules for one streams; put a Broadcast in front"
      ),
      (
        .branches(.residual(Rate(up: 2, down: 1))),
        "the input meets the output of a module that makes 2 frames of 1; a Residual needs as many "
          + "as there are"
      ),
      (
        .size(.layer(frames: 3, [1, 2], .transposed)),
        "would have to remember 3 frames (1, 2) with zeros around them, more than a layer may"
      ),
    ] as [(ModuleError.Finding, String)])
  func sentences(_ finding: ModuleError.Finding, _ sentence: String) {
    #expect(ModuleError(finding, path: ["a", "b"]).description == "a.b: " + sentence)
    #expect(ModuleError(finding).description == sentence)
  }
}
