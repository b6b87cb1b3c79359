extension String {
  /// The text with characters escaped that could steer a terminal: control characters, and those
  /// that change the direction of writing.
  ///
  /// An escape character is shown as `\u{1B}`. Line ends are control characters too.
  package var printable: String {
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
