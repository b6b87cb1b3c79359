public import Foundation

// A stream that survives a restart: its state as bytes.
//
// All numbers are little-endian.
//
// | offset | bytes | what |
// |---|---|---|
// | 0 | 8 | `CVSTREAM` |
// | 8 | 8 | the version of the format, 3: it changes where what kernels remember changes its order |
// | 16 | 8 | the fingerprint of the plan |
// | 24 | 8 | the number of frames seen |
// | 32 | 8 | the number F of floats |
// | 40 | 8 | the number N of integers |
// | 48 | 4 F | the floats |
// | 48 + 4 F | 8 N | the integers |
// | 48 + 4 F + 8 N | 8 | a checksum of all before |

/// Why bytes are not the state of a stream of a plan.
public enum StreamStateError: Error, Hashable, Sendable {
  /// They do not begin as a state does.
  case notAState
  /// They have a version of the format that this library does not read.
  case version(found: UInt64, expected: UInt64)
  /// They were written for another plan.
  case otherPlan(found: UInt64, expected: UInt64)
  /// There are more or fewer of them than the plan's state has.
  case length(found: Int, expected: Int)
  /// They do not fit their checksum.
  case damaged
}

extension StreamStateError: CustomStringConvertible {
  /// What was found, and what was expected.
  public var description: String {
    switch self {
    case .notAState: "this is not the state of a stream: it does not begin with CVSTREAM"
    case .version(let found, let expected):
      "the state has version \(found) of the format, and version \(expected) is read here"
    case .otherPlan:
      "the state belongs to another plan; give the network and the frames that it was written with"
    case .length(let found, let expected):
      "the state has \(found) bytes, and that of this plan has \(expected)"
    case .damaged: "the state is damaged: its bytes do not fit their checksum"
    }
  }
}

extension Plan {
  private static let stateVersion: UInt64 = 3
  private static let stateMark = Array("CVSTREAM".utf8)
  private static let stateHeader = 48

  /// Writes the state of a stream of this plan.
  ///
  /// - Parameter state: of a stream of this plan.
  /// - Returns: the bytes, the same on all machines.
  /// - Precondition: the state is one of this plan.
  public func data(of state: StreamState) -> Data {
    precondition(
      state.floatCount == layout.memoryCount && state.counters.count == layout.counterCount,
      "the state of a stream of another plan")
    var bytes: [UInt8] = []
    bytes.reserveCapacity(stateLength)
    bytes += Plan.stateMark
    for number in [
      Plan.stateVersion, fingerprint, UInt64(state.frames), UInt64(state.floatCount),
      UInt64(state.counters.count),
    ] { bytes.append(little: number) }
    for value in state.floats {
      let bits = value.bitPattern
      for shift in stride(from: 0, to: 32, by: 8) {
        bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(shift)))
      }
    }
    for value in state.counters { bytes.append(little: UInt64(bitPattern: Int64(value))) }
    bytes.append(little: Fingerprint(bytes).value)
    return Data(bytes)
  }

  /// Reads a state that ``data(of:)`` has written.
  ///
  /// The plan must be made of the same modules, for the same frames; that the weights are the same is not
  /// checked. The checksum finds damage, not intent: read only what you have written.
  ///
  /// - Parameter data: the bytes.
  /// - Returns: the state, with the bits that it had.
  /// - Throws: ``StreamStateError`` where the bytes are damaged, or belong to another plan or version.
  public func state(from data: Data) throws(StreamStateError) -> StreamState {
    let bytes = [UInt8](data)
    guard bytes.starts(with: Plan.stateMark) else { throw .notAState }
    guard bytes.count >= Plan.stateHeader else {
      throw .length(found: bytes.count, expected: stateLength)
    }
    let version = bytes.little(at: 8)
    guard version == Plan.stateVersion else {
      throw .version(found: version, expected: Plan.stateVersion)
    }
    guard bytes.little(at: 16) == fingerprint else {
      throw .otherPlan(found: bytes.little(at: 16), expected: fingerprint)
    }
    guard bytes.count == stateLength else {
      throw .length(found: bytes.count, expected: stateLength)
    }
    let end = bytes.count - 8
    guard Fingerprint(bytes[..<end]).value == bytes.little(at: end),
      bytes.little(at: 32) == UInt64(layout.memoryCount),
      bytes.little(at: 40) == UInt64(layout.counterCount),
      let frames = Int(exactly: bytes.little(at: 24))
    else { throw .damaged }
    let integers = Plan.stateHeader + 4 * layout.memoryCount
    var (memory, first) = StreamState.zeros(layout.memoryCount)
    for index in 0..<layout.memoryCount {
      let start = Plan.stateHeader + 4 * index
      let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[start + $1]) << UInt32(8 * $1) }
      memory[first + index] = Float(bitPattern: bits)
    }
    let counters = (0..<layout.counterCount).map {
      Int(Int64(bitPattern: bytes.little(at: integers + 8 * $0)))
    }
    return StreamState(memory: memory, counters: counters, start: first, frames: frames)
  }

  private var stateLength: Int {
    Plan.stateHeader + 4 * layout.memoryCount + 8 * layout.counterCount + 8
  }

  /// A number that plans have in common whose streams remember the same things in the same places.
  private var fingerprint: UInt64 {
    var words = ["\(inputFrame)", "\(output.id)"]
    for node in nodes {
      words += [
        node.path, node.typeName, node.inputs.map { String($0.id) }.joined(separator: ","),
        "\(node.output.frame)", "\(node.state.floats)", "\(node.state.counters)",
        "\(node.timing.rate)", "\(node.timing.warmUp)", "\(node.timing.receptiveField)",
      ]
    }
    return Fingerprint(Array(words.joined(separator: "\n").utf8)).value
  }
}

/// The 64-bit FNV-1a hash of bytes.
private struct Fingerprint {
  let value: UInt64

  init(_ bytes: some Sequence<UInt8>) {
    value = bytes.reduce(14_695_981_039_346_656_037) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
  }
}

extension Array where Element == UInt8 {
  fileprivate mutating func append(little number: UInt64) {
    for shift in stride(from: 0, to: 64, by: 8) {
      append(UInt8(truncatingIfNeeded: number >> UInt64(shift)))
    }
  }

  fileprivate func little(at offset: Int) -> UInt64 {
    (0..<8).reduce(UInt64(0)) { $0 | UInt64(self[offset + $1]) << UInt64(8 * $1) }
  }
}
