import Testing
import Verification

/// What a fault is expected to be found as.
struct ExpectedFinding<Kind: RawRepresentable<String> & Sendable>: Sendable,
  CustomTestStringConvertible
{
  let fault: Kind
  /// A code that must be among the findings.
  let code: CheckCode
  /// The module that must be named; nil where the check is about the whole network.
  let module: String?

  init(_ fault: Kind, _ code: CheckCode, at module: String? = nil) {
    self.fault = fault
    self.code = code
    self.module = module
  }

  var testDescription: String { "\(fault.rawValue) is \(code.rawValue)" }

  /// Expects a report that fails, with the finding in it.
  func check(_ report: Report) {
    let found = report.findings.map { "\($0.code.rawValue) at \"\($0.module)\": \($0.message)" }
    #expect(report.verdict == .fail)
    let isFound = report.findings.contains {
      $0.code == code && $0.verdict == .fail && (module == nil || $0.module == module)
    }
    #expect(isFound, "found only \(found)")
  }
}
