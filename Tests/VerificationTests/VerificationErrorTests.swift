import Continual
import Tensors
import Testing

@testable import Verification

@Suite("what the errors of the verifier carry")
struct VerificationErrorTests {
  @Test("an error of a module keeps its path and its values")
  func moduleErrors() throws {
    let network = Sequential([
      NamedModule("block", Sequential([NamedModule("prelu", try PReLU(weight: Tensor([3])))]))
    ])
    let error = try #require(throws: VerificationError.self) {
      try Verifier(Subject(network, frame: [1, 4], clipLength: 8)).run()
    }
    let inner = try #require(error.finding.moduleError)
    #expect(inner.path == ["block", "prelu"])
    #expect(inner.finding == .frame(.channels(frame: [1, 4], expected: 3, of: .slopes)))
    #expect(error.code == .notRunnable)
    #expect(error.path == "block.prelu")
    #expect(error.reason == inner.reason)
    #expect(error.description == "block.prelu: \(inner.reason)")
  }

  @Test("what a user's clip is and should be can be read")
  func inputs() {
    var options = Verifier.Options()
    options.input = Tensor([1, 4, 8])
    #expect(
      throws: VerificationError(.clip(.input([1, 4, 8], frame: [1, 1])))
    ) {
      try Verifier(Subject(Identity(), frame: [1, 1], clipLength: 8), options: options).run()
    }
    #expect(
      VerificationError(.clip(.input([1, 4, 8], frame: [1, 1, 5]))).reason
        == "the input has shape (1, 4, 8), expected (1, 1, T, 5) with T at least 1")
  }

  @Test("a module without a definition is named, with its path")
  func noOracle() {
    let network = Sequential([NamedModule("odd", Undefined())])
    #expect(throws: VerificationError(.oracle(.type("Undefined")), path: "odd")) {
      try NetworkOracle(network).forward(Tensor([1, 1, 2]).widened)
    }
  }

  @Test("the definition of a layer of another package refuses in its own words")
  func reasons() {
    let error = VerificationError(.clipTooShort, "needs a frame", path: "a.b")
    #expect(error.finding == .reason(.clipTooShort, "needs a frame"))
    #expect(error.code == .clipTooShort)
    #expect(error.finding.moduleError == nil)
    #expect("\(error)" == "a.b: needs a frame")
  }

  @Test(
    "the kind of trouble follows from what was found",
    arguments: [
      (.notRun(ModuleError(.clip(.nothingToAttend))), .notRunnable),
      (.notTaken(ModuleError(.clip(.nothingToAttend))), .shape),
      (.oracle(.nothingInside), .noOracle), (.clip(.nothingToCombine), .shape),
      (.length(.empty), .clipTooShort), (.option(.noInput), .option),
    ] as [(VerificationError.Finding, VerificationError.Code)])
  func codes(_ finding: VerificationError.Finding, _ code: VerificationError.Code) {
    #expect(VerificationError(finding).code == code)
  }
}

/// A module that nothing defines in float64.
private struct Undefined: Module {
  var typeName: String { "Undefined" }

  func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire { input }
}
