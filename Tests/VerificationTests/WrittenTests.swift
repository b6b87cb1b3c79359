import Continual
import Tensors
import Testing

@testable import Verification

@Suite("Networks with delays that somebody has written")
struct WrittenTests {
  private func network(delay: Int?, kernel: Int = 3) throws -> any Module {
    var random = RandomSource(seed: 7)
    let weights = (0..<4 * kernel).map { _ in random.normal() }
    let slow = try Convolution(
      weight: Tensor([2, 2, kernel], weights), bias: nil, stride: [1],
      padding: .explicit([kernel / 2]), dilation: [1], groups: 1, paddingMode: .zeros)
    let fast: any Module = try delay.map { try Delay(frames: $0) } ?? Identity()
    return Sequential([
      NamedModule("split", try BroadcastStreams(count: 2)),
      NamedModule(
        "both", Parallel([NamedModule("0", slow), NamedModule("1", fast)], autoDelay: false)),
      NamedModule("sum", Reduce(.sum)),
    ])
  }

  private func report(
    _ network: any Module, reference: PyTorchReference? = nil, input: Tensor? = nil
  ) throws -> Report {
    var options = Verifier.Options()
    options.profiles = [.normal]
    options.input = input
    options.reference = reference
    return try Verifier(Subject(network, frame: [1, 2], clipLength: 12), options: options).run()
  }

  @Test("the delay that is needed passes, and every other one is named", arguments: 0..<4)
  func delays(_ delay: Int) throws {
    let report = try report(network(delay: delay, kernel: 5))
    let findings = report.findings.filter { $0.code == .shift }
    guard delay != 2 else {
      #expect(report.verdict == .ok)
      #expect(findings.isEmpty)
      return
    }
    #expect(report.verdict == .fail)
    let finding = try #require(findings.first)
    #expect(finding.module == "sum")
    #expect(
      finding.message.hasSuffix(
        "branch 1 is delayed by \(delay == 1 ? "1 step" : "\(delay) steps"), needs 2"))
    #expect((finding.error ?? 0) > 0.1)
    #expect(finding.hint?.contains("the steps equal the clip to 0") == true)
    // Nothing else is wrong.
    #expect(report.findings.allSatisfy { $0.code == .shift || $0.verdict != .fail })
  }

  @Test("a branch without any delay is named as well")
  func undelayed() throws {
    let report = try report(network(delay: nil))
    #expect(report.verdict == .fail)
    #expect(report.findings.contains { $0.code == .shift && $0.module == "sum" })
  }

  @Test(
    "steps of PyTorch's that are misaligned in the same way are not a fault of the architecture")
  func reference() throws {
    let network = try network(delay: 2)
    let plan = try Plan(network, frame: [1, 2])
    var random = RandomSource(seed: 9)
    let input = Tensor([1, 2, 12], (0..<24).map { _ in random.normal() })
    let written = plan.steppedAsWritten(through: input)
    let reference = PyTorchReference(
      forward: .init(try plan.forward(input).widened, isFloat32: true),
      steps: .init(written.output.widened, isFloat32: true), stepsIndex: written.steps)
    let report = try report(network, reference: reference, input: input)
    #expect(Set(report.findings.filter { $0.verdict == .fail }.map(\.code)) == [.shift])

    var aligned = plan.makeStream()
    let wrong = PyTorchReference(
      steps: .init(try aligned.forwardSteps(input).widened, isFloat32: true))
    let other = try self.report(network, reference: wrong, input: input)
    #expect(other.findings.contains { $0.code == .referenceDiffers })
  }
}
