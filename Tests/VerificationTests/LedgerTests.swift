import Testing

@testable import Verification

@Suite("the verdict quantifies over what was required")
struct LedgerTests {
  let layer = Requirement(.layer, module: "a.b", mode: .step, profile: "normal")
  let modes = Requirement(.modes, mode: .step, profile: "normal")

  @Test("an empty plan is inconclusive")
  func emptyPlan() {
    #expect(Ledger().verdict == .inconclusive)
  }

  @Test("a comparison that did not happen is not a pass")
  func missingComparison() {
    var ledger = Ledger()
    ledger.require(layer)
    ledger.require(modes)
    ledger.record(layer, Measurement(elements: 10, worst: 0))
    #expect(ledger.verdict == .inconclusive)
    #expect(ledger.entries[1].doubt == "was not compared")
    ledger.record(modes, Measurement(elements: 10, worst: 0))
    #expect(ledger.verdict == .ok)
  }

  @Test("a comparison of no elements is not a pass")
  func noElements() {
    #expect(Measurement(elements: 0, worst: 0, allowed: 1).verdict == .inconclusive)
  }

  @Test(
    "NaN is not a pass",
    arguments: [(Double.nan, 1.0), (0, Double.nan), (.nan, .nan)])
  func notANumber(_ worst: Double, _ allowed: Double) {
    #expect(Measurement(elements: 1, worst: worst, allowed: allowed).verdict == .inconclusive)
  }

  @Test("an infinite difference is a failure")
  func infinite() {
    #expect(Measurement(elements: 1, worst: .infinity, allowed: 1).verdict == .fail)
  }

  @Test("a doubt outweighs passes, and a difference outweighs doubts")
  func order() {
    var ledger = Ledger()
    ledger.require(layer)
    ledger.record(layer, Measurement(elements: 1, worst: 0))
    ledger.doubt(layer, "no oracle")
    #expect(ledger.verdict == .inconclusive)
    #expect(ledger.entries[0].doubt == "no oracle")
    ledger.record(layer, Measurement(elements: 1, worst: 1))
    #expect(ledger.verdict == .fail)
    #expect(ledger.entries[0].doubt == nil)
  }

  @Test("a requirement that is named twice is required once")
  func twice() {
    var ledger = Ledger()
    ledger.require(layer)
    ledger.require(layer)
    #expect(ledger.entries.count == 1)
  }

  @Test("entering what was not planned is a programmer's mistake")
  func unplanned() async {
    await #expect(processExitsWith: .failure) {
      var ledger = Ledger()
      ledger.record(Requirement(.reset), Measurement(elements: 1, worst: 0))
    }
  }
}
