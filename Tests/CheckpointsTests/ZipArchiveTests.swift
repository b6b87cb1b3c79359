import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

@Suite("Zip archives")
struct ZipArchiveTests {
  private static let archive = ZipBuilder.torch(
    Pickle.whole(Pickle.dict([("w", Pickle.tensor([2, 3]))])),
    ["0": little([0, 1, 2, 3, 4, 5])])

  private static func changed(_ change: (inout ZipBuilder) -> Void) -> Data {
    var archive = archive
    change(&archive)
    return archive.data
  }

  private static func changedStorage(_ change: (inout ZipBuilder.Entry) -> Void) -> Data {
    changed { change(&$0["archive/data/0"]) }
  }

  private static func named(_ name: String) -> Data {
    changed { $0.entries.append(.init(name, [1])) }
  }

  static let valid: [(String, Data)] = [
    ("as torch writes it", archive.data),
    ("a deflated pickle", changed { $0["archive/data.pkl"].isDeflated = true }),
    ("a deflated storage", changedStorage { $0.isDeflated = true }),
    (
      "sizes in the local headers",
      changed { archive in
        for index in archive.entries.indices { archive.entries[index].hasDescriptor = false }
      }
    ),
    (
      "checksums that were not computed",
      changed { archive in
        for index in archive.entries.indices { archive.entries[index].crc = 0 }
      }
    ),
    ("a comment at the end", changed { $0.comment = Array("a note".utf8) }),
    ("the pickle last", changed { $0.entries.reverse() }),
    ("records that nothing names", changed { $0["archive/notes"] = .init("archive/notes", [7]) }),
    ("a folder by itself", changed { $0.entries.append(.init("archive/data/", [])) }),
  ]

  @Test("an archive is read however a zip tool wrote it", arguments: valid)
  func readsValid(_ what: String, _ data: Data) throws {
    let checkpoint = try Checkpoint(name: "model.pt", data: data)
    #expect(checkpoint.format == .zip)
    #expect(try checkpoint.tensors.map { try $0.values().scalars } == [[0, 1, 2, 3, 4, 5]])
  }

  static let refusals: [Refusal] = [
    Refusal(
      "a changed byte is found by its checksum", .checksum, "archive/data/0: the bytes have CRC",
      changedStorage { $0.payload = little([0, 1, 2, 3, 4, 6]) }),
    Refusal(
      "a checksum is computed in both places or in none", .malformed, "descriptor",
      changedStorage { $0.crc = 5 }.replacing(5, with: 0, after: [0x50, 0x4B, 1, 2])),
    Refusal(
      "the local header has the directory's name", .malformed, "another name",
      changedStorage { $0.localName = "archive/data/1" }),
    Refusal(
      "the local header has the directory's method", .malformed, "another method",
      changedStorage { $0.localMethod = 8 }),
    Refusal(
      "the local header has the directory's flags", .malformed, "other flags",
      changedStorage { $0.localFlags = 0x0809 }),
    Refusal(
      "the local header has the directory's checksum", .malformed, "another checksum",
      changedStorage { $0.localCRC = 1 }),
    Refusal(
      "nothing encrypted is read", .unsupported, "encrypted",
      changedStorage { $0.flags = 0x0801 }),
    Refusal(
      "nothing but deflate is read", .unsupported, "method 93",
      changedStorage { ($0.method, $0.localMethod) = (93, 93) }),
    Refusal(
      "stored bytes have one size", .malformed, "end before the directory",
      changedStorage { $0.size = 1 << 30 }),
    Refusal(
      "entries do not overlap", .malformed, "starts at byte 0",
      changedStorage { $0.offset = 0 }),
    Refusal(
      "nothing lies between entries", .malformed, "the entry before ends",
      changed { $0["archive/byteorder"].gap = [1, 2, 3] }),
    Refusal(
      "nothing lies before the directory", .malformed, "belong to no entry",
      changed { $0["archive/version"].gap = [1, 2, 3] }),
    Refusal(
      "no entry is hidden from the directory", .malformed, "the entry before ends",
      changed { $0["archive/byteorder"].isListed = false }),
    Refusal(
      "an archive starts at the first byte of the file", .notACheckpoint, "behind 10 bytes",
      changed { $0.prefix = Array("#!/bin/sh\n".utf8) }),
    Refusal(
      "the end of the archive ends the file", .truncated, "truncated",
      archive.data + [0]),
    Refusal(
      "a cut file is said to be truncated", .truncated, "truncated",
      archive.data.dropLast(30)),
    Refusal(
      "the comment holds no second end", .malformed, "ambiguous",
      changed { $0.comment = [0x50, 0x4B, 5, 6] + [UInt8](repeating: 0, count: 18) }),
    Refusal(
      "the directory has as many entries as the end says", .malformed, "left behind",
      changed { $0.count = 2 }),
    Refusal(
      "the directory has no fewer entries than the end says", .malformed, "cannot hold",
      changed { $0.count = 2000 }),
    Refusal(
      "the directory is as long as the end says", .malformed, "does not end at",
      changed { $0.directorySize = 10 }),
    Refusal(
      "the directory is where the end says", .malformed, "does not end at",
      changed { $0.directoryOffset = 4 }),
    Refusal(
      "names are unique", .malformed, "two entries",
      changed { $0.entries.append(.init("archive/data/0", [1])) }),
    Refusal(
      "names are unique where case does not count", .malformed, "two entries",
      named("archive/DATA.PKL")),
    Refusal(
      "names do not lead out of the archive", .malformed, "is called",
      named("archive/../version")),
    Refusal("names are not absolute", .malformed, "is called", named("/archive/version")),
    Refusal("names name no drive", .malformed, "is called", named("C:/version")),
    Refusal("names have no backslash", .malformed, "is called", named("archive\\version2")),
    Refusal("names have no control characters", .malformed, "is called", named("archive/a\u{1B}")),
    Refusal("names are not empty", .malformed, "is called", named("")),
    Refusal(
      "deflated data ends where its entry ends", .malformed, "does not inflate",
      changedStorage {
        ($0.isDeflated, $0.payload) = (true, [1, 24, 0, 231, 255] + Array(0..<24) + [9])
      }),
    Refusal(
      "deflated data is not cut", .malformed, "does not inflate",
      changedStorage { ($0.isDeflated, $0.payload) = (true, [1, 24, 0, 231, 255, 1, 2]) }),
    Refusal(
      "deflated data has the size its entry says", .malformed, "does not inflate",
      changedStorage { ($0.isDeflated, $0.payload) = (true, [1, 2, 0, 253, 255, 1, 2]) }),
  ]

  @Test("what contradicts itself is refused", arguments: refusals)
  func refuses(_ refusal: Refusal) { refusal.check() }

  @Test("a deflated pickle that grows beyond any limit is refused before it is in memory")
  func refusesBombs() {
    // Deflate gives at most 1032 bytes for one, so the size is a lie.
    let bomb = ZipArchiveTests.changed {
      ($0["archive/data.pkl"].isDeflated, $0["archive/data.pkl"].size) = (true, 60 << 20)
    }
    #expect(throws: CheckpointError.self) { try Checkpoint(name: "model.pt", data: bomb) }
  }
}

extension Data {
  /// The data with the first `value` after a signature, as four bytes, changed.
  fileprivate func replacing(_ value: Int, with other: Int, after signature: [UInt8]) -> Data {
    var data = self
    let pattern = Data(little(value, 4))
    var start = startIndex
    while let found = data.range(of: Data(signature), in: start..<data.endIndex) {
      if data[(found.lowerBound + 16)...].prefix(4) == pattern {
        data.replaceSubrange(found.lowerBound + 16..<found.lowerBound + 20, with: little(other, 4))
      }
      start = found.upperBound
    }
    return data
  }
}
