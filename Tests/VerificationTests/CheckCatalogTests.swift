import Continual
import Foundation
import Tensors
import Testing

@testable import Verification

@Suite("the catalogue of checks")
struct CheckCatalogTests {
  @Test("every code is in the catalogue once, in order, in the family of its first digit")
  func complete() {
    #expect(CheckCatalog.checks.map(\.code) == CheckCode.allCases)
    for check in CheckCatalog.checks {
      #expect(check.code.rawValue.hasPrefix(check.family.code))
      #expect(!check.title.isEmpty && !check.meaning.isEmpty)
    }
    #expect(Set(CheckCatalog.checks.map(\.title)).count == CheckCatalog.checks.count)
  }

  @Test("every code is explained, each in its own words that end")
  func explained() {
    let explanations = CheckCatalog.checks.map(\.explanation)
    #expect(Set(explanations).count == explanations.count)
    for text in explanations.flatMap({ [$0.how, $0.mend, $0.example] }) {
      #expect(text.hasSuffix("."), "\(text)")
      #expect(text.count > 20)
    }
    #expect(Term.all.map(\.name) == Term.all.map(\.name).sorted())
  }

  @Test("the page of all codes says what coverify explain says; COVERIFY_UPDATE=1 writes it anew")
  func page() throws {
    let path = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Sources/Verification/Documentation.docc/WhatCodesMean.md")
      .standardizedFileURL
    if ProcessInfo.processInfo.environment["COVERIFY_UPDATE"] != nil {
      try Data(CheckCatalog.page.utf8).write(to: path)
    }
    #expect(try String(contentsOf: path, encoding: .utf8) == CheckCatalog.page)
  }

  @Test("every code but that of refusals is one of a check, and every check's is in the catalogue")
  func ofChecks() {
    let codes = Verifier.families.reduce(into: Set<CheckCode>()) { $0.formUnion($1.codes) }
    #expect(codes.union([Refusal.code]) == Set(CheckCatalog.checks.map(\.code)))
    #expect(!codes.contains(Refusal.code))
  }

  @Test("every family has a row in the table, and every family of a row a check")
  func rows() {
    #expect(Set(CheckCatalog.rows.map(\.family)) == Set(CheckFamily.allCases))
    #expect(Set(CheckCatalog.checks.map(\.family)) == Set(CheckFamily.allCases))
  }

  @Test("every code is found in some network, and none says more than its severity")
  func allAreFound() throws {
    let window = WindowModule(weights: [0.5, -1, 0.25], padding: 1)
    let input = InputProfile.normal.clip(of: [1, 2, 3], frames: 9, seed: 1, clip: 0)
    let output = try NetworkOracle(window).forward(input.widened)
    func report(
      _ module: any Module, loading: LoadingFacts = LoadingFacts(), input: Tensor? = nil,
      reference: PyTorchReference? = nil
    ) throws -> Report {
      var options = Verifier.Options()
      options.input = input
      options.reference = reference
      let subject = Subject(module, frame: [1, 2, 3], clipLength: 9, loading: loading)
      return try Verifier(subject, options: options).run()
    }
    var reports = try Fault.allCases.map { try FaultTests.report($0) }
    reports += [
      try report(window, loading: LoadingFacts(misfits: ["weight"])),
      try report(window, loading: LoadingFacts(assumptions: ["stride 1"])),
      try report(window, loading: LoadingFacts(sha256: "ab", recordedSHA256: "cd")),
      try report(
        window,
        loading: LoadingFacts(stepless: [
          .init(place: "lstm", reason: "lstm runs backwards", remedy: "")
        ])),
      try report(Sequential(window, WholeClipMean(window: 4))),
      try report(Sequential(window, Unknown())),
      try report(LibraryTests.average([2, 1], dilation: [2, 1])),
      try report(window, reference: PyTorchReference(forward: .init(output))),
      try report(
        window, input: input,
        reference: PyTorchReference(
          forward: .init(Tensor64(output.shape, output.scalars.map { $0 * 1.1 })),
          stepsIndex: [1, 2, 4])),
    ]
    // Streams yield what the timing of their kernels says, so only the runner itself could be late.
    let network = try NetworkUnderTest(Plan(window, frame: [1, 2, 3]), clipLength: 9)
    let time = TimeCheck(network: network, modes: nil)
    var late = Evidence()
    time.plan(&late)
    time.judge(schedule: [2, 3, 4], of: 5, &late)
    let findings = reports.flatMap(\.findings) + late.findings
    #expect(
      Set(findings.map(\.code)).union([Refusal.code]) == Set(CheckCatalog.checks.map(\.code)))
    for finding in findings where finding.verdict == .fail {
      #expect(CheckCatalog.definition(of: finding.code).severity == .fail)
    }
  }

  @Test("the code of a finding follows from its case, whatever is said of it")
  func codeFromCase() {
    let fault = Problem.StateFault.causality(from: 3)
    #expect(Problem.state(fault, differing: 1, elements: 2).code == .causality)
    #expect(Problem.nothingButNaN.code == .nonFinite)
    #expect(Problem.nothingButNaN.verdict == .inconclusive)
    #expect(Problem.open(.memory, reason: "too long").code == .memory)
    let firstOutput = Problem.firstOutput(found: nil, steps: 4, declared: 2)
    #expect(firstOutput.code == .delay)
    #expect(firstOutput.size.error == .infinity)
  }
}
