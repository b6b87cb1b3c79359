import TestSupport
import TorchModels

/// A text of brackets, words, numbers and quoted strings: JSON, or the header of an array of numpy.
///
/// It is changed token by token, so that most changes leave it readable.
struct Tokens {
  private var list: [[UInt8]] = []

  /// Splits a text.
  init(_ text: some Sequence<UInt8>) {
    var quote: UInt8?
    var escaped = false
    for byte in text {
      if let open = quote {
        list[list.count - 1].append(byte)
        if !escaped, byte == open { quote = nil }
        escaped = !escaped && byte == UInt8(ascii: "\\")
        continue
      }
      let isWord = Tokens.isWord(byte)
      if isWord, let last = list.last?.last, Tokens.isWord(last) {
        list[list.count - 1].append(byte)
      } else {
        list.append([byte])
      }
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") { quote = byte }
    }
  }

  /// The text again.
  var bytes: [UInt8] { list.flatMap(\.self) }

  private static func isWord(_ byte: UInt8) -> Bool {
    byte.isAlphanumeric || [0x2B, 0x2D, 0x2E, 0x5F].contains(byte)
  }

  static let words = [
    "-1", "0", "1", "2", "3", "7", "64", "1000000", "2147483648", "4611686018427387904",
    "9223372036854775807", "9223372036854775808", "1e30", "1.5", "-0.0", "1e308", "1e-320", "true",
    "false", "null", "True", "[]", "{}", "[1,2]", "[0,0,0]", "[2147483648,2147483648,2147483648]",
    "[-1,-1]", "[[1]]", "\"\"", "\"T\"", "\"zeros\"", "\"same\"", "\"circular\"", "\"x\"", "()",
    "(3,)", "'<f8'", "'|O'", "'<M8[ns]'", "\"F64\"", "\"I8\"", "\"U16\"", "\"F8_E5M2\"", "\"BOOL\"",
    "[[0,1],[1]]", #""(\\w+)\\.(weight|bias)""#, #""^[a-z_0-9]{1,3}(?:x|[^.]*)+$""#, #""\\1.x\\2""#,
    #"{"tensor":"w"}"#, #"{"T":1}"#,
  ]

  static let types = Catalog.standard.types

  /// The arguments of all classes, and what an architecture and a header of safetensors have around them.
  static let arguments =
    Catalog.standard.arguments + [
      "modules", "name", "steps", "rename", "strip_prefix", "match", "root", "nodes", "inputs",
      "output", "matrix", "model", "type", "args", "op", "format", "version", "data_offsets",
      "dtype",
    ]

  /// One change.
  mutating func change(using random: inout SeededRandom) {
    guard !list.isEmpty else { return }
    let place = Int.random(in: list.indices, using: &random)
    switch Int.random(in: 0..<12, using: &random) {
    case 0: list.remove(at: place)
    case 1: list.insert(list[place], at: place)
    case 2: list.swapAt(place, Int.random(in: list.indices, using: &random))
    case 3:
      if let span = group(from: place) { list.insert(contentsOf: Array(list[span]), at: place) }
    case 4: if let span = group(from: place) { list.removeSubrange(span) }
    case 5:
      if let span = group(from: place),
        let other = group(from: .random(in: list.indices, using: &random))
      {
        list.replaceSubrange(span, with: Array(list[other]))
      }
    case 6: replace(near: place, with: "\"\(random.pick(Tokens.types))\"") { $0.first == 0x22 }
    case 7: replace(near: place, with: "\"\(random.pick(Tokens.arguments))\"") { $0.first == 0x22 }
    case 8:
      list.insert(
        Array("\"\(random.pick(Tokens.arguments))\": \(random.pick(Tokens.words)),".utf8), at: place
      )
    default:
      let word = random.pick(Tokens.words)
      replace(near: place, with: word) { $0.first.map(\.isAlphanumeric) ?? false }
    }
  }

  private mutating func replace(near start: Int, with text: String, where fits: ([UInt8]) -> Bool) {
    guard
      let place = (Array(start..<list.count) + Array(0..<start)).first(where: { fits(list[$0]) })
    else { return }
    list[place] = Array(text.utf8)
  }

  /// The tokens from the next opening bracket to its closing one.
  private func group(from start: Int) -> Range<Int>? {
    var depth = 0
    guard
      let first = list[start...].firstIndex(where: {
        ["{", "[", "("].map { Array($0.utf8) }.contains($0)
      })
    else { return nil }
    for place in first..<list.count {
      switch list[place].first {
      case 0x7B, 0x5B, 0x28: depth += 1
      case 0x7D, 0x5D, 0x29: depth -= 1
      default: continue
      }
      if depth == 0 { return first..<place + 1 }
    }
    return nil
  }
}

extension UInt8 {
  fileprivate var isAlphanumeric: Bool {
    switch self {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    default: false
    }
  }
}
