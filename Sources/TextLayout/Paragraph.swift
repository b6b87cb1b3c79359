import PlainData

/// Text on lines of a screen.
package enum Paragraph {
  /// The width of a screen, in characters: 80, but for what is printed to a reader whose screen has another.
  @TaskLocal package static var width = 80

  /// Text broken between words to the width of a screen; a word that is too long stays whole.
  ///
  /// Characters of the text that could steer a terminal are escaped, and of a text that is very long the
  /// beginning is shown.
  ///
  /// - Parameters:
  ///   - text: what is broken.
  ///   - first: what the first line begins with.
  ///   - rest: what the other lines begin with.
  ///   - firstWidth: the characters of `first` that show, where some of it does not.
  /// - Returns: the lines.
  package static func wrapped(
    _ text: String, first: String, rest: String, firstWidth: Int? = nil
  ) -> [String] {
    var lines: [String] = []
    var line = first
    var used = firstWidth ?? first.count
    var isStart = true
    let shown = text.cut(after: 4000).printable
    for word in shown.split(separator: " ", omittingEmptySubsequences: false) {
      if !isStart && used + 1 + word.count > width {
        lines.append(line)
        (line, used, isStart) = (rest, rest.count, true)
      }
      line += (isStart ? "" : " ") + word
      used += (isStart ? 0 : 1) + word.count
      isStart = false
    }
    lines.append(line)
    return lines
  }

  /// Text on one line or several, with a label in front and a margin below it.
  ///
  /// - Parameters:
  ///   - label: the first word; shorter than `column`.
  ///   - text: what is broken.
  ///   - column: the width of the labels.
  /// - Returns: the lines.
  package static func labelled(_ label: String, _ text: String, column: Int) -> [String] {
    let margin = String(repeating: " ", count: column - label.count)
    return wrapped(
      text, first: "  " + label + margin, rest: String(repeating: " ", count: column + 2))
  }
}
