/// What a regular expression consists of.
indirect enum NamePatternNode {
  case characters(NamePattern.Characters)
  case condition(NamePattern.Condition)
  case sequence([NamePatternNode])
  case alternatives([NamePatternNode])
  case group(Int, NamePatternNode)
  case repeated(NamePatternNode, least: Int, most: Int?, isGreedy: Bool)
}

/// Reads the syntax that Python's `re` and others share.
struct NamePatternParser {
  private var rest: ArraySlice<Unicode.Scalar>
  private var groups = 0
  private var depth = 0

  static let digits = NamePattern.Characters(ranges: [48...57])
  static let word = NamePattern.Characters(ranges: [48...57, 65...90, 95...95, 97...122])
  static let spaces = NamePattern.Characters(ranges: [9...13, 32...32])

  init(_ text: String) { rest = Array(text.unicodeScalars)[...] }

  /// Reads all of it.
  ///
  /// - Returns: what it consists of, and the number of its groups.
  mutating func parse() throws(PatternError) -> (NamePatternNode, Int) {
    let node = try alternatives()
    guard rest.isEmpty else { throw .surplus }
    return (node, groups)
  }

  private mutating func alternatives() throws(PatternError) -> NamePatternNode {
    depth += 1
    defer { depth -= 1 }
    guard depth <= 50 else { throw .depth(limit: 50) }
    var branches = [try sequence()]
    while rest.first == "|" {
      rest.removeFirst()
      branches.append(try sequence())
    }
    return branches.count == 1 ? branches[0] : .alternatives(branches)
  }

  private mutating func sequence() throws(PatternError) -> NamePatternNode {
    var parts: [NamePatternNode] = []
    while let next = rest.first, next != "|", next != ")" { parts.append(try repeated()) }
    return .sequence(parts)
  }

  private mutating func repeated() throws(PatternError) -> NamePatternNode {
    var node = try atom()
    while let (least, most) = try quantifier() {
      let isGreedy = rest.first != "?"
      if !isGreedy { rest.removeFirst() }
      guard rest.first != "+" else { throw .possessive }
      node = .repeated(node, least: least, most: most, isGreedy: isGreedy)
    }
    return node
  }

  private mutating func quantifier() throws(PatternError) -> (Int, Int?)? {
    switch rest.first {
    case "*":
      rest.removeFirst()
      return (0, nil)
    case "+":
      rest.removeFirst()
      return (1, nil)
    case "?":
      rest.removeFirst()
      return (0, 1)
    case "{":
      guard let end = rest.firstIndex(of: "}") else {
        throw .unclosed("{", "}")
      }
      let text = String(String.UnicodeScalarView(rest[(rest.startIndex + 1)..<end]))
      let parts = text.split(separator: ",", omittingEmptySubsequences: false)
      let least = Int(parts[0])
      let most = parts.count == 1 ? least : Int(parts[1])
      guard let least, parts.count <= 2, parts.count == 1 || parts[1].isEmpty || most != nil,
        0...1000 ~= least, least...1000 ~= most ?? least
      else { throw .repetition(text, limit: 1000) }
      rest = rest[(end + 1)...]
      return (least, most)
    default: return nil
    }
  }

  private mutating func atom() throws(PatternError) -> NamePatternNode {
    guard let next = rest.popFirst() else { throw .end }
    switch next {
    case "(": return try group()
    case "[": return .characters(try set())
    case ".": return .characters(NamePattern.Characters(ranges: [10...10], isNegated: true))
    case "^": return .condition(.start)
    case "$": return .condition(.end)
    case "*", "+", "?", "{": throw .nothingToRepeat(next)
    case "\\":
      switch rest.first {
      case "b":
        rest.removeFirst()
        return .condition(.edge)
      case "B":
        rest.removeFirst()
        return .condition(.noEdge)
      case "A":
        rest.removeFirst()
        return .condition(.start)
      case "z", "Z":
        rest.removeFirst()
        return .condition(.end)
      default: return .characters(try escaped())
      }
    default: return .characters(NamePattern.Characters(ranges: [next.value...next.value]))
    }
  }

  private mutating func group() throws(PatternError) -> NamePatternNode {
    var number: Int?
    if rest.first == "?" {
      rest.removeFirst()
      guard rest.popFirst() == ":" else {
        throw .group
      }
    } else {
      groups += 1
      guard groups <= 100 else { throw .groups(limit: 100) }
      number = groups
    }
    let inside = try alternatives()
    guard rest.popFirst() == ")" else { throw .unclosed("(", ")") }
    return number.map { .group($0, inside) } ?? inside
  }

  /// What follows a backslash, as a set.
  private mutating func escaped() throws(PatternError) -> NamePattern.Characters {
    guard let next = rest.popFirst() else { throw .backslash }
    func negated(_ set: NamePattern.Characters) -> NamePattern.Characters {
      NamePattern.Characters(ranges: set.ranges, isNegated: true)
    }
    switch next {
    case "d": return NamePatternParser.digits
    case "D": return negated(NamePatternParser.digits)
    case "w": return NamePatternParser.word
    case "W": return negated(NamePatternParser.word)
    case "s": return NamePatternParser.spaces
    case "S": return negated(NamePatternParser.spaces)
    case "n": return NamePattern.Characters(ranges: [10...10])
    case "t": return NamePattern.Characters(ranges: [9...9])
    case "r": return NamePattern.Characters(ranges: [13...13])
    default:
      guard !NamePatternParser.word.contains(next.value) else {
        throw .escape(next)
      }
      return NamePattern.Characters(ranges: [next.value...next.value])
    }
  }

  /// The inside of brackets.
  private mutating func set() throws(PatternError) -> NamePattern.Characters {
    var set = NamePattern.Characters()
    if rest.first == "^" {
      rest.removeFirst()
      set.isNegated = true
    }
    var isFirst = true
    while let next = rest.popFirst() {
      if next == "]", !isFirst { return set }
      isFirst = false
      if next == "[" { throw .bracket }
      var low = next.value
      if next == "\\" {
        let escape = try escaped()
        guard !escape.isNegated else { throw .negatedClass }
        set.ranges += escape.ranges
        guard escape.ranges.count == 1, escape.ranges[0].count == 1 else { continue }
        low = escape.ranges[0].lowerBound
      }
      guard rest.first == "-", let high = rest.dropFirst().first, high != "]" else {
        set.ranges.append(low...low)
        continue
      }
      rest.removeFirst(2)
      guard high != "\\", high.value >= low else { throw .range }
      set.ranges.append(low...high.value)
    }
    throw .unclosed("[", "]")
  }
}

/// Makes instructions of what a regular expression consists of.
struct NamePatternCompiler {
  private(set) var instructions: [NamePattern.Instruction] = []

  mutating func append(instruction: NamePattern.Instruction) throws(PatternError) {
    guard instructions.count < NamePattern.largest else {
      throw .size
    }
    instructions.append(instruction)
  }

  mutating func append(_ node: NamePatternNode) throws(PatternError) {
    switch node {
    case .characters(let set): try append(instruction: .characters(set))
    case .condition(let condition): try append(instruction: .condition(condition))
    case .sequence(let parts): for part in parts { try append(part) }
    case .group(let number, let inside):
      try append(instruction: .save(2 * number))
      try append(inside)
      try append(instruction: .save(2 * number + 1))
    case .alternatives(let branches):
      var ends: [Int] = []
      for (index, branch) in branches.enumerated() {
        let start = instructions.count
        let isLast = index == branches.count - 1
        if !isLast { try append(instruction: .split(start + 1, 0)) }
        try append(branch)
        if isLast { break }
        ends.append(instructions.count)
        try append(instruction: .jump(0))
        instructions[start] = .split(start + 1, instructions.count)
      }
      for end in ends { instructions[end] = .jump(instructions.count) }
    case .repeated(let inside, let least, let most, let isGreedy):
      for _ in 0..<least { try append(inside) }
      func split(_ inside: Int, _ behind: Int) -> NamePattern.Instruction {
        isGreedy ? .split(inside, behind) : .split(behind, inside)
      }
      guard let most else {
        let start = instructions.count
        try append(instruction: .split(0, 0))
        try append(inside)
        try append(instruction: .jump(start))
        instructions[start] = split(start + 1, instructions.count)
        return
      }
      var starts: [Int] = []
      for _ in least..<most {
        starts.append(instructions.count)
        try append(instruction: .split(0, 0))
        try append(inside)
      }
      for start in starts { instructions[start] = split(start + 1, instructions.count) }
    }
  }
}
