/// Reads a pickle into an ``ObjectGraph``; protocols 0 to 5.
///
/// The machine of Python's `pickle`, with a stack, marks and a memo of indices into the graph. A
/// call becomes an object that names what would have been called.
struct PickleMachine {
  /// What went into the graph, and where the result is.
  struct Result {
    var graph: ObjectGraph
    var root: Int
    /// How many bytes the pickle has.
    var byteCount: Int
  }

  private var reader: ByteReader
  private let entry: String
  private let limits: Limits
  private var graph = ObjectGraph()
  private var stack: [Int] = []
  private var marks: [Int] = []
  private var memo: [Int: Int] = [:]
  private var opcodeOffset = 0
  private var opcode: UInt8 = 0

  private init(_ bytes: [UInt8], entry: String, limits: Limits) {
    reader = ByteReader(bytes, entry: entry)
    self.entry = entry
    self.limits = limits
  }

  /// Reads the pickle at the start of `bytes`.
  static func run(
    _ bytes: [UInt8], entry: String, limits: Limits
  ) throws(CheckpointError) -> Result {
    var machine = PickleMachine(bytes, entry: entry, limits: limits)
    return try machine.run()
  }

  private mutating func run() throws(CheckpointError) -> Result {
    while true {
      opcodeOffset = reader.offset
      opcode = try reader.byte()
      if opcode == UInt8(ascii: ".") { break }
      try execute()
    }
    guard stack.count == 1, marks.isEmpty else {
      throw bad("ends with \(stack.count) values and \(marks.count) open marks, expected one value")
    }
    return Result(graph: graph, root: stack[0], byteCount: reader.offset)
  }

  private func bad(
    _ message: String, _ code: CheckpointError.Code = .malformed
  ) -> CheckpointError {
    let name = UnicodeScalar(opcode)
    let shown =
      name.isASCII && opcode > 32 && opcode < 127 ? "'\(name)'" : "0x" + String(opcode, radix: 16)
    return CheckpointError(
      code, "opcode \(shown) \(message)", entry: entry, offset: opcodeOffset)
  }

  private mutating func execute() throws(CheckpointError) {
    switch opcode {
    // Frame.
    case 0x80:
      let version = try reader.byte()
      guard opcodeOffset == 0, version <= 5 else {
        throw bad("is protocol \(version) at byte \(opcodeOffset)", .unsupported)
      }
    case 0x95:
      _ = try reader.length(8)
    // Stack and memo.
    case UInt8(ascii: "("): marks.append(stack.count)
    case UInt8(ascii: "0"):
      if let mark = marks.last, mark == stack.count { marks.removeLast() } else { _ = try pop() }
    case UInt8(ascii: "1"): _ = try popToMark()
    case UInt8(ascii: "2"): stack.append(try top())
    case UInt8(ascii: "p"): memo[try decimal()] = try top()
    case UInt8(ascii: "q"): memo[Int(try reader.byte())] = try top()
    case UInt8(ascii: "r"): memo[Int(try reader.unsigned(4))] = try top()
    case 0x94: memo[memo.count] = try top()
    case UInt8(ascii: "g"): try recall(try decimal())
    case UInt8(ascii: "h"): try recall(Int(try reader.byte()))
    case UInt8(ascii: "j"): try recall(Int(try reader.unsigned(4)))
    // Constants and numbers.
    case UInt8(ascii: "N"): try push(.none)
    case 0x88: try push(.bool(true))
    case 0x89: try push(.bool(false))
    case UInt8(ascii: "I"): try pushDecimal(booleans: true)
    case UInt8(ascii: "L"): try pushDecimal(booleans: false)
    case UInt8(ascii: "J"): try push(.int(Int(Int32(truncatingIfNeeded: try reader.unsigned(4)))))
    case UInt8(ascii: "K"): try push(.int(Int(try reader.byte())))
    case UInt8(ascii: "M"): try push(.int(Int(try reader.unsigned(2))))
    case 0x8A: try pushInteger(Int(try reader.byte()))
    case 0x8B:
      let count = Int32(truncatingIfNeeded: try reader.unsigned(4))
      guard count >= 0 else { throw bad("has a negative length") }
      try pushInteger(Int(count))
    case UInt8(ascii: "F"):
      guard let value = Double(try line()) else { throw bad("is no number") }
      try push(.float(value))
    case UInt8(ascii: "G"):
      var bits: UInt64 = 0
      for byte in try reader.take(8) { bits = bits << 8 | UInt64(byte) }
      try push(.float(Double(bitPattern: bits)))
    // Texts and bytes.
    case UInt8(ascii: "S"): try push(.bytes(try quoted()))
    case UInt8(ascii: "T"): try pushBytes(4)
    case UInt8(ascii: "U"): try pushBytes(1)
    case UInt8(ascii: "B"): try pushBytes(4)
    case UInt8(ascii: "C"): try pushBytes(1)
    case 0x8E, 0x96: try pushBytes(8)
    case UInt8(ascii: "V"): try push(.string(try line()))
    case UInt8(ascii: "X"): try pushText(4)
    case 0x8C: try pushText(1)
    case 0x8D: try pushText(8)
    default: try executeOnObjects()
    }
  }

  private mutating func executeOnObjects() throws(CheckpointError) {
    switch opcode {
    // Tuples, lists, sets, dicts.
    case UInt8(ascii: ")"): try push(.tuple([]))
    case 0x85, 0x86, 0x87: try push(.tuple(try pop(Int(opcode) - 0x84)))
    case UInt8(ascii: "t"): try push(.tuple(try popToMark()))
    case UInt8(ascii: "]"): try push(.list([]))
    case UInt8(ascii: "l"): try push(.list(try popToMark()))
    case UInt8(ascii: "a"): try append([try pop()])
    case UInt8(ascii: "e"): try append(try popToMark())
    case UInt8(ascii: "}"): try push(.dict([]))
    case UInt8(ascii: "d"): try push(.dict(try pairs(try popToMark())))
    case UInt8(ascii: "s"): try setItems(try pop(2))
    case UInt8(ascii: "u"): try setItems(try popToMark())
    case 0x8F: try push(.set([]))
    case 0x90: try append(try popToMark())
    case 0x91: try push(.set(try popToMark()))
    // Names and calls.
    case UInt8(ascii: "c"):
      let module = try line()
      try push(.global(module: module, name: try line()))
    case 0x93:
      let both = try pop(2)
      guard let module = graph[both[0]].string, let name = graph[both[1]].string else {
        throw bad("needs two texts")
      }
      try push(.global(module: module, name: name))
    case UInt8(ascii: "i"):
      let module = try line()
      let name = try line()
      let arguments = try popToMark()
      try push(.global(module: module, name: name))
      try push(.tuple(arguments))
      try call(try pop(2))
    case UInt8(ascii: "o"):
      let all = try popToMark()
      guard let first = all.first else { throw bad("has no class") }
      try push(.tuple(Array(all.dropFirst())))
      try call([first, try pop()])
    case 0x81, UInt8(ascii: "R"): try call(try pop(2))
    case 0x92: try call(try pop(3))
    case UInt8(ascii: "b"): try build()
    case UInt8(ascii: "P"):
      let id = try line()
      try push(.string(id))
      try push(.persistent(id: try pop()))
    case UInt8(ascii: "Q"): try push(.persistent(id: try pop()))
    case 0x82, 0x83, 0x84, 0x97, 0x98:
      throw bad("is never found in a checkpoint and is not read", .unsupported)
    default: throw bad("does not exist; the pickle is damaged")
    }
  }
}

// The stack.
extension PickleMachine {
  private mutating func push(_ content: ObjectGraph.Content) throws(CheckpointError) {
    guard graph.contents.count < limits.pickleNodes else {
      throw bad("makes more than \(limits.pickleNodes) values", .limit)
    }
    stack.append(graph.contents.count)
    graph.contents.append(content)
    graph.offsets.append(opcodeOffset)
  }

  /// No opcode reaches below the topmost mark.
  private var reachable: Int { stack.count - (marks.last ?? 0) }

  private func top() throws(CheckpointError) -> Int {
    guard reachable > 0, let last = stack.last else { throw bad("finds the stack empty") }
    return last
  }

  private mutating func pop() throws(CheckpointError) -> Int {
    let last = try top()
    stack.removeLast()
    return last
  }

  private mutating func pop(_ count: Int) throws(CheckpointError) -> [Int] {
    guard reachable >= count else { throw bad("needs \(count) values, and \(reachable) are there") }
    defer { stack.removeLast(count) }
    return Array(stack.suffix(count))
  }

  private mutating func popToMark() throws(CheckpointError) -> [Int] {
    guard let mark = marks.popLast() else { throw bad("finds no mark") }
    defer { stack.removeLast(stack.count - mark) }
    return Array(stack[mark...])
  }

  private mutating func recall(_ index: Int) throws(CheckpointError) {
    guard let value = memo[index] else { throw bad("recalls \(index), which was never stored") }
    stack.append(value)
  }
}

// Arguments in the stream.
extension PickleMachine {
  private mutating func line() throws(CheckpointError) -> String {
    let bytes = try reader.line(limit: limits.lineBytes)
    guard let text = String(validating: bytes, as: UTF8.self) else { throw bad("is not UTF-8") }
    return text
  }

  private mutating func decimal() throws(CheckpointError) -> Int {
    guard let index = Int(try line()), index >= 0 else { throw bad("needs an index") }
    return index
  }

  private mutating func pushDecimal(booleans: Bool) throws(CheckpointError) {
    var text = try line()
    if booleans, text == "00" || text == "01" { return try push(.bool(text == "01")) }
    if text.hasSuffix("L") { text.removeLast() }
    let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
    guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && $0.isNumber }) else {
      throw bad("is no number")
    }
    try push(Int(text).map { .int($0) } ?? .largeInteger)
  }

  /// A number in two's complement, the lowest byte first.
  private mutating func pushInteger(_ count: Int) throws(CheckpointError) {
    guard count <= limits.integerBytes else { throw bad("is an integer of \(count) bytes", .limit) }
    let bytes = Array(try reader.take(count))
    guard count <= 8 else { return try push(.largeInteger) }
    var bits: UInt64 = bytes.last.map { $0 & 0x80 != 0 } ?? false ? .max : 0
    for byte in bytes.reversed() { bits = bits << 8 | UInt64(byte) }
    try push(.int(Int(Int64(bitPattern: bits))))
  }

  private mutating func pushBytes(_ width: Int) throws(CheckpointError) {
    try push(.bytes(Array(try reader.take(try reader.length(width)))))
  }

  private mutating func pushText(_ width: Int) throws(CheckpointError) {
    let bytes = try reader.take(try reader.length(width))
    // Python writes lone surrogates; they are shown as replacement characters.
    try push(.string(String(decoding: bytes, as: UTF8.self)))
  }

  /// A text of Python 2 in quotes, with escapes.
  private mutating func quoted() throws(CheckpointError) -> [UInt8] {
    let bytes = Array(try reader.line(limit: limits.pickleBytes))
    guard bytes.count >= 2, bytes[0] == bytes[bytes.count - 1],
      bytes[0] == UInt8(ascii: "'") || bytes[0] == UInt8(ascii: "\"")
    else { throw bad("is not in quotes") }
    return Array(bytes[1..<bytes.count - 1])
  }
}

// Containers and calls.
extension PickleMachine {
  private mutating func append(_ values: [Int]) throws(CheckpointError) {
    let target = try top()
    switch graph.contents[target] {
    case .list(var elements):
      graph.contents[target] = .none
      elements += values
      graph.contents[target] = .list(elements)
    case .set(let elements): graph.contents[target] = .set(elements + values)
    case .object(var object):
      graph.contents[target] = .none
      object.appended += values
      graph.contents[target] = .object(object)
    default: throw bad("appends to something that is no list")
    }
  }

  private func pairs(
    _ values: [Int]
  ) throws(CheckpointError) -> [(key: Int, value: Int)] {
    guard values.count.isMultiple(of: 2) else { throw bad("has a key without a value") }
    return stride(from: 0, to: values.count, by: 2).map { (values[$0], values[$0 + 1]) }
  }

  private mutating func setItems(_ values: [Int]) throws(CheckpointError) {
    let target = try top()
    let added = try pairs(values)
    switch graph.contents[target] {
    case .dict(var items):
      graph.contents[target] = .none
      items += added
      graph.contents[target] = .dict(items)
    case .object(var object):
      graph.contents[target] = .none
      object.items += added
      graph.contents[target] = .object(object)
    default: throw bad("sets items of something that is no dict")
    }
  }

  private mutating func call(_ parts: [Int]) throws(CheckpointError) {
    guard case .tuple = graph.contents[parts[1]] else { throw bad("needs a tuple of arguments") }
    try push(
      .object(
        ObjectGraph.Object(
          callee: parts[0], arguments: parts[1], keywords: parts.count > 2 ? parts[2] : nil)))
  }

  private mutating func build() throws(CheckpointError) {
    let state = try pop()
    let target = try top()
    switch graph.contents[target] {
    case .object(var object):
      object.states.append(state)
      graph.contents[target] = .object(object)
    // dill sets attributes of functions and modules that it names; nothing is done with these.
    case .global: break
    default: throw bad("gives a state to something that has none")
    }
  }
}
