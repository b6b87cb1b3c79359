import Foundation
import TestSupport
import Testing

@testable import TorchModels

@Suite("Regular expressions for names")
struct NamePatternTests {
  /// Pattern, replacement, name, and what Python's `re.sub` makes of it (with `\1` for `$1`).
  static let examples: [(String, String, String, String)] = [
    (#"^old\."#, "new.", "old.weight", "new.weight"),
    (#"^old\."#, "new.", "older.weight", "older.weight"),
    (#"\.(\d+)\."#, ".block$1.", "net.12.weight", "net.block12.weight"),
    (#"layer(\d)\.(\w+)"#, "$2_$1", "layer3.conv.weight", "conv_3.weight"),
    ("a|ab", "x", "ab", "xb"),
    ("(a|ab)(c|bcd)(d*)", "<$1,$2,$3>", "abcd", "<a,bcd,>"),
    ("(?:ab)+", "x", "ababc ab", "xc x"),
    ("x*", "-", "abc", "-a-b-c-"),
    ("", ".", "ab", ".a.b."),
    (#"[^.]+$"#, "last", "a.b.c", "a.b.last"),
    (#"[a-c\d_]{2,3}"#, "#", "ab1_x_", "#_x_"),
    (#"\bin\b"#, "IN", "in.inner.in", "IN.inner.IN"),
    (#"\Bn"#, "N", "in.n", "iN.n"),
    ("(a*)*b", "x", "aaab", "x"),
    ("()", "$1|", "é", "|é|"),
    ("([]-])", "($1)", "a-]", "a(-)(])"),
    (#"^(.*)\.(weight|bias)$"#, "$1.wrapped.$2", "a.b.bias", "a.b.wrapped.bias"),
    ("a", #"\$1"#, "a", "$1"),
    ("(a)", "$12", "a", "a2"),
  ]

  @Test("matches are replaced as Python does", arguments: examples)
  func replaces(_ pattern: String, _ replacement: String, _ name: String, _ expected: String) throws
  {
    let pattern = try NamePattern(pattern)
    #expect(pattern.replacingMatches(in: name, with: replacement) == expected)
  }

  static let refused: [(String, String)] = [
    ("(", "without"), (")", "too many"), ("[a", "without"), ("*a", "nothing to repeat"),
    (#"(a)\1"#, "take for ever"), ("(?=a)", "take for ever"), ("(?<n>a)", "take for ever"),
    ("a++", "possessive"), ("a{5,2}", "at most 1000"), ("a{1001}", "at most 1000"),
    ("((a{100}){100}){100}", "too long"), (String(repeating: "(?:", count: 60), "50 deep"),
    ("a{2", "without"), (#"\"#, "backslash"), (#"\q"#, "not read"), ("[z-a]", "later character"),
    ("a{x}", "at most 1000"), (#"[\D]"#, "negated"), ("[[a]]", "within brackets"),
  ]

  @Test(
    "what is not a pattern, or can take for ever, is refused with the reason", arguments: refused)
  func refuses(_ pattern: String, _ words: String) {
    let error = #expect(throws: PatternError.self) { try NamePattern(pattern) }
    let text = error?.description ?? ""
    #expect(text.contains(words), "\(text)")
  }

  @Test(
    "patterns that keep other engines busy for ever are done at once",
    arguments: ["(a+)+b", "(a|aa)+$", "(a*)*b", "(.*)(.*)(.*)(.*)(.*)x", "(a|a?)+b", "(x+x+)+y"])
  func hostile(_ text: String) throws {
    let pattern = try NamePattern(text)
    let clock = ContinuousClock()
    let time = clock.measure {
      let name = String(repeating: "a", count: 2000) + "!"
      #expect(pattern.replacingMatches(in: name, with: "") == name)
    }
    #expect(time < .seconds(20), "\(time)")
  }

  @Test("random patterns replace what a backtracking engine replaces")
  func random() throws {
    var random = SeededRandom(5)
    func expression(_ depth: Int) -> String {
      let atoms = ["a", "b", ".", "[ab]", "[^a]", #"\w"#, #"\."#, "^", "$", #"\b"#]
      guard depth > 0 else { return random.pick(atoms) }
      switch Int.random(in: 0..<7, using: &random) {
      case 0: return "(" + expression(depth - 1) + "|" + expression(depth - 1) + ")"
      case 1: return "(" + expression(depth - 1) + ")"
      case 2:
        return random.pick(["a", "b", "[ab]", "."]) + random.pick(["*", "+", "?", "*?", "{1,2}"])
      default: return expression(depth - 1) + expression(depth - 1)
      }
    }
    for _ in 0..<2000 {
      let text = expression(3)
      let name = String(
        (0..<Int.random(in: 0...9, using: &random)).map { _ in
          random.pick(["a", "b", ".", "c"] as [Character])
        })
      let other = try NSRegularExpression(pattern: text)
      let expected = other.stringByReplacingMatches(
        in: name, range: NSRange(name.startIndex..., in: name), withTemplate: "<$0>")
      let found = try NamePattern(text).replacingMatches(in: name, with: "<$0>")
      #expect(found == expected, "\(text) on \(name)")
    }
  }
}
