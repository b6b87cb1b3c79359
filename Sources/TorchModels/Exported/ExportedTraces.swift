/// The user's lines in the stack traces of calls.
///
/// Each of thousands of calls has a trace, and most have that of another one: of a layer of the same class. So each
/// is read once.
struct ExportedTraces {
  private var known: [String: (line: String, code: String)] = [:]

  /// The innermost line of a trace that is not in torch itself, as in `model.py, line 42`, and its text; both empty
  /// where there is none.
  mutating func line(of trace: String) -> (line: String, code: String) {
    if let known = known[trace] { return known }
    let found = ExportedTraces.read(trace)
    known[trace] = found
    return found
  }

  /// From the end, byte by byte.
  private static func read(_ trace: String) -> (line: String, code: String) {
    var following: Substring.UTF8View?
    for text in trace.utf8.split(separator: UInt8(ascii: "\n")).reversed() {
      defer { following = text }
      guard text.drop(while: { $0 == UInt8(ascii: " ") }).starts(with: "File ".utf8) else {
        continue
      }
      let parts = text.split(separator: UInt8(ascii: "\""), omittingEmptySubsequences: false)
      guard parts.count >= 3, !parts[1].contains("/torch/") else { continue }
      let number = parts[2].split(separator: UInt8(ascii: ",")).first { $0.contains("line ") }
      let file = Substring(parts[1].lastPart(between: "/") ?? parts[1])
      return (
        "\(file),\(number.map { String(Substring($0)) } ?? "")",
        following.map { String(Substring($0)).trimmed } ?? ""
      )
    }
    return ("", "")
  }
}

extension String {
  fileprivate var trimmed: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}

extension Substring.UTF8View {
  /// Whether a few characters of ASCII are in it, one behind the other.
  fileprivate func contains(_ word: String) -> Bool {
    indices.contains { self[$0...].starts(with: word.utf8) }
  }
}
