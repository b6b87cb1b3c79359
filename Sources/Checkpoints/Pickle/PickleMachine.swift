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
  var reader: ByteReader
  let entry: String
  let limits: Limits
  var graph = ObjectGraph()
  var stack: [ObjectGraph.Index] = []
  var marks: [Int] = []
  var memo: [Int: ObjectGraph.Index] = [:]
  /// The classes and functions that were named.
  var globals: [GlobalName: ObjectGraph.Index] = [:]
  /// How often some class or function was named.
  var globalUses = 0
  /// How many values were put on the stack, the same ones counted each time.
  var pushes = 0
  var opcodeOffset = 0
  private var opcode: UInt8 = 0
  private var instructions = 0

  /// A class or function by its name.
  struct GlobalName: Hashable {
    let module: String
    let name: String
  }

  fileprivate init(_ bytes: FileContents, entry: String, limits: Limits) {
    reader = ByteReader(bytes.prefix(limits.pickleBytes), entry: entry)
    self.entry = entry
    self.limits = limits
    graph.entry = entry
  }

  /// Follows all instructions; gives the place of the result, and the number of bytes.
  fileprivate mutating func run() throws(CheckpointError) -> (root: ObjectGraph.Index, Int) {
    do throws(CheckpointError) {
      while true {
        opcodeOffset = reader.offset
        if let fence = reader.fence, fence == opcodeOffset { reader.fence = nil }
        opcode = try reader.byte()
        if opcode == UInt8(ascii: ".") { break }
        instructions += 1
        guard instructions <= limits.instructions else {
          throw bad(.instructions(instructions, values: limits.pickleNodes))
        }
        try execute()
      }
      guard stack.count == 1, marks.isEmpty else {
        throw bad(.left(values: stack.count, marks: marks.count))
      }
      guard reader.fence == nil || reader.fence == reader.offset else {
        throw bad(.endInFrame)
      }
    } catch {
      var error = error
      if opcodeOffset < reader.count { error.operation = Opcode.name(opcode) ?? "" }
      throw error
    }
    return (stack[0], reader.offset)
  }

  func bad(_ finding: PickleFinding) -> CheckpointError {
    CheckpointError(finding, entry: entry, offset: opcodeOffset)
  }

  private mutating func execute() throws(CheckpointError) {
    switch opcode {
    case 0x80:
      let version = try reader.byte()
      guard opcodeOffset == 0, version <= 5 else {
        throw bad(.version(version))
      }
    case 0x95:
      guard reader.fence == nil else { throw bad(.frameInFrame) }
      let length = try reader.length(8)
      reader.fence = reader.offset + length
    // Stack and memo.
    case UInt8(ascii: "("):
      guard marks.count < limits.marks else {
        throw bad(.marks(limit: limits.marks))
      }
      marks.append(stack.count)
    case UInt8(ascii: "0"):
      if let mark = marks.last, mark == stack.count { marks.removeLast() } else { _ = try pop() }
    case UInt8(ascii: "1"): _ = try popToMark()
    case UInt8(ascii: "2"): try push(again: try top())
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
    case UInt8(ascii: "S"): try push(legacyText: try quotedBytes())
    case UInt8(ascii: "T"): try push(legacyText: try reader.take(try signedLength()))
    case UInt8(ascii: "U"): try push(legacyText: try counted(1))
    case UInt8(ascii: "C"): try push(bytes: try counted(1))
    case UInt8(ascii: "B"): try push(bytes: try counted(4))
    case 0x8E, 0x96: try push(bytes: try counted(8))
    case UInt8(ascii: "V"): try push(text: try escapedText())
    case UInt8(ascii: "X"): try push(text: try countedText(4))
    case 0x8C: try push(text: try countedText(1))
    case 0x8D: try push(text: try countedText(8))
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
    case UInt8(ascii: "c"): try pushGlobal()
    case 0x93:
      let both = Array(try pop(2))
      guard let module = graph.text(both[0]), let name = graph.text(both[1]) else {
        throw bad(.noTexts)
      }
      try pushGlobal(module, name)
    case UInt8(ascii: "i"):
      let arguments = try popToMark()
      try pushGlobal()
      try push(graph.tuple(of: arguments))
      try call(try pop(2))
    case UInt8(ascii: "o"):
      let all = try popToMark()
      guard let first = all.first else { throw bad(.noClass) }
      try push(again: first)
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
      throw bad(.unread)
    default:
      throw bad(.unknown(opcode))
    }
  }
}

/// What a pickle holds.
struct Unpickled {
  let root: PickledValue
  /// The number of bytes that the pickle has.
  let byteCount: Int

  /// Reads the pickle at the start of `bytes`.
  ///
  /// - Throws: ``CheckpointError`` if it is damaged, or asks for too much.
  init(_ bytes: FileContents, entry: String, limits: Limits) throws(CheckpointError) {
    var machine = PickleMachine(bytes, entry: entry, limits: limits)
    let (root, byteCount) = try machine.run()
    self.root = PickledValue(SharedGraph(machine.graph), root)
    self.byteCount = byteCount
  }
}
