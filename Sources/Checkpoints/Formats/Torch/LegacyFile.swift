/// The file that `torch.save` wrote before version 1.6, and still writes when it is told to.
///
/// Five pickles without lengths between them, and the storages:
///
///       0  the magic number          119547037146038801333356
///      15  the version               1001
///      21  about the machine         {"little_endian": True, …}
///     137  the object
///     392  the keys of the storages  ["94…", "94…"]
///     442  for each key: the number of elements in eight bytes, and the elements
struct LegacyFile {
  private let contents: FileContents
  private let limits: Limits
  private var offset = 0

  /// Starts at the first pickle.
  init(_ contents: FileContents, limits: Limits) {
    self.contents = contents
    self.limits = limits
  }

  private mutating func pickle(_ entry: String) throws(CheckpointError) -> PickledValue {
    let result = try Unpickled(contents.from(offset), entry: entry, limits: limits)
    offset += result.byteCount
    return result.root
  }

  /// Reads the objects of the file, once.
  ///
  /// - Throws: ``CheckpointError`` if the file contradicts itself.
  mutating func objects(file: String) throws(CheckpointError) -> TorchObjects {
    let magic = try pickle("magic number")
    guard case .largeInteger = magic.node else {
      throw magic.trouble(LegacyFinding.magic(magic.summary))
    }
    let version = try pickle("version")
    guard version.plainInt == 1001 else {
      throw version.trouble(LegacyFinding.version(version.summary))
    }
    try LegacyFile.checkMachine(try pickle("system information"))
    let root = try pickle("object")
    let keyList = try pickle("storage keys")
    let table = try StorageTable(root, isLegacy: true)
    let storages = try storages(keyList, table)
    return try TorchObjects(
      root, isLegacy: true, file: file, fileSize: contents.count, limits: limits
    ) { (reference, value) throws(CheckpointError) in
      guard let storage = storages[reference.key] else {
        throw value.trouble(LegacyFinding.unlisted(key: reference.key))
      }
      return storage
    }
  }

  /// What a big-endian machine wrote is not read: PyTorch there turned numbers of up to eight bytes
  /// around, a complex number as a whole, and others not at all.
  static func checkMachine(_ information: PickledValue) throws(CheckpointError) {
    guard let isLittleEndian = information["little_endian"]?.bool else {
      throw information.trouble(LegacyFinding.noByteOrder)
    }
    guard isLittleEndian else {
      throw information.trouble(LegacyFinding.bigEndian)
    }
  }

  /// The storages that follow the pickles, each of them named once.
  private mutating func storages(
    _ keyList: PickledValue, _ table: StorageTable
  ) throws(CheckpointError) -> [String: Storage] {
    guard case .list = keyList.node, let keys = keyList.plainElements?.map(\.string),
      !keys.contains(nil)
    else { throw keyList.trouble(LegacyFinding.keys) }
    var expected: [String: StorageReference] = [:]
    for (reference, _) in table.distinct { expected[reference.key] = reference }
    var storages: [String: Storage] = [:]
    for key in keys.compactMap(\.self) {
      let entry = "storage \(key.quoted)"
      guard let reference = expected[key] else {
        throw CheckpointError(LegacyFinding.unused, entry: entry)
      }
      guard storages[key] == nil else {
        throw CheckpointError(LegacyFinding.repeatedKey, entry: entry)
      }
      var header = ByteReader(contents.from(offset), entry: entry)
      let count = Int64(bitPattern: try header.unsigned(8))
      guard count == Int64(reference.count) else {
        throw CheckpointError(
          LegacyFinding.elements(count, expected: reference.count), entry: entry, offset: offset)
      }
      try header.skip(reference.byteCount)
      let start = offset + 8
      offset += header.offset
      storages[key] = Storage(key: key, contents[start..<offset], name: entry)
    }
    guard offset == contents.count else {
      throw CheckpointError(
        LegacyFinding.behindStorages(contents.count - offset), entry: "storages", offset: offset)
    }
    return storages
  }
}
