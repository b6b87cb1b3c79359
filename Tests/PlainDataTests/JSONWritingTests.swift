import OrderedCollections
import Testing

@testable import PlainData

@Suite("Writing JSON")
struct JSONWritingTests {
  private let sample = PlainValue.object([
    "a": .list([.int(1), .double(0.5), .null]), "none": .list([]), "b": .object(["c": .bool(true)]),
    "empty": .object([:]),
  ])

  @Test("one value has three layouts")
  func layouts() {
    #expect(
      sample.json(.compact) == #"{"a":[1,0.5,null],"none":[],"b":{"c":true},"empty":{}}"#)
    #expect(
      sample.json() == #"{"a": [1, 0.5, null], "none": [], "b": {"c": true}, "empty": {}}"#)
    #expect(
      sample.json(.indented) == """
        {
          "a": [
            1,
            0.5,
            null
          ],
          "none": [],
          "b": {
            "c": true
          },
          "empty": {}
        }
        """)
  }

  @Test("what steers a terminal, and what JSON does not have in strings, is escaped")
  func escapes() {
    let text = "a\"\\\n\r\t\u{1}\u{1B}[31m\u{7F}\u{9B}\u{202E}\u{2028}\u{E0001}\u{E9}\u{1F600}"
    let expected =
      #""a\"\\\n\r\t\u0001\u001b[31m\u007f\u009b\u202e\u2028\udb40\udc01"# + "\u{E9}\u{1F600}\""
    #expect(PlainValue.string(text).json() == expected)
    #expect(PlainValue.object([text: .null]).json() == "{\(expected): null}")
  }

  @Test("infinities and NaN are strings, which the reader gives back as strings")
  func nonFinite() {
    let values = [Double.infinity, -.infinity, .nan].map(PlainValue.double)
    #expect(PlainValue.list(values).json() == #"["inf", "-inf", "nan"]"#)
  }

  @Test("doubles read back bit for bit, as doubles")
  func roundTripOfDoubles() throws {
    var bits: UInt64 = 0x9E37_79B9_7F4A_7C15
    var values: [Double] = [
      0, -0.0, 1, 0.1, .leastNonzeroMagnitude, .leastNormalMagnitude, 1e16, 1e22, 0x1p53,
    ]
    for _ in 0..<20_000 {
      bits = bits &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      values.append(Double(bitPattern: bits))
    }
    for value in values where value.isFinite {
      guard
        case .double(let again) = try PlainValue(json: PlainValue.double(value).json().utf8)
      else {
        Issue.record("\(value) is read as something else")
        return
      }
      #expect(again.bitPattern == value.bitPattern)
    }
  }

  @Test("random values read back as they were, in every layout")
  func roundTrip() throws {
    var state: UInt64 = 7
    func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    func text() -> String {
      let scalars = (0..<next(6)).compactMap { _ in Unicode.Scalar(UInt32(next(0x3000))) }
      return String(String.UnicodeScalarView(scalars))
    }
    func value(_ depth: Int) -> PlainValue {
      switch next(depth > 4 ? 5 : 7) {
      case 0: return .null
      case 1: return .bool(next(2) == 0)
      case 2: return .int(next(1 << 30) - 1 << 29)
      case 3: return .double(Double(next(1 << 30)) / 1024)
      case 4: return .string(text())
      case 5: return .list((0..<next(5)).map { _ in value(depth + 1) })
      default:
        var members: OrderedDictionary<String, PlainValue> = [:]
        for _ in 0..<next(5) { members[text()] = value(depth + 1) }
        return .object(members)
      }
    }
    for _ in 0..<500 {
      let original = value(0)
      for style in [JSONStyle.compact, .spaced, .indented] {
        #expect(try PlainValue(json: original.json(style).utf8) == original)
      }
    }
  }

  @Test("a number is written as an integer where it is one")
  func shortNumbers() {
    #expect(PlainValue.number(3) == .int(3))
    #expect(PlainValue.number(-3) == .int(-3))
    #expect(PlainValue.number(0.5) == .double(0.5))
    #expect(PlainValue.number(0x1p53) == .double(0x1p53))
    #expect(PlainValue.number(-0.0).json() == "-0.0")
    #expect(PlainValue.number(.infinity).json() == "\"inf\"")
    #expect(
      PlainValue.object(["a": .list([.double(2), .double(2.5)])]).withIntegersWherePossible
        == .object(["a": .list([.int(2), .double(2.5)])]))
  }

  @Test("in a message a long value is cut, and the time that takes does not depend on its length")
  func descriptions() {
    #expect("\(sample)" == sample.json())
    let long = PlainValue.list(
      Array(repeating: .string(String(repeating: "x", count: 100)), count: 9))
    #expect("\(long)".count == 201)
    #expect("\(long)".hasSuffix("…"))
    #expect("\(PlainValue.string(String(repeating: "\u{1F600}", count: 1 << 20)))".count < 205)
  }
}

@Suite("Texts for a terminal")
struct PrintableTests {
  @Test(
    "what steers a terminal is shown by its number",
    arguments: [
      ("plain \u{E9} \u{1F600} text", "plain \u{E9} \u{1F600} text"),
      ("\u{1B}[31m", #"\u{1B}[31m"#), ("\u{7}\u{0}\u{8}\r\n", #"\u{07}\0\u{08}\r\n"#),
      ("\u{9B}31m\u{85}", #"\u{009B}31m\u{0085}"#), ("a\u{202E}b\u{2066}", #"a\u{202E}b\u{2066}"#),
      ("\u{2028}\u{2029}\u{FEFF}\u{7F}", #"\u{2028}\u{2029}\u{FEFF}\u{7F}"#),
    ])
  func escapes(text: String, expected: String) {
    #expect(text.printable == expected)
  }
}
