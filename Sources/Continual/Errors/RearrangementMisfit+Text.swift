extension ModuleError.RearrangementMisfit {
  /// What was found and what was expected.
  var text: String {
    switch self {
    case .unknownAxis(let name): "\(name) is given, and the pattern does not have it"
    case .openLengths(let names):
      "the lengths of \(names.joined(separator: " and ")) are not told by the one of their product; "
        + "give \(names.dropFirst().joined(separator: " and "))"
    case .timeIsNotAlone:
      "the third axis on the left is time, and has to be one name that stands alone"
    case .timeMoves(let name):
      "\(name) is time, and has to stand third and alone on the right as well, since all that "
        + "follows takes clips (B, C, T, …)"
    case .timeHasLength(let name): "\(name) is time, whose length changes from clip to clip"
    case .tooFewAxes(let isFramewise):
      "both sides need a batch and channels\(isFramewise ? "" : ", and time as the third axis")"
    case .patternSides(let pattern):
      "pattern \"\(pattern)\" must have two sides with one \"->\" between, as in "
        + "\"b c t (h w) -> b c t h w\""
    case .pattern(let pattern, let misfits):
      "pattern \"\(pattern)\": " + misfits.map(\.text).joined(separator: "; ")
    }
  }
}

extension ModuleError.PatternMisfit {
  fileprivate var text: String {
    switch self {
    case .repeated(let names, let side):
      "the \(side.rawValue) side has \(names.joined(separator: ", ")) more than once"
    case .onlyOn(let side, let names):
      "only the \(side.rawValue) side has \(names.joined(separator: ", "))"
    case .nested(let side): "the \(side.rawValue) side has parentheses in parentheses"
    case .notOpened(let side): "the \(side.rawValue) side has a \")\" without \"(\""
    case .notClosed(let side): "the \(side.rawValue) side has a \"(\" without \")\""
    case .ellipsis: "\"...\" is not understood; name all axes"
    case .word(let word): "\"\(word)\" is not the name of an axis"
    }
  }
}
