extension CheckCatalog {
  /// The page of the documentation that explains all codes and words, as `coverify explain` does.
  package static var page: String {
    let sections = checks.map { check in
      """
      ### \(check.code.rawValue): \(check.title)

      What has to hold: \(check.meaning).

      \(check.explanation.how)

      *What to do:* \(check.explanation.mend)

      *An example:* \(check.explanation.example)

      """
    }
    return """
      # What codes mean

      What each check compares, what to do where it fails, and the words on screens.

      ## Overview

      `coverify explain CV301` prints the same. A code that begins with the same digit belongs to the same
      family of checks, as <doc:HowAVerdictIsReached> describes them.

      ## Codes

      \(sections.joined(separator: "\n"))
      ## Words on screens

      | word | what it means |
      |---|---|
      \(Term.all.map { "| \($0.name) | \($0.meaning) |" }.joined(separator: "\n"))

      """
  }
}
