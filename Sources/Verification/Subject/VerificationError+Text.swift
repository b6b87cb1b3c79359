import Continual

extension VerificationError: CustomStringConvertible {
  /// The path and the reason.
  public var description: String { path.isEmpty ? reason : path + ": " + reason }

  /// What was found, what was expected, and what to do, in one sentence.
  public var reason: String {
    switch finding {
    case .notRun(let error), .notTaken(let error): error.reason
    case .oracle(let gap): gap.text
    case .clip(let misfit): misfit.text
    case .length(let misfit): misfit.text
    case .option(let misfit): misfit.text
    case .reason(_, let reason): reason
    }
  }
}
