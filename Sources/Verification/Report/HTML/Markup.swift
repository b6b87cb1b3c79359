import PlainData

/// A piece of a page: what stands in the program is taken as it is, and every text that is put into it is
/// escaped, so that none can become markup.
///
/// ```swift
/// let cell: Markup = "<td>\(path)</td>"
/// ```
struct Markup: Sendable {
  /// The markup.
  private(set) var html = ""

  /// Nothing.
  static let nothing = Markup()

  /// Whether there is nothing.
  var isEmpty: Bool { html.isEmpty }

  /// Starts with nothing.
  init() {}

  /// A text, escaped.
  init(text: String) { html = Markup.escaped(text) }

  /// Puts pieces one behind the other, a line each.
  init(_ pieces: some Sequence<Markup>) { html = pieces.map(\.html).joined(separator: "\n") }

  /// What the program itself has written.
  init(trusted html: String) { self.html = html }

  static func + (one: Markup, other: Markup) -> Markup {
    Markup(trusted: one.html + other.html)
  }

  static func += (one: inout Markup, other: Markup) { one.html += other.html }

  /// A text of a file as it may stand on a page: long ones are cut, and characters that could change the
  /// direction of writing are shown as numbers, besides what has a meaning in markup.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.message.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// Data for the script of a page, of which nothing can end the element that it is in.
  static func data(_ value: PlainValue) -> Markup {
    var text = ""
    for scalar in value.json(.compact).unicodeScalars {
      switch scalar {
      case "<", ">", "&", "'", "\u{2028}", "\u{2029}":
        let digits = String(scalar.value, radix: 16, uppercase: true)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    return Markup(trusted: text)
  }
}

extension Markup: ExpressibleByStringInterpolation {
  struct StringInterpolation: StringInterpolationProtocol {
    var html = ""

    init(literalCapacity: Int, interpolationCount: Int) { html.reserveCapacity(literalCapacity) }

    mutating func appendLiteral(_ literal: String) { html += literal }

    mutating func appendInterpolation(_ text: String) { html += Markup.escaped(text) }

    mutating func appendInterpolation(_ markup: Markup) { html += markup.html }

    mutating func appendInterpolation(_ number: Int) { html += String(number) }

    mutating func appendInterpolation(_ pieces: [Markup]) {
      html += pieces.map(\.html).joined(separator: "\n")
    }

    /// A length in pixels, to a tenth.
    mutating func appendInterpolation(_ length: Double) { html += Markup.length(length) }
  }

  init(stringLiteral value: String) { html = value }

  init(stringInterpolation: StringInterpolation) { html = stringInterpolation.html }

  /// A length in pixels, to a tenth, without zeros that say nothing.
  static func length(_ value: Double) -> String {
    guard value.isFinite else { return "0" }
    let tenths = Int((min(max(value, -1e6), 1e6) * 10).rounded())
    let sign = tenths < 0 ? "-" : ""
    let rest = abs(tenths) % 10
    return sign + String(abs(tenths) / 10) + (rest == 0 ? "" : ".\(rest)")
  }
}
