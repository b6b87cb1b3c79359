import OrderedCollections
import Testing

@testable import PlainData

@Suite("Reading JSON")
struct JSONReadingTests {
  private func read(
    _ text: String, _ limits: JSONLimits = JSONLimits()
  ) throws(JSONError) -> PlainValue { try PlainValue(json: text.utf8, limits: limits) }

  private func problem(_ text: some Sequence<UInt8>, _ limits: JSONLimits = JSONLimits()) -> String
  {
    do throws(JSONError) {
      return "read as \(try PlainValue(json: text, limits: limits))"
    } catch {
      return error.description
    }
  }

  @Test("members keep their order, and space lies anywhere between tokens")
  func order() throws {
    let value = try read(" {\"b\" :\t[ 1 ,\r\n-2.5e-1, true,false , null, \"x\" ],\"a\":{ } } \n")
    #expect(
      value
        == .object([
          "b": .list([.int(1), .double(-0.25), .bool(true), .bool(false), .null, .string("x")]),
          "a": .object([:]),
        ]))
    guard case .object(let members) = value else { return }
    #expect(Array(members.keys) == ["b", "a"])
  }

  @Test(
    "numbers are integers where they are written as such and fit into 64 bits",
    arguments: [
      ("0", .int(0)), ("-7", .int(-7)), ("9223372036854775807", .int(.max)),
      ("-9223372036854775808", .int(.min)), ("9223372036854775808", .double(0x1p63)),
      ("1.0", .double(1)), ("1e2", .double(100)), ("1E+2", .double(100)), ("25e-2", .double(0.25)),
      ("5e-324", .double(.leastNonzeroMagnitude)),
      ("1.7976931348623157e308", .double(.greatestFiniteMagnitude)),
      ("1e-400", .double(0)),
    ] as [(String, PlainValue)])
  func numbers(text: String, expected: PlainValue) throws {
    #expect(try read(text) == expected)
  }

  @Test("minus zero keeps its sign", arguments: ["-0", "-0.0", "-0e5"])
  func minusZero(text: String) throws {
    guard case .double(let value) = try read(text) else {
      Issue.record("\(text) is not a double")
      return
    }
    #expect(value == 0 && value.sign == .minus)
  }

  @Test(
    "escapes stand for their characters",
    arguments: [
      (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u00e9\u0000""#, "\u{E9}\u{0}"),
      (#""\ud83d\ude00""#, "\u{1F600}"), (#""\uDBFF\uDFFF""#, "\u{10FFFF}"),
      ("\"\u{7F}\u{2028}\"", "\u{7F}\u{2028}"),
    ])
  func escapes(text: String, expected: String) throws {
    #expect(try read(text) == .string(expected))
  }

  @Test(
    "what is not JSON is refused with its place and what is expected there",
    arguments: [
      ("", "line 1, column 1: found the end where a value is expected"),
      ("[1,]", "line 1, column 4: found ']' where a value is expected"),
      ("[1 2]", "line 1, column 4: found '2' where ']' is expected"),
      ("[1", "line 1, column 3: found the end where ']' is expected"),
      ("{\"a\":1,}", "line 1, column 8: found '}' where '\"' is expected"),
      ("{\"a\" 1}", "line 1, column 6: found '1' where ':' is expected"),
      ("{a:1}", "found 'a' where '\"' is expected"),
      ("{\n \"\u{E9}\": nul}", "line 2, column 7: found 'n' where null is expected"),
      ("{} x", "line 1, column 4: something follows the end of the value"),
      ("01", "column 2: found '1' where a number without leading zeros is expected"),
      ("-", "found the end where a digit is expected"),
      ("1.", "found the end where a digit is expected"),
      (".5", "found '.' where a value is expected"),
      ("+1", "found '+' where a value is expected"),
      ("1e", "found the end where a digit is expected"),
      ("NaN", "found 'N' where a value is expected"),
      ("Infinity", "found 'I' where a value is expected"),
      ("1e999", "column 1: the number is beyond the range of a double"),
      ("\"a\u{1}\"", "found the byte 0x01 where a text without control characters is expected"),
      ("\"a\n\"", "found the byte 0x0a where a text without control characters is expected"),
      (#""\x41""#, "found 'x' where an escape is expected"),
      (#""\u12g4""#, "found '1' where four hexadecimal digits is expected"),
      (#""\ud83d""#, "the other half of a surrogate is expected"),
      (#""\ude00""#, "the other half of a surrogate is expected"),
      (#""\ud83d\u0041""#, "the other half of a surrogate is expected"),
      ("\"abc", "found the end where '\"' is expected"), ("\"abc\\", "where an escape is expected"),
      ("// x\n1", "found '/' where a value is expected"),
      ("'a'", "found ''' where a value is expected"),
    ])
  func refuses(text: String, expected: String) {
    let problem = problem(text.utf8)
    #expect(problem.contains(expected), "\(text): \(problem)")
  }

  @Test(
    "strings are UTF-8, and nothing that only resembles it",
    arguments: [
      [0xFF], [0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0x80],
    ] as [[UInt8]])
  func notUTF8(bytes: [UInt8]) {
    #expect(problem([0x22] + bytes + [0x22]).contains("not UTF-8"))
    #expect(problem([0x22, 0x5C, 0x6E] + bytes + [0x22]).contains("not UTF-8"))
  }

  @Test("a byte order mark is skipped; other encodings are named")
  func byteOrderMarks() throws {
    #expect(try PlainValue(json: [0xEF, 0xBB, 0xBF] + "[1]".utf8) == .list([.int(1)]))
    for text in [[0xFF, 0xFE, 0x5B, 0], [0xFE, 0xFF, 0, 0x5B], [0x5B, 0, 0x5D, 0]] as [[UInt8]] {
      #expect(problem(text).contains("save it as UTF-8"))
    }
  }

  @Test("a key that stands twice is refused with both places, at any depth and in any number")
  func duplicates() throws {
    #expect(
      problem("{\"a\": 1,\n \"b\": {\"k\": 1, \"k\": 1}}".utf8)
        == "line 2, column 16: the key \"k\" stands here and at line 2, column 8; "
        + "an object has each key once")
    let many = (0..<300).map { "\"k\($0)\":0" }.joined(separator: ",")
    #expect(problem("{\(many)}".utf8).hasPrefix("read as"))
    #expect(
      problem("{\(many),\"k7\":0}".utf8).contains("\"k7\" stands here and at line 1, column 51"))
    #expect(problem("{\"\u{E9}\":1,\"e\u{301}\":2}".utf8).contains("stands here and at"))
    #expect(problem(#"{"a":1,"\u0061":2}"#.utf8).contains("stands here and at"))
  }

  @Test("depth, the number of values and of digits are bounded")
  func limits() throws {
    let nested = { String(repeating: "[", count: $0) + String(repeating: "]", count: $0) }
    #expect(problem(nested(512).utf8).hasPrefix("read as"))
    #expect(problem(nested(513).utf8).contains("nested too deep, more than 512 times"))
    #expect(problem(String(repeating: "[", count: 1 << 20).utf8).contains("nested too deep"))
    #expect(problem(String(repeating: "{\"\":", count: 1 << 20).utf8).contains("nested too deep"))
    #expect(problem("[1,2,3]".utf8, JSONLimits(values: 3)).contains("more than 3 values"))
    #expect(problem("[1,2]".utf8, JSONLimits(values: 3)).hasPrefix("read as"))
    let digits = String(repeating: "1", count: 5000)
    #expect(problem(digits.utf8).contains("more than 4096 characters"))
    let error = #expect(throws: JSONError.self) { try read("[[]]", JSONLimits(depth: 1)) }
    #expect(error?.isLimit == true)
  }

  @Test("the parser gives a format what it asks for, without a tree")
  func pulling() throws {
    var parser = try JSONParser(Array(#"{"n":[1,-2],"rest":{"x":[[]]},"s":"t"}"#.utf8))
    var integers: [Int] = []
    var text = ""
    try parser.members { (parser, name, _) throws(JSONError) in
      switch name {
      case "n":
        try parser.elements { (parser) throws(JSONError) in integers.append(try parser.integer()) }
      case "s": text = try parser.string()
      default: try parser.skipValue()
      }
    }
    try parser.finish()
    #expect(integers == [1, -2])
    #expect(text == "t")
    for number in ["1.0", "1e2", "9223372036854775808", "x", "\"1\""] {
      var parser = try JSONParser(Array(number.utf8))
      #expect(throws: JSONError.self) { try parser.integer() }
    }
  }
}
