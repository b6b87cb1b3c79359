/// Why a checkpoint cannot be converted: everything that speaks against it.
public struct ConversionError: Error, Hashable, Sendable {
  /// The file.
  public let file: String

  /// What speaks against it, a sentence each.
  public let problems: [String]

  init(_ file: String, _ problems: [String]) { (self.file, self.problems) = (file, problems) }
}

extension ConversionError: CustomStringConvertible {
  /// One line a problem.
  public var description: String {
    problems.map { "\(file): \($0)" }.joined(separator: "\n")
  }
}
