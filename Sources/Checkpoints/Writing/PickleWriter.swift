/// Writes a pickle of protocol 2, with the instructions that PyTorch's own unpickler accepts.
///
/// Names of classes and functions, and the texts that every storage has, are written once and
/// remembered; the rest is written where it stands.
struct PickleWriter {
  /// The pickle so far.
  private(set) var bytes: [UInt8] = [0x80, 2]

  private var memo: [String: Int] = [:]

  mutating func none() { bytes.append(0x4E) }

  mutating func bool(_ value: Bool) { bytes.append(value ? 0x88 : 0x89) }

  mutating func int(_ value: Int) {
    switch value {
    case 0...0xFF: bytes += [0x4B, UInt8(value)]
    case 0...0xFFFF:
      bytes.append(0x4D)
      bytes.append(value, 2)
    case Int(Int32.min)...Int(Int32.max):
      bytes.append(0x4A)
      bytes.append(value, 4)
    default:
      bytes += [0x8A, 8]
      bytes.append(value, 8)
    }
  }

  mutating func double(_ value: Double) {
    bytes.append(0x47)
    for index in (0..<8).reversed() {
      bytes.append(UInt8(truncatingIfNeeded: value.bitPattern >> UInt64(8 * index)))
    }
  }

  mutating func text(_ value: String) {
    bytes.append(0x58)
    bytes.append(value.utf8.count, 4)
    bytes += Array(value.utf8)
  }

  /// A text that comes often.
  mutating func commonText(_ value: String) {
    remembered("text " + value) { $0.text(value) }
  }

  mutating func global(_ module: String, _ name: String) {
    remembered("global \(module) \(name)") { writer in
      writer.bytes += Array("c\(module)\n\(name)\n".utf8)
    }
  }

  /// What the values since a mark become.
  enum Ending: UInt8 {
    case tuple = 0x74
    /// Items of the dict before the mark, keys and values in turn.
    case items = 0x75
    /// Elements of the list before the mark.
    case elements = 0x65
  }

  /// Python ends a run of items or elements after so many, and starts the next.
  static let runLength = 1000

  mutating func mark() { bytes.append(0x28) }

  mutating func end(_ ending: Ending) { bytes.append(ending.rawValue) }

  mutating func ints(_ values: [Int]) {
    guard !values.isEmpty else {
      bytes.append(0x29)
      return
    }
    mark()
    for value in values { int(value) }
    end(.tuple)
  }

  /// Calls what was written before with the tuple that was written last.
  mutating func reduce() { bytes.append(0x52) }

  /// Takes the tuple that was written last for a reference beside the pickle.
  mutating func persistent() { bytes.append(0x51) }

  /// Gives what was written before the state that was written last.
  mutating func build() { bytes.append(0x62) }

  /// An `OrderedDict` without items.
  mutating func orderedDict() {
    global("collections", "OrderedDict")
    bytes.append(0x29)
    reduce()
  }

  /// A dict without items.
  mutating func dict() { bytes.append(0x7D) }

  /// A list without elements.
  mutating func list() { bytes.append(0x5D) }

  /// The end; nothing can follow.
  mutating func stop() { bytes.append(0x2E) }

  private mutating func remembered(_ name: String, _ write: (inout PickleWriter) -> Void) {
    if let place = memo[name] {
      if place < 256 {
        bytes += [0x68, UInt8(place)]
      } else {
        bytes.append(0x6A)
        bytes.append(place, 4)
      }
      return
    }
    write(&self)
    let place = memo.count
    memo[name] = place
    if place < 256 {
      bytes += [0x71, UInt8(place)]
    } else {
      bytes.append(0x72)
      bytes.append(place, 4)
    }
  }
}
