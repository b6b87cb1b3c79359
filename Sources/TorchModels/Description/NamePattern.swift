/// A regular expression for names, which takes time in proportion to the text, whoever wrote it.
///
/// The usual engines try one way after the other, and `(a+)+b` has more ways than anybody can wait
/// for. This one follows all ways at once, one character after the other (Thompson's and Pike's
/// construction): never more steps than characters times instructions. What that cannot do, references
/// back to a group and looking around, is left out.
///
/// `lay(er)?` becomes
///
///     0 save 0     3 y          6 r
///     1 l          4 split 5,7  7 save 1
///     2 a          5 e          8 match      (groups have saves of their own)
///
/// Of several matches the leftmost is taken, and of these the one that a backtracking engine would
/// find first.
struct NamePattern: Sendable {
  /// A set of characters.
  struct Characters: Hashable, Sendable {
    var ranges: [ClosedRange<UInt32>] = []
    var isNegated = false

    func contains(_ scalar: UInt32) -> Bool {
      ranges.contains { $0.contains(scalar) } != isNegated
    }
  }

  enum Instruction: Hashable, Sendable {
    /// One character of a set.
    case characters(Characters)
    /// Goes on at both places; the first is preferred.
    case split(Int, Int)
    case jump(Int)
    /// Notes where a group starts or ends.
    case save(Int)
    /// Holds at the start, at the end, or at the edge of a word.
    case condition(Condition)
    case match
  }

  enum Condition: Hashable, Sendable {
    case start
    case end
    case edge
    case noEdge
  }

  let instructions: [Instruction]
  private let slotCount: Int

  /// The most instructions; a name has no use for more.
  static let largest = 2000

  /// Reads a regular expression.
  ///
  /// - Throws: ``PatternError`` where it is not one, or has what is not read.
  init(_ text: String) throws(PatternError) {
    var parser = NamePatternParser(text)
    let (node, groups) = try parser.parse()
    var compiler = NamePatternCompiler()
    try compiler.append(.group(0, node))
    try compiler.append(instruction: .match)
    instructions = compiler.instructions
    slotCount = 2 * (groups + 1)
  }

  /// The text with every match replaced; `$1` in the replacement is the first group, and `\` takes its
  /// meaning from what follows.
  func replacingMatches(in name: String, with replacement: String) -> String {
    let text = name.unicodeScalars.map(\.value)
    var result = String.UnicodeScalarView()
    let scalars = Array(name.unicodeScalars)
    var place = 0
    while let slots = firstMatch(in: text, from: place), let start = slots[0], let end = slots[1] {
      result += scalars[place..<start]
      result += NamePattern.filled(replacement, slots, scalars)
      place = end
      guard start == end else { continue }
      // Nothing was matched: the next character is not part of it.
      guard place < scalars.count else { return String(result) }
      result.append(scalars[place])
      place += 1
    }
    result += scalars[place...]
    return String(result)
  }

  private static func filled(
    _ replacement: String, _ slots: [Int?], _ scalars: [Unicode.Scalar]
  ) -> String.UnicodeScalarView {
    var result = String.UnicodeScalarView()
    var rest = Array(replacement.unicodeScalars)[...]
    while let next = rest.popFirst() {
      if next == "\\", let literal = rest.popFirst() {
        result.append(literal)
      } else if next == "$", let digit = rest.first?.value, (48...57).contains(digit) {
        var number = 0
        // As many digits as make a group that there is.
        repeat {
          number = number * 10 + Int((rest.removeFirst()).value) - 48
        } while (rest.first.map { (48...57).contains($0.value) } ?? false)
          && (number * 10 + Int(rest[rest.startIndex].value) - 48) * 2 < slots.count
        if number * 2 + 1 < slots.count, let start = slots[number * 2],
          let end = slots[number * 2 + 1]
        {
          result += scalars[start..<end]
        }
      } else {
        result.append(next)
      }
    }
    return result
  }
}

// Matching.
extension NamePattern {
  /// The ways that are under way, the preferred ones first; each instruction is in it once.
  private struct Ways {
    var list: [(instruction: Int, slots: [Int?])] = []
    var known: [Bool]

    init(_ count: Int) { known = [Bool](repeating: false, count: count) }

    mutating func clear() {
      for index in known.indices { known[index] = false }
      list.removeAll(keepingCapacity: true)
    }
  }

  /// Where the groups of the leftmost match start and end; nil where there is none.
  private func firstMatch(in text: [UInt32], from start: Int) -> [Int?]? {
    var ways = Ways(instructions.count)
    var next = Ways(instructions.count)
    var found: [Int?]?
    for place in start...text.count {
      if found == nil {
        follow(0, [Int?](repeating: nil, count: slotCount), at: place, of: text, into: &ways)
      }
      if found != nil, ways.list.isEmpty { break }
      next.clear()
      search: for way in ways.list {
        switch instructions[way.instruction] {
        case .match:
          found = way.slots
          // What comes after it is less preferred.
          break search
        case .characters(let set):
          guard place < text.count, set.contains(text[place]) else { continue }
          follow(way.instruction + 1, way.slots, at: place + 1, of: text, into: &next)
        case .split, .jump, .save, .condition: continue
        }
      }
      swap(&ways, &next)
    }
    return found
  }

  /// Adds what can be reached without a character.
  private func follow(
    _ first: Int, _ slots: [Int?], at place: Int, of text: [UInt32], into ways: inout Ways
  ) {
    var pending = [(first, slots)]
    while let (index, reached) = pending.popLast() {
      var slots = reached
      guard !ways.known[index] else { continue }
      ways.known[index] = true
      switch instructions[index] {
      case .characters, .match: ways.list.append((index, slots))
      case .jump(let target): pending.append((target, slots))
      case .split(let preferred, let other): pending += [(other, slots), (preferred, slots)]
      case .save(let slot):
        slots[slot] = place
        pending.append((index + 1, slots))
      case .condition(let condition):
        if holds(condition, at: place, of: text) { pending.append((index + 1, slots)) }
      }
    }
  }

  private func holds(_ condition: Condition, at place: Int, of text: [UInt32]) -> Bool {
    func isWord(_ index: Int) -> Bool {
      text.indices.contains(index) && NamePatternParser.word.contains(text[index])
    }
    switch condition {
    case .start: return place == 0
    case .end: return place == text.count
    case .edge: return isWord(place - 1) != isWord(place)
    case .noEdge: return isWord(place - 1) == isWord(place)
    }
  }
}
