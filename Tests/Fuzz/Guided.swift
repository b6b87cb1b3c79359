#if GUIDED
import CLibFuzzer
import Foundation
import TestSupport

// What libFuzzer calls. The pointers it gives are to as many bytes as it says, and are used within the
// call alone; libFuzzer calls from one thread, one after the other.

/// What all calls share.
private struct Guided: Sendable {
  let folder: URL
  let seeds: [Seed]

  init() {
    folder = FileManager.default.temporaryDirectory
      .appending(path: "coverify-\(ProcessInfo.processInfo.processIdentifier)")
    let fixtures = ProcessInfo.processInfo.environment["COVERIFY_FIXTURES"] ?? "fixtures"
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      seeds = try Seed.all(fixtures: URL(filePath: fixtures))
    } catch {
      fatalError("the fixtures cannot be read, or no folder be made: \(error)")
    }
  }

  static let shared = Guided()
}

@_cdecl("LLVMFuzzerInitialize")
public func initialize(
  _ count: UnsafeMutablePointer<CInt>?, _ arguments: UnsafeMutableRawPointer?
) -> CInt {
  let guided = Guided.shared
  guard let folder = ProcessInfo.processInfo.environment["COVERIFY_SEEDS"] else { return 0 }
  // Asked to write what to begin with, and nothing else.
  do {
    for (index, seed) in guided.seeds.enumerated() {
      try Data(Input(seed).packed).write(to: URL(filePath: folder).appending(path: "seed-\(index)"))
    }
    let words = Words.all.map { "\"\($0)\"\n" }.joined()
    try Data(words.utf8).write(to: URL(filePath: folder + ".dictionary"))
    exit(0)
  } catch {
    fatalError("\(error)")
  }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = Input(packed: unsafe Array(UnsafeBufferPointer(start: data, count: count)))
  let before = Usage()
  do {
    _ = try Exercise(folder: Guided.shared.folder).run(input)
  } catch {
    fatalError("the input cannot be written to a file: \(error)")
  }
  // Processor time: libFuzzer itself looks at the clock, which other programs make slower.
  let (seconds, megabytes) = Usage().since(before)
  guard seconds < Guided.patience, megabytes < Guided.megabytes else {
    fatalError("took \(seconds) s and \(megabytes) MB")
  }
  return 0
}

@_cdecl("LLVMFuzzerCustomMutator")
public func customMutator(
  _ data: UnsafeMutablePointer<UInt8>?, _ count: Int, _ limit: Int, _ seed: UInt32
) -> Int {
  let bytes = unsafe Array(UnsafeBufferPointer(start: data, count: count))
  var random = SeededRandom(UInt64(seed))
  var changed = bytes
  if Int.random(in: 0..<8, using: &random) == 0 {
    changed.changeAsSuggested(limit: limit)
  } else {
    let guided = Guided.shared
    let mutant = Mutant(
      Seed(Input(packed: bytes)), other: random.pick(guided.seeds), using: &random)
    changed = Input(mutant).packed
  }
  return unsafe put(changed, data, limit)
}

@_cdecl("LLVMFuzzerCustomCrossOver")
public func customCrossOver(
  _ first: UnsafePointer<UInt8>?, _ firstCount: Int, _ second: UnsafePointer<UInt8>?,
  _ secondCount: Int, _ target: UnsafeMutablePointer<UInt8>?, _ limit: Int, _ seed: UInt32
) -> Int {
  let one = unsafe Input(packed: Array(UnsafeBufferPointer(start: first, count: firstCount)))
  let other = unsafe Input(packed: Array(UnsafeBufferPointer(start: second, count: secondCount)))
  var random = SeededRandom(UInt64(seed))
  let mutant = Mutant(crossing: Seed(one), Seed(other), using: &random)
  let crossed = Input(mutant).packed
  return unsafe put(crossed, target, limit)
}

/// Copies as many bytes as there is room for.
private func put(
  _ bytes: [UInt8], _ target: UnsafeMutablePointer<UInt8>?, _ limit: Int
) -> Int {
  let count = min(bytes.count, limit)
  for index in 0..<count { unsafe target?[index] = bytes[index] }
  return count
}

extension Guided {
  /// How much slower and larger the program is made by what watches it: a sanitizer does, beside the counters.
  private static let slowdown =
    ProcessInfo.processInfo.environment["COVERIFY_SLOWDOWN"].flatMap { Int($0) } ?? 1
  /// What one input may take, although counting makes it slower.
  static let patience = 2.0 * Double(slowdown)
  /// By how much one input may raise the most memory at any time; some is in use before.
  static let megabytes = 192 * slowdown
}

extension [UInt8] {
  /// One change as the comparisons that were seen suggest.
  mutating func changeAsSuggested(limit: Int? = nil) {
    let size = count
    let room = Swift.max(limit ?? size + 64, size)
    append(contentsOf: repeatElement(0, count: room - size))
    let left = unsafe withUnsafeMutableBufferPointer {
      unsafe LLVMFuzzerMutate($0.baseAddress, size, room)
    }
    removeLast(count - Swift.min(left, count))
  }
}
#endif
