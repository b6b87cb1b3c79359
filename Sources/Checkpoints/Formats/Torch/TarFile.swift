import Tensors

/// The tar archive that PyTorch wrote before version 0.1.10, read where it lies.
///
/// Four members: `sys_info`, `pickle` (the object; its persistent values are keys of tensors),
/// `storages` and `tensors`, which hold pickles and raw numbers in turn.
struct TarFile {
  private let members: [String: FileContents]
  private let file: String
  private let fileSize: Int
  private let limits: Limits

  /// Reads the directory of an archive.
  ///
  /// - Throws: ``CheckpointError`` if it is damaged.
  init(_ contents: FileContents, file: String, limits: Limits) throws(CheckpointError) {
    members = try TarArchive.members(of: contents)
    (self.file, fileSize, self.limits) = (file, contents.count, limits)
  }

  private func member(_ name: String) throws(CheckpointError) -> FileContents {
    guard let member = members[name] else {
      throw CheckpointError(LegacyFinding.noMember(name))
    }
    return member
  }

  /// Reads the objects of the archive.
  ///
  /// - Throws: ``CheckpointError`` if the archive is not PyTorch's, or contradicts itself.
  func objects() throws(CheckpointError) -> TorchObjects {
    for name in members.keys.sorted() where !Magic.tarMembers.contains(name) {
      throw CheckpointError(LegacyFinding.otherMember, entry: name)
    }
    if members["sys_info"] != nil {
      var information = Section(try member("sys_info"), "sys_info", limits)
      try LegacyFile.checkMachine(try information.pickle())
    }
    let storages = try storages()
    let tensors = try tensors(storages)
    var pickle = Section(try member("pickle"), "pickle", limits)
    let root = try pickle.pickle()
    return try TorchObjects(
      root, tensors: tensors, file: file, fileSize: fileSize, limits: limits)
  }

  /// A member that holds pickles and numbers in turn.
  private struct Section {
    let contents: FileContents
    let name: String
    let limits: Limits
    var offset = 0

    init(_ contents: FileContents, _ name: String, _ limits: Limits) {
      (self.contents, self.name, self.limits) = (contents, name, limits)
    }

    mutating func pickle() throws(CheckpointError) -> PickledValue {
      let result = try Unpickled(contents.from(offset), entry: name, limits: limits)
      _ = try Globals.uses(in: result.root.graph, understanding: TorchNames.understood)
      offset += result.byteCount
      return result.root
    }

    mutating func numbers(_ width: Int, count: Int) throws(CheckpointError) -> [Int] {
      var reader = ByteReader(contents.from(offset), entry: name)
      var numbers: [Int] = []
      for _ in 0..<count {
        let bits = try reader.unsigned(width)
        numbers.append(
          width == 4
            ? Int(Int32(truncatingIfNeeded: bits)) : Int(Int64(bitPattern: bits)))
      }
      offset += reader.offset
      return numbers
    }

    mutating func bytes(_ count: Int) throws(CheckpointError) -> FileContents {
      var reader = ByteReader(contents.from(offset), entry: name)
      try reader.skip(count)
      defer { offset += count }
      return contents[offset..<offset + count]
    }

    func bad(_ finding: LegacyFinding) -> CheckpointError {
      CheckpointError(finding, entry: name, offset: offset)
    }

    func checkEnd() throws(CheckpointError) {
      guard offset == contents.count else {
        throw bad(.behindMember(contents.count - offset))
      }
    }
  }

  private typealias Run = (storage: Storage, type: ScalarType, offset: Int, count: Int)

  private func storages() throws(CheckpointError) -> [String: Run] {
    var section = Section(try member("storages"), "storages", limits)
    guard let count = try section.pickle().plainInt, count >= 0 else {
      throw section.bad(.noCount)
    }
    var runs: [String: Run] = [:]
    for _ in 0..<count {
      guard let parts = try section.pickle().plainElements, parts.count == 3,
        let name = parts[2].global, StorageReference.isStorageModule(name.module),
        let type = StorageReference.types[name.name]
      else { throw section.bad(.storageHead) }
      let length = try section.numbers(8, count: 1)[0]
      let (byteCount, overflow) = length.multipliedReportingOverflow(by: type.size)
      guard length >= 0, !overflow else { throw section.bad(.storageLength(length)) }
      let bytes = try section.bytes(byteCount)
      let key = parts[0].tarKey
      let storage = Storage(key: key, bytes, name: "storage \(key.quoted)")
      guard runs.updateValue((storage, type, 0, length), forKey: key) == nil else {
        throw section.bad(.repeatedStorage(key: key))
      }
    }
    for view in try section.pickle().plainElements ?? [] {
      guard let parts = view.plainElements, parts.count == 4,
        let root = runs[parts[1].tarKey],
        let offset = parts[2].plainInt, let length = parts[3].plainInt, offset >= 0, length >= 0,
        offset <= root.count, length <= root.count - offset
      else { throw section.bad(.view) }
      runs[parts[0].tarKey] = (root.storage, root.type, offset, length)
    }
    try section.checkEnd()
    return runs
  }

  private func tensors(
    _ runs: [String: Run]
  ) throws(CheckpointError) -> [String: StoredTensor] {
    var section = Section(try member("tensors"), "tensors", limits)
    guard let count = try section.pickle().plainInt, count >= 0 else {
      throw section.bad(.noCount)
    }
    var tensors: [String: StoredTensor] = [:]
    for _ in 0..<count {
      guard let parts = try section.pickle().plainElements, parts.count == 3,
        let run = runs[parts[1].tarKey]
      else { throw section.bad(.tensorHead) }
      let rank = try section.numbers(4, count: 2)[0]
      guard (0...limits.axes).contains(rank) else { throw section.bad(.rank(rank)) }
      let axes = try section.numbers(8, count: rank)
      let strides = try section.numbers(8, count: rank)
      let offset = try section.numbers(8, count: 1)[0]
      guard let shape = Shape(checking: axes), offset >= 0, strides.allSatisfy({ $0 >= 0 }),
        offset <= run.count, shape.count <= limits.tensorBytes(fileSize: fileSize) / run.type.size,
        shape.count == 0 || (lastElement(shape, strides, offset).map { $0 < run.count } ?? false)
      else {
        throw section.bad(
          .tensor(axes: axes, strides: strides, offset: offset, elements: run.count))
      }
      tensors[parts[0].tarKey] = StoredTensor(
        path: "", shape: shape, strides: strides, elementOffset: run.offset + offset,
        scalarType: run.type,
        contents: .strided(run.storage, StoredTensor.Signs()), file: file)
    }
    try section.checkEnd()
    return tensors
  }
}
