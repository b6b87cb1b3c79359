import Foundation
import TestSupport

/// A seed with a few changes, or a file that asks for much.
struct Mutant {
  let seed: Seed
  var bytes: [UInt8]
  var architecture: [UInt8]?

  /// Makes the mutant that a number stands for; the same one each time.
  init(_ number: UInt64, of seeds: [Seed]) {
    var random = SeededRandom(number &* 0x2545_F491_4F6C_DD1D)
    let seed = random.pick(seeds)
    self.init(seed, other: random.pick(seeds), using: &random)
  }

  /// Makes the file that asks for much for which a number stands; the same one each time.
  init(growing number: UInt64) {
    var random = SeededRandom(number &* 0x2545_F491_4F6C_DD1D)
    seed = Seed(Growth(using: &random))
    (bytes, architecture) = (seed.bytes, seed.architecture)
  }

  /// Changes a seed; `other` gives parts of its pickle.
  init(_ seed: Seed, other: Seed, using random: inout SeededRandom) {
    self.seed = seed
    bytes = seed.bytes
    architecture = seed.architecture
    let count = random.pick([1, 1, 2, 3, 5, 12])
    // A file that is right, with an architecture that is not.
    if let text = architecture, Int.random(in: 0..<4, using: &random) == 0 {
      architecture = Mutant.changingTokens(text, count, using: &random)
      return
    }
    if Int.random(in: 0..<8, using: &random) == 0 {
      for _ in 0..<count { bytes.changeBytes(using: &random) }
      return
    }
    switch seed.layout {
    case .zip(var archive):
      archive.change(count, other, using: &random)
      bytes = [UInt8](archive.data)
    case .legacy:
      var pickles = PickleInstructions(bytes, pickles: 5)
      let donor = other.pickle
      for _ in 0..<count { pickles.change(donor, using: &random) }
      if Int.random(in: 0..<5, using: &random) == 0 { pickles.tail.changeBytes(using: &random) }
      bytes = pickles.bytes
    case .tar(var members):
      for _ in 0..<count where !members.isEmpty {
        let place = Int.random(in: members.indices, using: &random)
        if Bool.random(using: &random) {
          var pickles = PickleInstructions(members[place].1, pickles: 2)
          pickles.change(other.pickle, using: &random)
          members[place].1 = pickles.bytes
        } else {
          members[place].1.changeBytes(using: &random)
        }
      }
      bytes = [UInt8](OlderContainers.tar(members))
    case .text(let start, let width):
      bytes = Mutant.changingText(bytes, start, width, count, using: &random)
    case .unknown:
      for _ in 0..<count { bytes.changeBytes(using: &random) }
    }
  }

  /// Puts a part of another seed into one: a stretch of its pickle, an entry or a member, or its
  /// architecture.
  init(crossing seed: Seed, _ other: Seed, using random: inout SeededRandom) {
    self.seed = seed
    bytes = seed.bytes
    architecture = seed.architecture
    if let theirs = other.architecture, Int.random(in: 0..<3, using: &random) == 0 {
      architecture = theirs
      return
    }
    let donor = other.pickle
    switch (seed.layout, other.layout) {
    case (.zip(var archive), .zip(let theirs)) where Bool.random(using: &random):
      guard let entry = theirs.entries.randomElement(using: &random) else { return }
      archive[entry.name] = entry
      bytes = [UInt8](archive.data)
    case (.zip(var archive), _):
      guard let place = archive.entries.firstIndex(where: { $0.name.hasSuffix("data.pkl") }) else {
        return
      }
      var pickle = PickleInstructions(archive.entries[place].bytes)
      pickle.insert(donor, using: &random)
      archive.entries[place].bytes = pickle.bytes
      bytes = [UInt8](archive.data)
    case (.legacy, _):
      var pickles = PickleInstructions(bytes, pickles: 5)
      pickles.insert(donor, using: &random)
      bytes = pickles.bytes
    default:
      let start = Int.random(in: 0...bytes.count, using: &random)
      let theirs = Int.random(in: 0...other.bytes.count, using: &random)
      bytes = Array(bytes[..<start] + other.bytes[theirs...])
    }
  }

  private static func changingTokens(
    _ text: [UInt8], _ count: Int, using random: inout SeededRandom
  ) -> [UInt8] {
    var tokens = Tokens(text)
    for _ in 0..<count { tokens.change(using: &random) }
    var changed = tokens.bytes
    if Int.random(in: 0..<8, using: &random) == 0 { changed.changeBytes(using: &random) }
    return changed
  }

  /// Changes the text of a header, and the length in front of it to the new one.
  private static func changingText(
    _ bytes: [UInt8], _ start: Int, _ width: Int, _ count: Int,
    using random: inout SeededRandom
  ) -> [UInt8] {
    let body = start + width
    guard body <= bytes.count else { return bytes }
    let length = bytes[start..<body].reversed().reduce(0) { $0 << 8 | Int($1) }
    guard (0...bytes.count - body).contains(length) else { return bytes }
    let text = changingTokens(Array(bytes[body..<body + length]), count, using: &random)
    var rest = [UInt8](bytes[(body + length)...])
    if Int.random(in: 0..<6, using: &random) == 0 { rest.changeBytes(using: &random) }
    return Array(bytes[..<start]) + little(text.count, width) + text + rest
  }
}

extension Seed {
  /// The pickle of the file, or nothing.
  fileprivate var pickle: PickleInstructions {
    switch layout {
    case .zip(let archive):
      PickleInstructions(archive.entries.first { $0.name.hasSuffix("data.pkl") }?.bytes ?? [])
    case .legacy: PickleInstructions(bytes, pickles: 5)
    case .tar(let members):
      PickleInstructions(members.first { $0.0 == "pickle" }?.1 ?? [], pickles: 2)
    case .text, .unknown: PickleInstructions([])
    }
  }
}

extension ZipBuilder {
  /// Changes the pickle, or another entry, or what the headers say; checksums are right again unless
  /// they were what was changed.
  fileprivate mutating func change(
    _ count: Int, _ other: Seed, using random: inout SeededRandom
  ) {
    guard !entries.isEmpty else { return }
    let kind = Int.random(in: 0..<10, using: &random)
    if kind < 7, let place = entries.firstIndex(where: { $0.name.hasSuffix("data.pkl") }) {
      var pickle = PickleInstructions(entries[place].bytes)
      let donor = other.pickle
      for _ in 0..<count { pickle.change(donor, using: &random) }
      entries[place].bytes = pickle.bytes
      if Int.random(in: 0..<10, using: &random) == 0 {
        entries[place].bytes.changeBytes(using: &random)
      }
      entries[place].isDeflated = Int.random(in: 0..<10, using: &random) == 0
      return
    }
    for _ in 0..<count where !entries.isEmpty {
      let place = Int.random(in: entries.indices, using: &random)
      switch Int.random(in: 0..<16, using: &random) {
      case 0: entries.remove(at: place)
      case 1: entries.insert(entries[place], at: place)
      case 2: entries[place].name = random.pick(ZipBuilder.names)
      case 3: entries[place].isDeflated.toggle()
      case 4: entries[place].crc = random.pick([0, 1, .max])
      case 5: entries[place].size = random.pick(RandomPickle.numbers)
      case 6: entries[place].flags = UInt16.random(in: .min ... .max, using: &random)
      case 7: entries[place].hasDescriptor.toggle()
      case 8: entries[place].offset = random.pick(RandomPickle.numbers)
      case 9: self.count = random.pick([0, 1, 2, 65_535])
      case 10: directorySize = random.pick(RandomPickle.numbers)
      case 11: entries[place].localName = random.pick(ZipBuilder.names)
      case 12: entries[place].isWide.toggle()
      case 13: hasWideEnd.toggle()
      case 14 where entries[place].isDeflated:
        var payload = ZipBuilder([entries[place]]).data.dropFirst(
          30 + entries[place].name.utf8.count)
        payload = payload.prefix(entries[place].bytes.count + 5)
        entries[place].payload = [UInt8](payload)
        entries[place].payload?.changeBytes(using: &random)
      default: entries[place].bytes.changeBytes(using: &random)
      }
    }
  }

  private static let names = [
    "", "archive/", "archive/data/0", "archive/data/1", "archive/byteorder", "archive/version",
    "archive/data.pkl", "archive/constants.pkl", "../x", "/x", "a\\b", "c:x", "archive/DATA.PKL",
    "archive/.data/version", "archive/.storage_alignment", "x.npy", "é/data.pkl", "a/./b",
  ]
}
