import Foundation

/// Finds the members of a JSON object that was decoded already, and so is well-formed.
///
/// A decoded object has lost the order of its members, and all but one of those of the same name.
enum JSONKeys {
  /// The names of the members of the outermost object, in their order, each as often as it is there.
  static func names(in text: [UInt8]) -> [String] {
    var names: [String] = []
    var depth = 0
    var start: Int?
    var isEscaped = false
    var last = 0..<0
    for (index, byte) in text.enumerated() {
      if let first = start {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          last = first..<index + 1
          start = nil
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""): start = index
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
      case UInt8(ascii: ":") where depth == 1: names.append(decoded(text[last]))
      default: break
      }
    }
    return names
  }

  /// A text that is in quotes.
  private static func decoded(_ quoted: ArraySlice<UInt8>) -> String {
    let content = quoted.dropFirst().dropLast()
    guard content.contains(UInt8(ascii: "\\")) else {
      return String(decoding: content, as: UTF8.self)
    }
    return (try? JSONDecoder().decode(String.self, from: Data(quoted))) ?? ""
  }
}
