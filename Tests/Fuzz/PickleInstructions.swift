import TestSupport

/// A pickle as its instructions, so that it can be changed between them.
///
/// Bytes behind the last instruction that is understood are kept as they are.
struct PickleInstructions {
  /// The instructions, each with its argument.
  var list: [[UInt8]] = []
  /// What follows the last pickle: in a legacy file, the storages.
  var tail: [UInt8] = []

  /// Splits `count` pickles, one after the other.
  init(_ bytes: [UInt8], pickles count: Int = 1) {
    var place = 0
    var stops = 0
    while place < bytes.count, stops < count,
      let length = PickleInstructions.length(bytes[place...])
    {
      if bytes[place] == UInt8(ascii: ".") { stops += 1 }
      list.append([UInt8](bytes[place..<place + length]))
      place += length
    }
    tail = [UInt8](bytes[place...])
  }

  /// The bytes again; frames, which say how long they are, are left out.
  var bytes: [UInt8] { list.flatMap { $0.first == 0x95 ? [] : $0 } + tail }

  /// How long the first instruction is; nil where it reaches beyond the end.
  private static func length(_ bytes: ArraySlice<UInt8>) -> Int? {
    func counted(_ width: Int) -> Int? {
      guard bytes.count > width else { return nil }
      let count = bytes.dropFirst().prefix(width).reversed().reduce(0) { $0 << 8 | Int($1) }
      return (0..<1 << 24).contains(count) ? 1 + width + count : nil
    }
    func lines(_ count: Int) -> Int? {
      var left = count
      for index in bytes.indices.dropFirst() where bytes[index] == 10 {
        left -= 1
        if left == 0 { return index - bytes.startIndex + 1 }
      }
      return nil
    }
    let length: Int? =
      switch bytes.first {
      case 0x80, 0x4B, 0x71, 0x68, 0x82: 2
      case 0x4D, 0x83: 3
      case 0x4A, 0x72, 0x6A, 0x84: 5
      case 0x47, 0x95: 9
      case 0x8A, 0x55, 0x43, 0x8C: counted(1)
      case 0x54, 0x42, 0x58, 0x8B: counted(4)
      case 0x8D, 0x8E, 0x96: counted(8)
      case 0x49, 0x4C, 0x46, 0x53, 0x56, 0x50, 0x67, 0x70: lines(1)
      case 0x63, 0x69: lines(2)
      case nil: nil
      default: 1
      }
    guard let length, length <= bytes.count else { return nil }
    return length
  }
}

// Changes.
extension PickleInstructions {
  /// Instructions without an argument.
  private static let plain: [UInt8] = [
    0x28, 0x29, 0x2E, 0x30, 0x31, 0x32, 0x4E, 0x51, 0x52, 0x5D, 0x61, 0x62, 0x64, 0x65, 0x6C, 0x6F,
    0x73, 0x74, 0x75, 0x7D, 0x81, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8F, 0x90, 0x91, 0x92, 0x93, 0x94,
  ]

  /// One change between or within instructions; `other` gives instructions of another pickle.
  mutating func change(_ other: PickleInstructions, using random: inout SeededRandom) {
    guard !list.isEmpty else { return }
    let place = Int.random(in: list.indices, using: &random)
    switch Int.random(in: 0..<20, using: &random) {
    case 0: list.remove(at: place)
    case 1: list.insert(list[place], at: place)
    case 2: list.swapAt(place, Int.random(in: list.indices, using: &random))
    case 3: list[place] = [random.pick(PickleInstructions.plain)]
    case 4: list.insert([random.pick(PickleInstructions.plain)], at: place)
    case 5:
      let end = min(place + Int.random(in: 1...30, using: &random), list.count)
      list.insert(contentsOf: Array(list[place..<end]), at: place)
    case 6:
      list.removeSubrange(place..<min(place + Int.random(in: 1...10, using: &random), list.count))
    case 7: insert(other, using: &random)
    case 8: list.insert([0x68, UInt8.random(in: 0...40, using: &random)], at: place)
    case 9: list.insert(RandomPickle.value(depth: 3, using: &random), at: place)
    case 10: repeatDeeply(at: place, using: &random)
    case 11 where !list[place].isEmpty:
      list[place][Int.random(in: list[place].indices, using: &random)] = .random(
        in: .min ... .max, using: &random)
    default: changeArgument(near: place, using: &random)
    }
  }

  /// Puts a stretch of another pickle between the instructions.
  mutating func insert(_ other: PickleInstructions, using random: inout SeededRandom) {
    guard !other.list.isEmpty else { return }
    let start = Int.random(in: other.list.indices, using: &random)
    let end = min(start + Int.random(in: 1...40, using: &random), other.list.count)
    let place = Int.random(in: 0...list.count, using: &random)
    list.insert(contentsOf: Array(other.list[start..<end]), at: place)
  }

  /// Another number, text or name in the first instruction from a place on that has one.
  private mutating func changeArgument(near start: Int, using random: inout SeededRandom) {
    for place in Array(start..<list.count) + Array(0..<start) {
      switch list[place].first {
      case 0x4A, 0x4B, 0x4D, 0x8A, 0x88, 0x89:
        list[place] = RandomPickle.number(using: &random)
      case 0x47: list[place] = RandomPickle.float(using: &random)
      case 0x58, 0x8C: list[place] = RandomPickle.text(using: &random)
      case 0x63: list[place] = RandomPickle.global(using: &random)
      case 0x68: list[place] = [0x68, UInt8.random(in: 0...40, using: &random)]
      default: continue
      }
      return
    }
  }

  /// Many times the same: nesting, doubling, and marks.
  private mutating func repeatDeeply(at place: Int, using random: inout SeededRandom) {
    let pattern: [UInt8] = random.pick([
      [0x85], [0x32, 0x86], [0x28], [0x5D], [0x7D], [0x5D, 0x32, 0x61], [0x32, 0x29, 0x52], [0x32],
      [0x51], [0x4E, 0x86], [0x29, 0x81], [0x94],
    ])
    let count = random.pick([10, 40, 999, 3000])
    list.insert(contentsOf: [[UInt8]](repeating: pattern, count: count), at: place)
  }
}
