/// Why a checkpoint cannot be converted or rewritten: everything that speaks against it.
package struct ConversionError: Error, Hashable, Sendable {
  /// The file.
  package let file: String

  /// What speaks against it, a sentence each.
  package let problems: [String]

  init(_ file: String, _ problems: [String]) { (self.file, self.problems) = (file, problems) }
}

extension ConversionError: CustomStringConvertible {
  /// One line a problem.
  package var description: String {
    problems.map { "\(file): \($0)" }.joined(separator: "\n")
  }
}
