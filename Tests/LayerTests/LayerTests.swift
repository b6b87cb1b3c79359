import Continual
import TestSupport
import Testing
import Verification

@Suite("every layer that can be loaded")
struct LayerTests {
  @Test(
    "passes all checks of the verifier, or parts in steps and says so",
    arguments: LayerCase.split.first)
  func passes(_ layer: LayerCase) throws { try verify(layer) }

  @Test(
    "does so with every option", .enabled(if: !TestRun.isQuick, "a quick run leaves them out"),
    arguments: LayerCase.split.rest)
  func passesWithOptions(_ layer: LayerCase) throws { try verify(layer) }

  private func verify(_ layer: LayerCase) throws {
    var options = Verifier.Options()
    options.profiles = [.normal]
    options.families = [.time, .layers, .modes, .state]
    let subject = Subject(try layer.module(), frame: layer.frame, clipLength: layer.frames)
    let report = try Verifier(subject, options: options).run()
    // What the Python library gets wrong in them is a matter of its own.
    let findings = report.findings.filter { $0.code != .library }
    let codes = findings.map { "\($0.code.rawValue) \($0.module): \($0.message)" }
    if layer.parts {
      #expect(report.findings.contains { $0.code == .meaning }, "\(codes)")
      #expect(report.findings.allSatisfy { $0.code != .layer }, "\(codes)")
    } else {
      #expect(codes == [])
      #expect(report.verdict == .ok)
    }
  }

  @Test("steps yield the bits of the clip, when the timing says", arguments: LayerCase.all)
  func steps(_ layer: LayerCase) throws {
    guard !layer.parts else { return }
    for seed in 1...2 as ClosedRange<UInt64> {
      var random = SeededRandom(seed)
      let run = try ModeRun(
        layer.module(seed: seed),
        clip: random.tensor(layer.frame.clip(frames: layer.frames)), clipLength: layer.frames)
      #expect(run.differences == [])
    }
  }
}
