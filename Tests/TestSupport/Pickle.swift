/// Pieces of pickles, to be put together with `+`; nothing is checked.
///
/// ```swift
/// let pickle = Pickle.start() + Pickle.dict([("w", Pickle.tensor(key: "0", [2, 3]))]) + Pickle.stop
/// ```
public enum Pickle {
  public typealias Bytes = [UInt8]

  public static let stop: Bytes = [0x2E]
  public static let none: Bytes = [0x4E]
  public static let mark: Bytes = [0x28]
  public static let reduce: Bytes = [0x52]
  public static let build: Bytes = [0x62]
  public static let newObject: Bytes = [0x81]
  public static let persistent: Bytes = [0x51]
  public static let append: Bytes = [0x61]
  public static let setItem: Bytes = [0x73]
  public static let emptyList: Bytes = [0x5D]
  public static let emptyDict: Bytes = [0x7D]
  public static let emptyTuple: Bytes = [0x29]

  /// The first instruction, which torch writes for protocol 2.
  public static func start(_ version: UInt8 = 2) -> Bytes { [0x80, version] }

  /// A whole pickle of one value.
  public static func whole(_ value: Bytes) -> Bytes { start() + value + stop }

  public static func bool(_ value: Bool) -> Bytes { [value ? 0x88 : 0x89] }

  public static func int(_ value: Int) -> Bytes {
    switch value {
    case 0..<256: [0x4B, UInt8(value)]
    default: [0x8A, 8] + (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
  }

  public static func float(_ value: Double) -> Bytes {
    [0x47] + (0..<8).map { UInt8(truncatingIfNeeded: value.bitPattern >> (56 - 8 * $0)) }
  }

  public static func text(_ string: String) -> Bytes { text(bytes: Array(string.utf8)) }

  public static func text(bytes: Bytes) -> Bytes {
    [0x58] + (0..<4).map { UInt8(truncatingIfNeeded: bytes.count >> (8 * $0)) } + bytes
  }

  public static func global(_ module: String, _ name: String) -> Bytes {
    [0x63] + module.utf8 + [10] + name.utf8 + [10]
  }

  public static func tuple(_ values: [Bytes]) -> Bytes { mark + values.joined() + [0x74] }

  public static func ints(_ values: [Int]) -> Bytes { tuple(values.map(int)) }

  public static func list(_ values: [Bytes]) -> Bytes {
    emptyList + mark + values.joined() + [0x65]
  }

  public static func dict(_ pairs: [(String, Bytes)]) -> Bytes { emptyDict + items(pairs) }

  /// Sets items of whatever is on the stack.
  public static func items(_ pairs: [(String, Bytes)]) -> Bytes {
    mark + pairs.flatMap { text($0.0) + $0.1 } + [0x75]
  }

  public static func call(_ callee: Bytes, _ arguments: [Bytes]) -> Bytes {
    callee + tuple(arguments) + reduce
  }

  public static let orderedDict = call(global("collections", "OrderedDict"), [])

  public static func put(_ place: UInt8) -> Bytes { [0x71, place] }
  public static func get(_ place: UInt8) -> Bytes { [0x68, place] }

  /// A reference to a storage of `count` elements.
  public static func storage(
    key: String, _ count: Int, type: String = "FloatStorage", module: String = "torch",
    view: Bytes? = nil
  ) -> Bytes {
    tuple(
      [text("storage"), global(module, type), text(key), text("cpu"), int(count)]
        + (view.map { [$0] } ?? []))
      + persistent
  }

  /// A tensor on the storage of a key, contiguous where no strides are given.
  public static func tensor(
    key: String = "0", _ shape: [Int], strides: [Int]? = nil, offset: Int = 0,
    count: Int? = nil, type: String = "FloatStorage", metadata: Bytes? = nil, view: Bytes? = nil
  ) -> Bytes {
    call(
      global("torch._utils", "_rebuild_tensor_v2"),
      [
        storage(key: key, count ?? shape.reduce(1, *), type: type, view: view), int(offset),
        ints(shape), ints(strides ?? contiguous(shape)), bool(false), orderedDict,
      ] + (metadata.map { [$0] } ?? []))
  }

  /// A tensor of a type that has no storage class, on `byteCount` bytes.
  public static func untypedTensor(
    key: String = "0", _ shape: [Int], type: String, byteCount: Int
  ) -> Bytes {
    call(
      global("torch._utils", "_rebuild_tensor_v3"),
      [
        storage(key: key, byteCount, type: "UntypedStorage", module: "torch.storage"), int(0),
        ints(shape), ints(contiguous(shape)), bool(false), orderedDict, global("torch", type),
      ])
  }

  private static func contiguous(_ shape: [Int]) -> [Int] {
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * shape[axis + 1]
    }
    return strides
  }
}
