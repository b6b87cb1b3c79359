import Foundation

// The end of the archive.
extension ZipArchive {
  struct End {
    var count: Int
    var size: Int
    var directory: Int
  }

  static func findEnd(_ window: inout HeaderWindow) throws(CheckpointError) -> End {
    // The comment at the end has at most 65,535 bytes; the locator before the record has 20.
    let base = max(window.count - 65_577, 0)
    var last = try window.reader(at: base, count: window.count - base, "end of the zip archive")
    let tail = try last.take(last.left)
    var found: [Int] = []
    for place in stride(from: tail.count - 22, through: 0, by: -1)
    where tail[place] == 0x50 && tail[place + 1] == 0x4B && tail[place + 2] == 5
      && tail[place + 3] == 6
    {
      let comment = Int(tail[place + 20]) | Int(tail[place + 21]) << 8
      if place + 22 + comment == tail.count { found.append(base + place) }
    }
    guard let offset = found.first else {
      throw CheckpointError(ZipFinding.noEnd, entry: "zip archive", offset: window.count)
    }
    guard found.count == 1 else {
      throw CheckpointError(ZipFinding.ends(found.reversed()), entry: "zip archive")
    }
    var record = try window.reader(at: offset + 4, count: 18, "end of the zip archive")
    let disks = try record.unsigned(4)
    let countHere = try record.unsigned(2)
    let count = try record.unsigned(2)
    let size = try record.unsigned(4)
    let directory = try record.unsigned(4)
    guard disks == 0 || disks == 0xFFFF_FFFF, countHere == count else {
      throw CheckpointError(ZipFinding.split, entry: "end of the zip archive", offset: offset)
    }
    var end = (count: count, size: size, directory: directory)
    var directoryEnd = offset
    if offset >= 20, tail[(offset - base - 20)...].starts(with: [0x50, 0x4B, 6, 7]) {
      (end, directoryEnd) = try zip64End(&window, locator: offset - 20, classic: end)
    } else if count == 0xFFFF || size == 0xFFFF_FFFF || directory == 0xFFFF_FFFF {
      throw CheckpointError(ZipFinding.noWideEnd, entry: "end of the zip archive", offset: offset)
    }
    guard let count = Int(exactly: end.count), let size = Int(exactly: end.size),
      let directory = Int(exactly: end.directory), size <= directoryEnd,
      directory == directoryEnd - size
    else {
      throw CheckpointError(
        ZipFinding.directory(size: end.size, start: end.directory, end: directoryEnd),
        entry: "end of the zip archive", offset: offset)
    }
    return End(count: count, size: size, directory: directory)
  }

  private typealias Wide = (count: UInt64, size: UInt64, directory: UInt64)

  private static func zip64End(
    _ window: inout HeaderWindow, locator: Int, classic: Wide
  ) throws(CheckpointError) -> (Wide, Int) {
    let name = "zip64 end of the zip archive"
    var link = try window.reader(at: locator + 4, count: 16, name)
    let disk = try link.unsigned(4)
    let position = try link.unsigned(8)
    let disks = try link.unsigned(4)
    guard disk == 0, disks <= 1, let offset = Int(exactly: position), offset == locator - 56 else {
      throw CheckpointError(
        ZipFinding.locator(position, expected: locator - 56), entry: name, offset: locator)
    }
    var record = try window.reader(at: offset, count: 56, name)
    let signature = try record.unsigned(4)
    let recordSize = try record.unsigned(8)
    _ = try record.unsigned(4)
    let diskNumbers = try record.unsigned(8)
    let countHere = try record.unsigned(8)
    let wide: Wide = (
      try record.unsigned(8), try record.unsigned(8), try record.unsigned(8)
    )
    let agrees =
      (classic.count == 0xFFFF || classic.count == wide.count)
      && (classic.size == 0xFFFF_FFFF || classic.size == wide.size)
      && (classic.directory == 0xFFFF_FFFF || classic.directory == wide.directory)
    guard signature == 0x0606_4B50, recordSize == 44, diskNumbers == 0, countHere == wide.count,
      agrees
    else {
      throw CheckpointError(ZipFinding.endsDiffer, entry: name, offset: offset)
    }
    return (wide, offset)
  }
}
