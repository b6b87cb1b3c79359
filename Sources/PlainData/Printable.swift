extension String {
  /// The text with characters escaped that could steer a terminal: control characters, and those
  /// that change the direction of writing.
  ///
  /// An escape character is shown as `\u{1B}`. Line ends are control characters too.
  package var printable: String {
    if utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) { return self }
    guard unicodeScalars.contains(where: \.isUnsafeToShow) else { return self }
    var shown = ""
    for scalar in unicodeScalars {
      if scalar.isUnsafeToShow {
        shown += scalar.escaped(asASCII: true)
      } else {
        shown.unicodeScalars.append(scalar)
      }
    }
    return shown
  }

  /// The same for a text of several lines, whose ends are kept.
  package var printableLines: String {
    if utf8.allSatisfy({ (0x20..<0x7F).contains($0) || $0 == 0x0A }) { return self }
    return split(separator: "\n", omittingEmptySubsequences: false)
      .map { String($0).printable }.joined(separator: "\n")
  }

  /// The text, or its beginning and how much more there is: names of a file can have millions of
  /// characters.
  package func cut(after limit: Int = 1000) -> String {
    // Not by characters as they are seen: any number of accents can be on one letter.
    let scalars = unicodeScalars
    guard utf8.count > limit,
      let end = scalars.index(startIndex, offsetBy: limit, limitedBy: endIndex), end < endIndex
    else { return self }
    return String(self[..<end]) + "… (\(utf8.count - utf8[..<end].count) more bytes)"
  }

  /// A text as it may be shown as a message: characters that could steer a terminal are escaped, a line
  /// ends after 1,000 characters, and the message after 100 lines.
  ///
  /// Names and texts of a file may be long and hold anything; what is left out is counted.
  package var message: String {
    let lines = split(separator: "\n", omittingEmptySubsequences: false)
    var shown = lines.prefix(100).map { String($0).cut().printable }
    if lines.count > 100 { shown.append("… (\(lines.count - 100) more lines)") }
    return shown.joined(separator: "\n")
  }
}

extension Unicode.Scalar {
  /// Whether a terminal could do something other than show the character.
  var isUnsafeToShow: Bool {
    if isASCII { return value < 0x20 || value == 0x7F }
    switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned:
      return true
    default: return false
    }
  }
}
