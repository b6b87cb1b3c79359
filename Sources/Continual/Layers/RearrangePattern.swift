/// The pattern of an `einops.rearrange`, as `b c t (h w) -> b c t h w`.
///
/// Each side lists axes by name; names in parentheses are one axis that is made of several, the last
/// of which runs fastest. `1`, and `()`, are an axis of length one. Both sides have the same names,
/// each once.
public struct RearrangePattern: Hashable, Sendable {
  /// The axes before: for each, the names that it is made of; none for one of length one.
  public let left: [[String]]

  /// The axes after.
  public let right: [[String]]

  /// The pattern as it was given.
  public let text: String

  /// The names, in the order in which the left side has them.
  public var names: [String] { left.flatMap(\.self) }

  /// Reads a pattern.
  ///
  /// - Parameter text: two sides with an arrow between.
  /// - Throws: ``ModuleError`` with everything that is wrong with it.
  public init(_ text: String) throws(ModuleError) {
    self.text = text
    var misfits: [ModuleError.PatternMisfit] = []
    let words = RearrangePattern.words(of: text)
    let arrows = words.indices.filter { words[$0] == "->" }
    guard arrows.count == 1, words.count <= 256 else {
      throw ModuleError(.arguments([.rearrangement(.patternSides(text))]))
    }
    left = RearrangePattern.side(words[..<arrows[0]], .left, noting: &misfits)
    right = RearrangePattern.side(words[(arrows[0] + 1)...], .right, noting: &misfits)
    let (before, after) = (left.flatMap(\.self), right.flatMap(\.self))
    let sides: [([String], ModuleError.PatternMisfit.Side, [String])] = [
      (before, .left, after), (after, .right, before),
    ]
    for (names, side, others) in sides {
      let twice = Set(names.filter { name in names.count { $0 == name } > 1 }).sorted()
      if !twice.isEmpty { misfits.append(.repeated(twice, side)) }
      let alone = Set(names).subtracting(others).sorted()
      if !alone.isEmpty { misfits.append(.onlyOn(side, alone)) }
    }
    guard misfits.isEmpty else {
      throw ModuleError(.arguments([.rearrangement(.pattern(text, misfits))]))
    }
  }

  /// The names, parentheses, arrows, and whatever else stands in a pattern.
  private static func words(of text: String) -> [String] {
    var words: [String] = []
    var word = ""
    for character in text {
      let isPart = !character.isWhitespace && character != "(" && character != ")"
      if isPart {
        word.append(character)
        continue
      }
      if !word.isEmpty { words.append(word) }
      word = ""
      if !character.isWhitespace { words.append(String(character)) }
    }
    return word.isEmpty ? words : words + [word]
  }

  private static func side(
    _ words: ArraySlice<String>, _ side: ModuleError.PatternMisfit.Side,
    noting misfits: inout [ModuleError.PatternMisfit]
  ) -> [[String]] {
    var axes: [[String]] = []
    var group: [String]?
    for word in words {
      switch word {
      case "(":
        if group != nil { misfits.append(.nested(side)) }
        group = []
      case ")":
        if group == nil { misfits.append(.notOpened(side)) }
        axes.append(group ?? [])
        group = nil
      case "1":
        if group == nil { axes.append([]) }
      case _ where isName(word):
        if group == nil { axes.append([word]) } else { group?.append(word) }
      case "...", "…":
        misfits.append(.ellipsis)
      default:
        misfits.append(.word(word))
      }
    }
    if group != nil { misfits.append(.notClosed(side)) }
    return axes
  }

  private static func isName(_ word: String) -> Bool {
    guard let first = word.first, first.isASCII, first.isLetter else { return false }
    return word.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
  }
}
