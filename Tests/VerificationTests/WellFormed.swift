import Foundation

/// Whether a page is well-formed, as XML is: every element ends, in order, and attributes are quoted.
enum WellFormed {
  struct Broken: Error { let reason: String }

  static func check(_ page: String) throws {
    var open: [String] = []
    var rest = page[...]
    guard rest.hasPrefix("<!DOCTYPE html>\n") else { throw Broken(reason: "no doctype") }
    rest.removeFirst("<!DOCTYPE html>".count)
    while let start = rest.firstIndex(of: "<") {
      try text(rest[..<start])
      rest = rest[start...]
      guard
        let tag = rest.prefixMatch(
          of: /<(\/?)([a-z][a-z0-9]*)((?: [a-zA-Z-]+="[^"<]*")*)(\/?)>/)
      else { throw Broken(reason: "not a tag: \(rest.prefix(80))") }
      for value in tag.3.matches(of: /"([^"]*)"/) { try text(value.1) }
      rest = rest[tag.range.upperBound...]
      let name = String(tag.2)
      if !tag.1.isEmpty {
        guard open.popLast() == name else { throw Broken(reason: "ends another element: \(name)") }
      } else if tag.4.isEmpty {
        open.append(name)
        // What is in them is no markup.
        if ["script", "style"].contains(name) {
          guard let end = rest.range(of: "</\(name)>") else { throw Broken(reason: name) }
          rest = rest[end.lowerBound...]
        }
      }
    }
    guard open.isEmpty else { throw Broken(reason: "open at the end: \(open)") }
  }

  /// Whether all ampersands of a text are part of an entity.
  private static func text(_ text: Substring) throws {
    let plain = text.replacing(/&(amp|lt|gt|quot|#39);/, with: "")
    guard !plain.contains("&") else {
      throw Broken(reason: "a bare ampersand: \(plain.prefix(80))")
    }
  }
}
