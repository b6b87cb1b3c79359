import PlainData

extension CheckpointError {
  /// What was found, what was expected, what to do.
  public var message: String { advice.map { finding.text + "; " + $0 } ?? finding.text }

  /// What to do about it, where what was found tells; nil where no more can be said than of any
  /// trouble with this code.
  package var advice: String? { finding.advice }

  /// What to do about a file that goes on behind its end.
  static let appended = "something was appended to the file, copy or download it again"

  /// What to do about a file whose bytes are not those that were written.
  static let damaged = "the file is damaged, copy or download it again"
}

extension CheckpointError: CustomStringConvertible {
  /// As in `model.pt: data.pkl, byte 1843 (REDUCE): …`.
  ///
  /// Names from the file are shown so that they cannot steer a terminal.
  public var description: String {
    var place = [file, entry].filter { !$0.isEmpty }.map(\.printable).joined(separator: ": ")
    if let offset { place += (place.isEmpty ? "" : ", ") + "byte \(offset)" }
    if !operation.isEmpty { place += " (\(operation))" }
    return place.isEmpty ? message.printable : place + ": " + message.printable
  }
}

extension String {
  /// The text in double quotes, cut after 100 characters.
  var quoted: String {
    let start = prefix(String.shown)
    return "\"" + String(start).printable + (start.endIndex < endIndex ? "…\"" : "\"")
  }

  /// As much of the text as ``quoted`` needs; an error holds no more of a text from a file.
  var bounded: String { String(prefix(String.shown + 1)) }

  private static let shown = 100
}

extension [String] {
  /// The first three in quotes, and how many more there are.
  func firstQuoted(of count: Int) -> String {
    prefix(3).map(\.quoted).joined(separator: ", ") + (count > 3 ? " and \(count - 3) more" : "")
  }
}
