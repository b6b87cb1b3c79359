import Testing
import TextLayout

@Suite("text in columns")
struct TextTableTests {
  @Test("columns are as wide as their longest cell, and empty ones take no room")
  func fitting() {
    #expect(
      TextTable.lines([["a", "", "left"], ["longer", "", ""], ["b"]])
        == ["    a       left", "    longer", "    b"])
    #expect(TextTable.lines([]) == [])
  }

  @Test("what could steer a terminal is escaped before it is measured")
  func escaped() {
    #expect(
      TextTable.lines([["\u{1B}[2J", "x"], ["12345678901", "y"]])
        == ["    \\u{1B}[2J    x", "    12345678901  y"])
  }

  @Test("a column of a given width cuts text on its left, and lets numbers on its right stick out")
  func exact() {
    let table = TextTable([.left(4), .right(3)], indent: 2, gap: 1)
    #expect(
      table.lines([["abcd", "1"], ["abcde", "123"], ["a", "12345"]])
        == ["  abcd   1", "  abc~ 123", "  a    12345"])
  }

  @Test("a column with a bound lets longer cells stick out")
  func bounded() {
    let table = TextTable([.fitting(atMost: 3)], indent: 0)
    #expect(table.lines([["ab", "x"], ["abcde", "y"]]) == ["ab   x", "abcde  y"])
  }

  @Test("a name without end is cut, and does not widen the column of all others")
  func long() {
    let lines = TextTable.lines([[String(repeating: "x", count: 3_000_000), "1"], ["y", "2"]])
    #expect(lines[0].hasSuffix("x… (2999000 more bytes)  1"))
    #expect(lines[0].count < 1100)
    #expect(lines[1] == "    y" + String(repeating: " ", count: 161) + "2")
  }

  @Test("the rest of a long list is counted")
  func rest() {
    #expect(
      TextTable.lines(1...1234, limit: 2, hint: ", with -v") { ["\($0)"] }
        == ["    1", "    2", "    … and 1,232 more, with -v"])
    #expect(TextTable.lines(1...2, limit: 2) { ["\($0)"] } == ["    1", "    2"])
  }
}

@Suite("text on lines")
struct ParagraphTests {
  @Test("a label has a margin below it, and lines end between words")
  func labelled() {
    let words = [String](repeating: "twelve", count: 11).joined(separator: " ")
    #expect(
      Paragraph.labelled("note", words + " last", column: 6)
        == [
          "  note  " + [String](repeating: "twelve", count: 10).joined(separator: " "),
          "        twelve last",
        ])
  }

  @Test("no line is longer than the screen, unless a word is")
  func widths() {
    let long = String(repeating: "x", count: 100)
    let lines = Paragraph.wrapped("a \(long) b", first: "", rest: "  ")
    #expect(lines == ["a", "  " + long, "  b"])
  }
}
