import Foundation

/// Reads a pickle into an ``ObjectGraph``; protocols 0 to 5.
///
/// The machine of Python's `pickle`, with a stack, marks and a memo of indices into the graph. A
/// call becomes an object that names what would have been called. `{"w": 1}` is
///
///     80 02          PROTO 2
///     7D             EMPTY_DICT       [dict]
///     58 01 0 0 0 w  BINUNICODE       [dict, "w"]
///     4B 01          BININT1 1        [dict, "w", 1]
///     73             SETITEM          [dict]
///     2E             STOP
///
/// No instruction reaches below the topmost mark, and none crosses the end of its frame.
struct PickleMachine {
  /// What went into the graph, and where the result is.
  struct Result {
    var root: PickledValue
    /// How many bytes the pickle has.
    var byteCount: Int
  }

  var reader: ByteReader
  let entry: String
  let limits: Limits
  var graph = ObjectGraph()
  private var stack: [ObjectGraph.Index] = []
  private var marks: [Int] = []
  private var memo: [Int: ObjectGraph.Index] = [:]
  private var opcodeOffset = 0
  private var opcode: UInt8 = 0

  private init(_ bytes: Data, entry: String, limits: Limits) {
    reader = ByteReader(bytes.prefix(limits.pickleBytes), entry: entry)
    self.entry = entry
    self.limits = limits
    graph.entry = entry
  }

  /// Reads the pickle at the start of `bytes`.
  static func run(
    _ bytes: Data, entry: String, limits: Limits
  ) throws(CheckpointError) -> Result {
    var machine = PickleMachine(bytes, entry: entry, limits: limits)
    return try machine.run()
  }

  private mutating func run() throws(CheckpointError) -> Result {
    do throws(CheckpointError) {
      while true {
        opcodeOffset = reader.offset
        if let fence = reader.fence, fence == opcodeOffset { reader.fence = nil }
        opcode = try reader.byte()
        if opcode == UInt8(ascii: ".") { break }
        try execute()
      }
      guard stack.count == 1, marks.isEmpty else {
        throw bad("leaves \(stack.count) values and \(marks.count) open marks, expected one value")
      }
      guard reader.fence == nil || reader.fence == reader.offset else {
        throw bad("comes before the end of its frame")
      }
    } catch {
      var error = error
      if opcodeOffset < reader.count { error.operation = Opcode.name(opcode) ?? "" }
      throw error
    }
    return Result(root: PickledValue(SharedGraph(graph), stack[0]), byteCount: reader.offset)
  }

  func bad(
    _ message: String, _ code: CheckpointError.Code = .malformed
  ) -> CheckpointError {
    CheckpointError(code, message, entry: entry, offset: opcodeOffset)
  }

  private mutating func execute() throws(CheckpointError) {
    switch opcode {
    case 0x80:
      let version = try reader.byte()
      guard opcodeOffset == 0, version <= 5 else {
        throw bad("asks for protocol \(version), expected 0 to 5, in the beginning", .unsupported)
      }
    case 0x95:
      guard reader.fence == nil else { throw bad("starts a frame within a frame") }
      let length = try reader.length(8)
      reader.fence = reader.offset + length
    // Stack and memo.
    case UInt8(ascii: "("):
      guard marks.count < limits.marks else {
        throw bad("is mark number \(marks.count + 1) that is open", .limit)
      }
      marks.append(stack.count)
    case UInt8(ascii: "0"):
      if let mark = marks.last, mark == stack.count { marks.removeLast() } else { _ = try pop() }
    case UInt8(ascii: "1"): _ = try popToMark()
    case UInt8(ascii: "2"): stack.append(try top())
    case UInt8(ascii: "p"): try remember(try decimalIndex())
    case UInt8(ascii: "q"): try remember(Int(try reader.byte()))
    case UInt8(ascii: "r"): try remember(Int(try reader.unsigned(4)))
    case 0x94: try remember(memo.count)
    case UInt8(ascii: "g"): try recall(try decimalIndex())
    case UInt8(ascii: "h"): try recall(Int(try reader.byte()))
    case UInt8(ascii: "j"): try recall(Int(try reader.unsigned(4)))
    // Constants and numbers.
    case UInt8(ascii: "N"): try push(.none)
    case 0x88: try push(.bool(true))
    case 0x89: try push(.bool(false))
    case UInt8(ascii: "I"): try push(try decimal(orBoolean: true))
    case UInt8(ascii: "L"): try push(try decimal(orBoolean: false))
    case UInt8(ascii: "J"): try push(.int(Int(Int32(truncatingIfNeeded: try reader.unsigned(4)))))
    case UInt8(ascii: "K"): try push(.int(Int(try reader.byte())))
    case UInt8(ascii: "M"): try push(.int(Int(try reader.unsigned(2))))
    case 0x8A: try push(try integer(Int(try reader.byte())))
    case 0x8B: try push(try integer(try signedLength()))
    case UInt8(ascii: "F"): try push(.float(try decimalFloat()))
    case UInt8(ascii: "G"): try push(.float(try binaryFloat()))
    // Texts and bytes.
    case UInt8(ascii: "S"): try push(bytes: try quotedBytes())
    case UInt8(ascii: "T"): try push(bytes: try reader.take(try signedLength()))
    case UInt8(ascii: "U"), UInt8(ascii: "C"): try push(bytes: try counted(1))
    case UInt8(ascii: "B"): try push(bytes: try counted(4))
    case 0x8E, 0x96: try push(bytes: try counted(8))
    case UInt8(ascii: "V"): try push(text: try escapedText())
    case UInt8(ascii: "X"): try push(text: try text(try counted(4)))
    case 0x8C: try push(text: try text(try counted(1)))
    case 0x8D: try push(text: try text(try counted(8)))
    default: try executeOnObjects()
    }
  }

  private mutating func executeOnObjects() throws(CheckpointError) {
    switch opcode {
    // Tuples, lists, sets, dicts.
    case UInt8(ascii: ")"): try push(graph.tuple(of: []))
    case 0x85, 0x86, 0x87: try push(graph.tuple(of: try pop(Int(opcode) - 0x84)))
    case UInt8(ascii: "t"): try push(graph.tuple(of: try popToMark()))
    case UInt8(ascii: "]"): try push(.list(graph.store(list: [])))
    case UInt8(ascii: "l"): try push(.list(graph.store(list: Array(try popToMark()))))
    case UInt8(ascii: "a"): try append([try pop()])
    case UInt8(ascii: "e"): try append(try popToMark())
    case UInt8(ascii: "}"): try push(.dict(graph.store(list: [])))
    case UInt8(ascii: "d"):
      let items = try popToMark()
      try checkPairs(items)
      try push(.dict(graph.store(list: Array(items))))
    case UInt8(ascii: "s"): try setItems(try pop(2))
    case UInt8(ascii: "u"): try setItems(try popToMark())
    case 0x8F: try push(.set(graph.store(list: [])))
    case 0x90: try addToSet(try popToMark())
    case 0x91: try push(.set(graph.store(list: Array(try popToMark()))))
    // Names and calls.
    case UInt8(ascii: "c"): try push(try namedGlobal())
    case 0x93:
      let both = Array(try pop(2))
      guard let module = graph.text(both[0]), let name = graph.text(both[1]) else {
        throw bad("needs a module and a name, and finds no two texts")
      }
      try push(global(module, name))
    case UInt8(ascii: "i"):
      let global = try namedGlobal()
      let arguments = try popToMark()
      try push(global)
      try push(graph.tuple(of: arguments))
      try call(try pop(2))
    case UInt8(ascii: "o"):
      let all = try popToMark()
      guard let first = all.first else { throw bad("has no class") }
      stack.append(first)
      try push(graph.tuple(of: all.dropFirst()))
      try call(try pop(2))
    case 0x81, UInt8(ascii: "R"): try call(try pop(2))
    case 0x92: try call(try pop(3))
    case UInt8(ascii: "b"): try build()
    case UInt8(ascii: "P"):
      try push(text: try line())
      try push(.persistent(id: try pop()))
    case UInt8(ascii: "Q"): try push(.persistent(id: try pop()))
    case 0x82, 0x83, 0x84, 0x97, 0x98:
      throw bad("is never found in a checkpoint and is not read", .unsupported)
    default:
      throw bad(
        "there is no instruction \(hexadecimal(UInt32(opcode))); the pickle is damaged")
    }
  }
}

// The stack and the memo.
extension PickleMachine {
  private mutating func push(_ node: ObjectGraph.Node) throws(CheckpointError) {
    guard graph.nodes.count < limits.pickleNodes else {
      throw bad("makes more than \(limits.pickleNodes) values", .limit)
    }
    stack.append(graph.add(node, at: UInt32(opcodeOffset)))
  }

  private mutating func push(text: String) throws(CheckpointError) {
    try push(.text(graph.store(text: text)))
  }

  private mutating func push(bytes: [UInt8]) throws(CheckpointError) {
    try push(.bytes(graph.store(bytes: bytes)))
  }

  /// No instruction reaches below the topmost mark.
  private var reachable: Int { stack.count - (marks.last ?? 0) }

  private func top() throws(CheckpointError) -> ObjectGraph.Index {
    guard reachable > 0, let last = stack.last else { throw bad("finds nothing on the stack") }
    return last
  }

  private mutating func pop() throws(CheckpointError) -> ObjectGraph.Index {
    let last = try top()
    stack.removeLast()
    return last
  }

  private mutating func pop(
    _ count: Int
  ) throws(CheckpointError) -> ArraySlice<ObjectGraph.Index> {
    guard reachable >= count else {
      throw bad("needs \(count) values, and \(reachable) are on the stack")
    }
    defer { stack.removeLast(count) }
    return ArraySlice(Array(stack.suffix(count)))
  }

  private mutating func popToMark() throws(CheckpointError) -> ArraySlice<ObjectGraph.Index> {
    guard let mark = marks.popLast() else { throw bad("finds no mark on the stack") }
    defer { stack.removeLast(stack.count - mark) }
    return ArraySlice(Array(stack[mark...]))
  }

  private mutating func remember(_ place: Int) throws(CheckpointError) {
    memo[place] = try top()
    guard memo.count <= limits.memoEntries else {
      throw bad("remembers more than \(limits.memoEntries) values", .limit)
    }
  }

  private mutating func recall(_ place: Int) throws(CheckpointError) {
    guard let value = memo[place] else {
      throw bad("recalls number \(place), which was never stored")
    }
    stack.append(value)
  }
}

// Containers and calls.
extension PickleMachine {
  private mutating func append(
    _ values: ArraySlice<ObjectGraph.Index>
  ) throws(CheckpointError) {
    switch graph[try top()] {
    case .list(let place): graph.lists[Int(place)] += values
    case .object(let place): graph.objects[Int(place)].appended += values
    default: throw bad("appends to something that is no list")
    }
  }

  private mutating func addToSet(
    _ values: ArraySlice<ObjectGraph.Index>
  ) throws(CheckpointError) {
    switch graph[try top()] {
    case .set(let place): graph.lists[Int(place)] += values
    case .object(let place): graph.objects[Int(place)].appended += values
    default: throw bad("adds to something that is no set")
    }
  }

  private func checkPairs(
    _ values: ArraySlice<ObjectGraph.Index>
  ) throws(CheckpointError) {
    guard values.count.isMultiple(of: 2) else { throw bad("has a key without a value") }
  }

  private mutating func setItems(
    _ values: ArraySlice<ObjectGraph.Index>
  ) throws(CheckpointError) {
    try checkPairs(values)
    switch graph[try top()] {
    case .dict(let place): graph.lists[Int(place)] += values
    case .object(let place): graph.objects[Int(place)].items += values
    default: throw bad("sets items of something that is no dict")
    }
  }

  private mutating func namedGlobal() throws(CheckpointError) -> ObjectGraph.Node {
    let module = try line()
    return global(module, try line())
  }

  private mutating func global(_ module: String, _ name: String) -> ObjectGraph.Node {
    .global(module: graph.store(text: module), name: graph.store(text: name))
  }

  /// Callee, arguments and perhaps keywords become an object; nothing is called.
  private mutating func call(
    _ parts: ArraySlice<ObjectGraph.Index>
  ) throws(CheckpointError) {
    let parts = Array(parts)
    switch graph[parts[0]] {
    case .global, .object, .persistent: break
    default: throw bad("calls something that is no class or function")
    }
    guard case .tuple = graph[parts[1]] else { throw bad("needs a tuple of arguments") }
    let keywords = parts.count > 2 ? parts[2] : nil
    if let keywords {
      guard case .dict = graph[keywords] else { throw bad("needs a dict of named arguments") }
    }
    try push(
      graph.object(
        ObjectGraph.Object(callee: parts[0], arguments: parts[1], keywords: keywords)))
  }

  private mutating func build() throws(CheckpointError) {
    let state = try pop()
    switch graph[try top()] {
    case .object(let place): graph.objects[Int(place)].states.append(state)
    // dill sets attributes of functions and modules that it names; they are not used.
    case .global: break
    default: throw bad("gives a state to something that has none")
    }
  }
}
