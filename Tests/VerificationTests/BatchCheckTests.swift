import Continual
import Tensors
import Testing

@testable import Verification

@Suite("entries of a batch are compared with what each is alone")
struct BatchCheckTests {
  private func evidence(_ fault: Fault?) throws -> Evidence {
    let module = FaultTests.network(fault)
    let alone = try NetworkUnderTest(Plan(module, frame: [1, 3, 2]), clipLength: 12)
    let batched = try NetworkUnderTest(Plan(module, frame: [3, 3, 2]), clipLength: 12)
    return try CaseCheck(
      network: batched,
      cases: [ClipCase(.normal, frame: [3, 3, 2], frames: 12, seed: 1, name: "three")],
      layers: LayerCheck(network: batched, budget: 1e9, path: ""),
      modes: ModeCheck(network: batched, path: ""), recordingBudget: 1 << 20, alone: alone
    ).evidence()
  }

  @Test("entries that are as alone need no definition")
  func same() throws {
    let evidence = try evidence(nil)
    #expect(evidence.ledger.verdict == .ok)
    #expect(evidence.ledger.entries.allSatisfy { $0.requirement.check != .layer })
    #expect(evidence.ledger.entries.contains { $0.requirement.check == .isolation })
  }

  @Test("where the third entry is not, the layer is judged and named")
  func thirdEntry() throws {
    let evidence = try evidence(.wrongThirdEntry)
    #expect(evidence.ledger.verdict == .fail)
    #expect(Set(evidence.findings.map(\.module)) == ["1"])
    #expect(evidence.findings.allSatisfy { $0.code == .layer })
  }
}
