import Foundation

/// The zip archive that `torch.save` writes: one pickle, and a record for each storage.
///
///     tiny/data.pkl      the pickle
///     tiny/byteorder     little
///     tiny/data/0        the bytes of storage "0"
///     tiny/version       3
///
/// All records are in one folder, whose name does not matter.
struct TorchArchive {
  private let archive: ZipArchive
  private let records: [String: ZipArchive.Entry]
  private let limits: Limits

  /// Finds the records of an archive.
  ///
  /// - Throws: ``CheckpointError`` if torch.save did not write it.
  init(_ archive: ZipArchive, limits: Limits) throws(CheckpointError) {
    self.archive = archive
    self.limits = limits
    var records: [String: ZipArchive.Entry] = [:]
    guard let first = archive.entries.first?.name, let slash = first.firstIndex(of: "/") else {
      throw CheckpointError(ForeignArchive(archive.entries.map(\.name)))
    }
    let prefix = first[...slash]
    let isTorch = archive.entries.contains { $0.name == prefix + "data.pkl" }
    for entry in archive.entries {
      guard entry.name.hasPrefix(prefix) else {
        guard isTorch else {
          throw CheckpointError(ForeignArchive(archive.entries.map(\.name)))
        }
        throw CheckpointError(TorchFinding.besideFolder(String(prefix)), entry: entry.name)
      }
      records[String(entry.name.dropFirst(prefix.count))] = entry
    }
    self.records = records
    try checkKind()
  }

  /// Archives of PyTorch that are not checkpoints are told by their records.
  private func checkKind() throws(CheckpointError) {
    if records["constants.pkl"] != nil {
      throw CheckpointError(TorchFinding.torchScript)
    }
    guard records["data.pkl"] == nil else { return }
    if records[".data/extern_modules"] != nil {
      throw CheckpointError(TorchFinding.package)
    }
    if records["version"] != nil || records[".data/serialization_id"] != nil {
      throw CheckpointError(TorchFinding.failedSave)
    }
    throw CheckpointError(ForeignArchive(archive.entries.map(\.name)))
  }

  /// Reads the objects of the archive.
  ///
  /// - Throws: ``CheckpointError`` if the archive contradicts itself.
  func objects(file: String, fileSize: Int) throws(CheckpointError) -> TorchObjects {
    try checkVersion()
    try checkAlignment()
    let isBigEndian = try isBigEndian()
    guard let pickle = records["data.pkl"] else {
      throw CheckpointError(TorchFinding.noPickle)
    }
    let bytes = try archive.contents(of: pickle, limit: limits.pickleBytes)
    let result = try Unpickled(bytes, entry: "data.pkl", limits: limits)
    guard result.byteCount == bytes.count else {
      throw CheckpointError(
        TorchFinding.behindPickle(bytes.count - result.byteCount), entry: "data.pkl",
        offset: result.byteCount)
    }
    return try TorchObjects(result.root, file: file, fileSize: fileSize, limits: limits) {
      (reference, value) throws(CheckpointError) in
      try storage(reference, value, isBigEndian: isBigEndian, fileSize: fileSize)
    }
  }

  private func storage(
    _ reference: StorageReference, _ value: PickledValue, isBigEndian: Bool, fileSize: Int
  ) throws(CheckpointError) -> Storage {
    guard let entry = records["data/" + reference.key] else {
      throw value.trouble(TorchFinding.noRecord(key: reference.key))
    }
    guard entry.size == reference.byteCount else {
      throw value.trouble(
        TorchFinding.recordSize(entry.size, expected: reference.byteCount, key: reference.key))
    }
    guard entry.isDeflated else {
      return Storage(
        key: reference.key, archive.payload(of: entry), isBigEndian: isBigEndian,
        name: entry.name, crc: entry.knownCRC)
    }
    let (archive, limit) = (archive, limits.tensorBytes(fileSize: fileSize))
    return Storage(key: reference.key, byteCount: entry.size, isBigEndian: isBigEndian) {
      () throws(CheckpointError) in
      try archive.inflated(entry, limit: limit)
    }
  }

  private func text(_ entry: ZipArchive.Entry) throws(CheckpointError) -> String {
    String(decoding: try archive.contents(of: entry, limit: 32).bytes(), as: UTF8.self)
  }

  private func isBigEndian() throws(CheckpointError) -> Bool {
    guard let entry = records["byteorder"] else { return false }
    switch try text(entry) {
    case "little": return false
    case "big": return true
    case let other:
      throw CheckpointError(TorchFinding.byteOrder(other.bounded), entry: entry.name)
    }
  }

  private func checkVersion() throws(CheckpointError) {
    guard let entry = records["version"] ?? records[".data/version"] else {
      throw CheckpointError(TorchFinding.missing, entry: "version")
    }
    let text = try text(entry).trimmingCharacters(in: .newlines)
    guard let version = Int(text), (1...10).contains(version) else {
      throw CheckpointError(TorchFinding.version(text.bounded), entry: entry.name)
    }
  }

  private func checkAlignment() throws(CheckpointError) {
    guard let entry = records[".storage_alignment"] else { return }
    let text = try text(entry)
    guard let alignment = Int(text), alignment > 0 else {
      throw CheckpointError(TorchFinding.alignment(text.bounded), entry: entry.name)
    }
  }
}
