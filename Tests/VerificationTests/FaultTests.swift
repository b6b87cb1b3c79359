import Continual
import Tensors
import Testing

@testable import Verification

@Suite("faults are found, by the right check, at the right module")
struct FaultTests {
  static let expected: [ExpectedFinding<Fault>] = [
    .init(.biasInBothModes, .layer, at: "1"),
    .init(.biasInSteps, .layer, at: "1"),
    .init(.biasInSteps, .modes, at: "1"),
    .init(.weightInClip, .layer, at: "1"),
    .init(.shiftedSteps, .layer, at: "1"),
    .init(.shiftedSteps, .shift, at: "1"),
    .init(.staleChannel, .layer, at: "1"),
    .init(.skippedChannel, .layer, at: "1"),
    .init(.lateFirstStep, .lengths),
    .init(.wrongStride, .stridePhase),
    .init(.missingEndPadding, .lengths),
    .init(.wrongFill, .padding, at: "1"),
    .init(.stickyNaN, .memory),
    .init(.stickyNaN, .nonFinite),
    .init(.leakingLanes, .isolation),
    .init(.staleAfterReset, .reset),
    .init(.forwardMutates, .purity),
    .init(.sharedState, .isolation),
    .init(.sharedState, .reset),
    .init(.acausalClip, .causality),
    .init(.endlessMemory, .memory),
    .init(.burstOverflow, .burst),
    .init(.denormalGarbage, .denormal),
    .init(.lateRing, .drift),
    .init(.slippedPhase, .drift),
    .init(.driftingState, .drift),
    .init(.restartingRing, .drift),
    .init(.spoilingEnd, .purity),
    .init(.staleOddElement, .modes, at: "1"),
    .init(.lostNaN, .layer, at: "1"),
    .init(.lostInfinity, .layer, at: "1"),
    .init(.clippedInput, .layer, at: "1"),
    .init(.overflowingPower, .layer, at: "1"),
    .init(.scaledClip, .modes, at: "1"),
    .init(.swollenClip, .layer, at: "1"),
    .init(.wrongChunks, .chunks),
    .init(.memoryOutside, .snapshot),
    .init(.wrongThirdEntry, .layer, at: "1"),
    .init(.largerChannelInSteps, .modes, at: "1"),
    .init(.largerChannel, .layer, at: "1"),
  ]

  /// A network with a faulty module in the middle.
  static func network(_ fault: Fault?) -> Sequential {
    // A bias would hide denormal numbers.
    let bias: Float = fault == .denormalGarbage ? 0 : 0.1
    let middle = WindowModule(weights: [0.5, -1, 0.25], bias: bias, padding: 1)
    return Sequential(
      WindowModule(weights: [1, 0.5, 2], padding: 1),
      fault.map { FaultyModule(middle, $0) } ?? middle,
      WindowModule(weights: [1, 1], padding: 0))
  }

  static func report(
    _ fault: Fault?, batch: Int = 2, _ change: (inout Verifier.Options) -> Void = { _ in }
  ) throws -> Report {
    var options = Verifier.Options()
    change(&options)
    let subject = Subject(network(fault), frame: [batch, 3, 2], clipLength: 12)
    return try Verifier(subject, options: options).run()
  }

  @Test(
    "single steps are compared with a clip also where those of the usual length yield nothing",
    arguments: [2, 3])
  func shortClips(_ length: Int) throws {
    func report(_ fault: Fault?) throws -> Report {
      var options = Verifier.Options()
      options.families = [.modes]
      let subject = Subject(
        FaultTests.network(fault), frame: [2, 3, 2], clipLength: length)
      return try Verifier(subject, options: options).run()
    }
    let clean = try report(nil)
    #expect(clean.verdict == .ok)
    let long = clean.endToEnd.filter { $0.profile == "long clip" }
    #expect(long.map(\.pair) == ["clip/step"])
    #expect(long.allSatisfy { $0.elements >= 3 * 2 * 3 * 2 })
    #expect(try report(.shiftedSteps).findings.contains { $0.profiles.contains("long clip") })
  }

  @Test("a network without a fault passes")
  func cleanNetworkPasses() throws {
    let report = try FaultTests.report(nil)
    #expect(report.findings.isEmpty)
    #expect(report.verdict == .ok)
  }

  @Test("each fault is found", arguments: expected)
  func faultIsFound(_ expected: ExpectedFinding<Fault>) throws {
    expected.check(try FaultTests.report(expected.fault))
  }

  @Test("each fault is found in a network that is costly as well", arguments: expected)
  func faultIsFoundInCostly(_ expected: ExpectedFinding<Fault>) throws {
    let report = try FaultTests.report(expected.fault, batch: 1) {
      $0.costlyWork = 0
      $0.layerBudget = 0
    }
    #expect(report.verdict == .fail)
    // A fault that is seen in several ways is looked for in fewer of them.
    let found = report.findings.filter { $0.verdict == .fail && $0.code != .assumed }
    #expect(!found.isEmpty)
    if expected.module != nil {
      #expect(found.contains { $0.module == expected.module }, "found \(found.map(\.message))")
    }
  }

  @Test("a costly network without a fault passes, and what is left out is said")
  func costlyNetworkPasses() throws {
    let report = try FaultTests.report(nil, batch: 1) {
      $0.costlyWork = 0
      $0.layerBudget = 0
    }
    #expect(report.findings.map(\.message).isEmpty)
    #expect(report.verdict == .ok)
    #expect(report.notes.contains { $0.contains("on 1 of 5 inputs (normal)") })
    #expect(report.notes.contains { $0.contains("in clips of the usual length only") })
  }

  @Test("no fault is missing from the list of what must be found")
  func allFaultsAreExpected() {
    #expect(Set(FaultTests.expected.map(\.fault)) == Set(Fault.allCases))
  }

  @Test("a layer that is wrong in its own right is the only layer named")
  func onlyTheCulpritIsNamed() throws {
    let report = try FaultTests.report(.biasInBothModes)
    #expect(report.findings.filter { $0.code == .layer }.map(\.module) == ["1", "1"])
    let finding = try #require(report.findings.first { $0.code == .layer })
    #expect(finding.pattern == "channel 1 only, every frame, constant offset +1.0e-03")
    #expect(finding.hint == "looks like the bias of channel 1")
    #expect(finding.deviation?.place.channel == 1)
    let error = try #require(finding.error)
    #expect(abs(error - 1e-3) < 1e-5)
  }

  @Test("a factor is told from an offset")
  func factorIsNamed() throws {
    let report = try FaultTests.report(.weightInClip)
    let finding = try #require(report.findings.first { $0.code == .layer })
    #expect(finding.mode == .clip)
    #expect(finding.pattern == "channel 1 only, every frame, constant factor 1.0010")
  }

  @Test("a shift is measured")
  func shiftIsMeasured() throws {
    let report = try FaultTests.report(.shiftedSteps)
    let finding = try #require(report.findings.first { $0.code == .shift })
    #expect(finding.message.contains("1 frame earlier (k = -1"))
  }
}
