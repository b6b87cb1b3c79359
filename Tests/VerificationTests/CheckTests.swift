import Continual
import Synchronization
import Tensors
import Testing

@testable import Verification

/// A family of checks alone, and what it has to find.
struct FamilyCase: Sendable, CustomTestStringConvertible {
  enum Family: String, Sendable, CaseIterable {
    case time
    case layers
    case modes
    case state
    case robustness

    /// The check of the family, and no other.
    func check(_ network: NetworkUnderTest) throws -> any Check {
      let modes = ModeCheck(network: network, path: "")
      switch self {
      case .time: return TimeCheck(network: network, modes: modes)
      case .state: return StateCheck(network)
      case .robustness: return RobustnessCheck(network: network)
      case .layers, .modes:
        return CaseCheck(
          network: network,
          cases: try ClipCase.all(
            frame: network.frame, frames: network.clipLength, profiles: [.normal, .negative],
            input: nil, seed: 1),
          layers: self == .layers ? LayerCheck(network: network, budget: 1e9, path: "") : nil,
          modes: self == .modes ? modes : nil, recordingBudget: 1 << 20)
      }
    }
  }

  let family: Family
  let fault: Fault
  let code: CheckCode

  var testDescription: String { "\(family.rawValue): \(fault.rawValue) is \(code.rawValue)" }

  init(_ family: Family, _ fault: Fault, _ code: CheckCode) {
    self.family = family
    self.fault = fault
    self.code = code
  }

  static let all: [FamilyCase] = [
    .init(.time, .lateFirstStep, .lengths), .init(.time, .wrongStride, .stridePhase),
    .init(.time, .missingEndPadding, .lengths), .init(.time, .wrongFill, .padding),
    .init(.time, .shiftedSteps, .shift), .init(.time, .biasInSteps, .modes),
    .init(.layers, .biasInBothModes, .layer), .init(.layers, .skippedChannel, .layer),
    .init(.layers, .staleChannel, .layer), .init(.layers, .weightInClip, .layer),
    .init(.modes, .biasInSteps, .modes), .init(.modes, .shiftedSteps, .shift),
    .init(.modes, .wrongFill, .padding), .init(.modes, .missingEndPadding, .lengths),
    .init(.state, .staleAfterReset, .reset), .init(.state, .forwardMutates, .purity),
    .init(.state, .sharedState, .isolation), .init(.state, .leakingLanes, .isolation),
    .init(.state, .acausalClip, .causality), .init(.state, .stickyNaN, .memory),
    .init(.state, .sharedState, .snapshot), .init(.state, .sharedState, .chunks),
    .init(.state, .memoryOutside, .snapshot), .init(.state, .wrongChunks, .chunks),
    .init(.robustness, .stickyNaN, .nonFinite), .init(.robustness, .burstOverflow, .burst),
    .init(.robustness, .denormalGarbage, .denormal),
  ]
}

@Suite("each family of checks alone")
struct CheckTests {
  private func network(_ fault: Fault?) throws -> NetworkUnderTest {
    let plan = try Plan(FaultTests.network(fault), frame: [2, 3, 2], clipLength: 12)
    return try NetworkUnderTest(plan, clipLength: 12)
  }

  @Test("finds its faults, with its own codes", arguments: FamilyCase.all)
  func finds(_ row: FamilyCase) throws {
    let check = try row.family.check(try network(row.fault))
    let evidence = try check.evidence()
    let codes = Set(evidence.findings.filter { $0.verdict == .fail }.map(\.code))
    #expect(codes.contains(row.code), "found only \(codes.map(\.rawValue))")
    #expect(codes.isSubset(of: type(of: check).codes))
    #expect(evidence.ledger.verdict == .fail)
  }

  @Test("passes a network without a fault", arguments: FamilyCase.Family.allCases)
  func passes(_ family: FamilyCase.Family) throws {
    let evidence = try family.check(try network(nil)).evidence()
    #expect(evidence.findings.map(\.message).isEmpty)
    #expect(evidence.ledger.verdict == .ok)
  }

  @Test("plans before it runs, and only with its own codes", arguments: FamilyCase.Family.allCases)
  func plans(_ family: FamilyCase.Family) throws {
    let check = try family.check(try network(nil))
    var evidence = Evidence()
    check.plan(&evidence)
    #expect(!evidence.ledger.entries.isEmpty)
    #expect(evidence.ledger.verdict == .inconclusive)
    let codes = Set(evidence.ledger.entries.map(\.requirement.check))
    #expect(codes.isSubset(of: type(of: check).codes))
  }

  @Test("state: a memory that is a frame too short is found, by the definitions of the layers")
  func shortMemory() throws {
    var window = WindowModule(weights: [0.5, -1, 0.25], padding: 1)
    func evidence() throws -> Evidence {
      let plan = try Plan(Sequential(window, window), frame: [1, 2, 3], clipLength: 12)
      return try StateCheck(NetworkUnderTest(plan, clipLength: 12)).evidence()
    }
    #expect(try evidence().findings.isEmpty)
    window.forgetsOldest = true
    let findings = try evidence().findings
    #expect(findings.map(\.code) == [.memory])
    guard case .shortMemory(let frame, let output, let missed) = findings.first?.problem else {
      Issue.record("\(findings.map(\.message))")
      return
    }
    // Each window sees a frame less, and so does an output one less behind the frame.
    #expect((output - frame, missed) == (2, 2))
  }

  @Test("loading: misfits are differences, assumptions are open until they are accepted")
  func loading() throws {
    let misfit = try LoadingCheck(loading: LoadingFacts(misfits: ["0.weight"]), moduleCount: 1)
      .evidence()
    #expect(misfit.ledger.verdict == .fail)
    #expect(misfit.findings.map(\.problem) == [.misfit("0.weight")])
    var facts = LoadingFacts(tensorCount: 3, assumptions: ["stride 1"])
    let open = try LoadingCheck(loading: facts, moduleCount: 1).evidence()
    #expect(open.ledger.verdict == .inconclusive)
    #expect(open.findings.map(\.problem) == [.assumptions(["stride 1"])])
    facts.acceptsAssumptions = true
    let accepted = try LoadingCheck(loading: facts, moduleCount: 1).evidence()
    #expect(accepted.ledger.verdict == .ok)
    #expect(accepted.notes == ["assumed, and accepted: stride 1"])
  }

  @Test("reference: an output that is not the network's is named in float64 and in each mode")
  func reference() throws {
    let network = try network(nil)
    let input = network.clip(number: 0)
    let right = try network.oracle.forward(input.widened)
    let wrong = Tensor64(right.shape, right.scalars.map { $0 + 0.5 })
    let evidence = try ReferenceCheck(
      network: network, reference: PyTorchReference(forward: .init(wrong)), input: input,
      roundsWeights: false
    ).evidence()
    #expect(evidence.ledger.verdict == .fail)
    #expect(
      evidence.findings.map(\.code)
        == [.architecture, .referenceDiffers, .referenceDiffers, .referenceDiffers])
    #expect(evidence.findings.map(\.mode) == [nil, .clip, .steps, .step])
    guard case .architecture(.values(let deviation), _) = evidence.findings[0].problem else {
      Issue.record("\(evidence.findings[0].problem)")
      return
    }
    #expect(abs(deviation.error - 0.5) < 1e-12)
    let passed = try ReferenceCheck(
      network: network, reference: PyTorchReference(forward: .init(right)), input: input,
      roundsWeights: false
    ).evidence()
    #expect(passed.ledger.verdict == .ok)
  }

  @Test("a plan that was made is not made again, and judged as the module is")
  func givenPlan() throws {
    var options = Verifier.Options()
    options.showsTiming = false
    let module = FaultTests.network(.biasInSteps)
    let plan = try Plan(module, frame: [2, 3, 2], clipLength: 12)
    let reports = [
      try Verifier(Subject(plan, clipLength: 12), options: options).run(),
      try Verifier(Subject(module, frame: [2, 3, 2], clipLength: 12), options: options).run(),
    ]
    #expect(JSONFormat().render(reports[0]) == JSONFormat().render(reports[1]))
  }
}

@Suite("evidence")
struct EvidenceTests {
  private let requirement = Requirement(.layer, module: "a", mode: .clip, profile: "normal")

  private func tensor(_ values: [Double]) -> Tensor64 { Tensor64([1, 1, values.count], values) }

  private func finding(
    _ discrepancy: Problem.Discrepancy, profile: String = "normal"
  ) -> Finding {
    Finding(.layer(discrepancy), module: "a", mode: .clip, profiles: [profile])
  }

  @Test("a difference is measured, located, described and found")
  func differs() throws {
    var evidence = Evidence()
    evidence.require(requirement)
    let comparison = evidence.judge(
      requirement, tensor([0, 1, 9, 3, 4, 5]), tensor([0, 1, 2, 3, 4, 5]),
      within: Tolerance(allowed: 0.5), step: { $0 + 10 }, finding: { finding($0) })
    #expect(comparison?.worst == 7)
    #expect(evidence.ledger.verdict == .fail)
    let deviation = try #require(evidence.findings.first?.deviation)
    #expect(deviation.error == 7)
    #expect(deviation.place == .init(step: 12, frame: 2, batch: 0, channel: 0, space: []))
    #expect(deviation.got == 9)
    #expect(deviation.want == 2)
    #expect(
      deviation.difference
        == Difference(
          entries: nil,
          change: .elements(.init(channels: nil, frames: .one(2), constant: nil)), notFinite: 0))
  }

  @Test("other shapes differ by infinity, and are found with both")
  func shapes() {
    var evidence = Evidence()
    evidence.require(requirement)
    let comparison = evidence.judge(
      requirement, tensor([0, 1]), tensor([0, 1, 2]), within: .exact, finding: { finding($0) })
    #expect(comparison == nil)
    #expect(evidence.ledger.entries[0].measurements == [Measurement(elements: 3, worst: .infinity)])
    #expect(
      evidence.findings.map(\.problem) == [.layer(.shapes(got: [1, 1, 2], want: [1, 1, 3]))])
  }

  @Test("sameness and doubt are entered and not found")
  func same() {
    var evidence = Evidence()
    evidence.require(requirement)
    evidence.judge(
      requirement, tensor([1]), tensor([1]), within: .exact, finding: { finding($0) })
    #expect(evidence.ledger.verdict == .ok)
    evidence.judge(
      requirement, tensor([.nan]), tensor([.nan]), within: .exact, finding: { finding($0) })
    #expect(evidence.ledger.verdict == .inconclusive)
    #expect(evidence.findings.isEmpty)
  }

  @Test("what checks find beside each other adds up to what they find one after the other")
  func parts() throws {
    var whole = Evidence()
    for name in ["normal", "burst"] {
      whole.require(Requirement(.layer, module: "a", mode: .clip, profile: name))
    }
    var one = whole
    func measure(_ value: Double, _ profile: String, _ evidence: inout Evidence) {
      let comparison = evidence.judge(
        Requirement(.layer, module: "a", mode: .clip, profile: profile), tensor([value]),
        tensor([1]), within: Tolerance(allowed: 0.5), finding: { finding($0, profile: profile) })
      evidence.add(comparison, to: LayerKey(index: 0, mode: .clip))
      evidence.note(profile)
    }
    let told = Mutex<[Double]>([])
    var parts = (0..<2).map { number in
      Evidence(of: whole, own: number..<number + 1) { _, fraction in
        told.withLock { $0.append(fraction) }
      }
    }
    measure(5, "burst", &parts[1])
    measure(2, "normal", &parts[0])
    for part in parts { part.tell("") }
    #expect(told.withLock { $0 } == [1, 1])
    for part in parts { whole.add(part) }
    measure(2, "normal", &one)
    measure(5, "burst", &one)
    #expect(whole.findings == one.findings)
    #expect(whole.notes == one.notes)
    #expect(whole.ledger.entries.map(\.measurements) == one.ledger.entries.map(\.measurements))
    let key = LayerKey(index: 0, mode: .clip)
    #expect(whole.layers[key]?.maxAbs == 4)
    #expect(whole.layers[key]?.cases == one.layers[key]?.cases)
    #expect(whole.layers[key]?.resolution == one.layers[key]?.resolution)
    #expect(whole.layers[key]?.verdict == .fail)
  }

  @Test("how far a run is follows what its checks cost, and the time left what has passed")
  func progress() throws {
    let heard = Mutex<[Verifier.Progress]>([])
    let progress = RunProgress(works: [3, 1]) { event in heard.withLock { $0.append(event) } }
    progress.tell("a", check: 0, fraction: 0)
    progress.tell("b", check: 1, fraction: 0.5)
    progress.finish(check: 0)
    progress.tell("b", check: 1, fraction: 0.25)
    let events = heard.withLock { $0 }
    #expect(events.map(\.fraction) == [0, 0.125, 0.875])
    #expect(events[0].remaining == nil)
    #expect(try #require(events[1].remaining) > .zero)
  }

  @Test("of findings of one kind the farthest is kept, with all their inputs")
  func farthest() {
    var evidence = Evidence()
    evidence.require(requirement)
    for (value, profile) in [(2.0, "normal"), (5, "burst"), (3, "video")] {
      evidence.judge(
        requirement, tensor([value]), tensor([1]), within: Tolerance(allowed: 0.5),
        finding: { finding($0, profile: profile) })
    }
    #expect(evidence.findings.map(\.error) == [4])
    #expect(evidence.findings.map(\.profiles) == [["normal", "burst", "video"]])
  }

  @Test("what only other lengths show is said where nothing else explains it")
  func lesser() {
    let lesser = Finding(.modeLengths(.steps, found: 1, expected: 2, unequalEnds: nil))
    var evidence = Evidence()
    evidence.findUnlessExplained(lesser)
    #expect(evidence.findings.isEmpty)
    var explained = evidence
    evidence.settle()
    #expect(evidence.findings == [lesser])
    explained.find(finding(.shapes(got: [1, 1, 1], want: [1, 1, 2])))
    explained.settle()
    #expect(explained.findings.map(\.code) == [.layer])
  }
}
