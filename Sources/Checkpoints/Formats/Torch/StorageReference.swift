import Tensors

/// What a pickle says about a storage: `("storage", torch.FloatStorage, "0", "cpu", 6)`.
struct StorageReference: Hashable, Sendable {
  let key: String
  /// The element type; nil for a storage of bytes, which only the tensor knows the type of.
  let scalarType: ScalarType?
  /// The element type of less than a byte, if it is one; the count is that of bytes then.
  let packedType: ScalarType?
  /// The number of elements; of bytes where there is no type.
  let count: Int
  /// In files before PyTorch 0.4, the part of the storage that is meant.
  let view: View?

  /// A part of a storage, in elements.
  struct View: Hashable, Sendable {
    let key: String
    let offset: Int
    let count: Int
  }

  /// The number of bytes.
  let byteCount: Int

  static let types: [String: ScalarType] = [
    "DoubleStorage": .float64, "FloatStorage": .float32, "HalfStorage": .float16,
    "BFloat16Storage": .bfloat16, "LongStorage": .int64, "IntStorage": .int32,
    "ShortStorage": .int16, "CharStorage": .int8, "ByteStorage": .uint8, "BoolStorage": .bool,
    "ComplexDoubleStorage": .complex128, "ComplexFloatStorage": .complex64,
    "QInt8Storage": .quantizedInt8, "QUInt8Storage": .quantizedUInt8,
    "QInt32Storage": .quantizedInt32,
  ]

  /// Storages whose elements are told by the tensor, or are parts of bytes.
  static let untyped: Set = [
    "UntypedStorage", "_UntypedStorage", "QUInt4x2Storage", "QUInt2x4Storage",
  ]

  /// Element types that are less than a byte.
  static let packed: [String: ScalarType] = [
    "QUInt4x2Storage": .quantizedUInt4x2, "QUInt2x4Storage": .quantizedUInt2x4,
  ]

  /// The modules that have classes of storages.
  static let modules: Set = ["torch", "torch.storage", "torch.cuda"]

  static func isStorageModule(_ module: String) -> Bool { modules.contains(module) }

  /// Reads the identifier that a persistent value carries.
  ///
  /// - Parameters:
  ///   - id: what the pickle calls the storage.
  ///   - isLegacy: whether a sixth part, the view, belongs to it.
  /// - Throws: ``CheckpointError`` where it is anything other than a storage.
  init(_ id: PickledValue, isLegacy: Bool) throws(CheckpointError) {
    guard case .tuple = id.node, let parts = id.plainElements,
      parts.count == 5 || isLegacy && parts.count == 6, parts[0].string == "storage"
    else {
      guard id.string?.hasPrefix("('storage', ") != true else {
        throw id.trouble(StorageFinding.oldProtocol)
      }
      throw id.trouble(StorageFinding.reference(id.summary))
    }
    guard let name = parts[1].global, StorageReference.isStorageModule(name.module),
      StorageReference.types[name.name] != nil || StorageReference.untyped.contains(name.name)
    else {
      throw id.trouble(StorageFinding.type(parts[1].summary))
    }
    guard case .text = parts[2].node, let key = parts[2].string, StorageReference.isKey(key) else {
      throw id.trouble(StorageFinding.key(parts[2].summary))
    }
    guard case .text = parts[3].node else {
      throw id.trouble(StorageFinding.location(parts[3].summary))
    }
    guard let count = parts[4].plainInt, count >= 0 else {
      throw id.trouble(StorageFinding.count(parts[4].summary, key: key))
    }
    let type = StorageReference.types[name.name]
    let (bytes, overflow) = count.multipliedReportingOverflow(by: type?.size ?? 1)
    guard !overflow else {
      throw id.trouble(StorageFinding.tooMany(count, key: key))
    }
    (self.key, scalarType, self.count, byteCount) = (key, type, count, bytes)
    packedType = StorageReference.packed[name.name]
    view = parts.count == 6 ? try StorageReference.view(parts[5], within: count) : nil
  }

  private static func isKey(_ key: String) -> Bool {
    (1...20).contains(key.utf8.count) && key.utf8.allSatisfy { (48...57).contains($0) }
  }

  private static func view(
    _ value: PickledValue, within count: Int
  ) throws(CheckpointError) -> View? {
    if value.isNone { return nil }
    guard let parts = value.plainElements, parts.count == 3, let key = parts[0].string,
      let offset = parts[1].plainInt, let length = parts[2].plainInt, offset >= 0, length >= 0,
      offset <= count, length <= count - offset
    else {
      throw value.trouble(StorageFinding.part(elements: count))
    }
    return View(key: key, offset: offset, count: length)
  }

  /// What it says of its storage.
  fileprivate var elements: StorageFinding.Elements { .init(count: count, type: scalarType) }

  /// Whether both describe one storage: torch itself calls the same bytes by two names where a
  /// tensor without a storage class of its own is also seen as bytes.
  func agrees(with other: StorageReference) -> Bool {
    if scalarType == other.scalarType { return count == other.count }
    let types = [scalarType, other.scalarType]
    return types.contains(nil) && types.contains(.uint8) && byteCount == other.byteCount
  }
}

/// The storages that a pickle refers to, by the index of the value that does.
struct StorageTable: Sendable {
  private(set) var references: [Int: StorageReference] = [:]

  /// One reference for each key, in the order of the pickle.
  private(set) var distinct: [(reference: StorageReference, value: PickledValue)] = []

  /// A table of a pickle without references.
  init() {}

  /// Reads all references in a pickle.
  ///
  /// - Throws: ``CheckpointError`` where one is not a storage, or two contradict each other.
  init(_ root: PickledValue, isLegacy: Bool) throws(CheckpointError) {
    try StorageTable.checkCalls(root)
    var seen: [String: StorageReference] = [:]
    for (index, node) in root.graph.nodes.enumerated() {
      guard case .persistent(let id) = node else { continue }
      let value = root.value(ObjectGraph.Index(index))
      let identifier = root.value(id)
      if isLegacy, StorageTable.isClass(identifier) { continue }
      let reference = try StorageReference(identifier, isLegacy: isLegacy)
      references[index] = reference
      if let first = seen[reference.key] {
        guard first.agrees(with: reference) else {
          throw value.trouble(
            StorageFinding.contradiction(
              reference.elements, before: first.elements, key: reference.key))
        }
      } else {
        seen[reference.key] = reference
        distinct.append((reference, value))
      }
    }
  }

  /// Storages are referred to; their classes cannot be called, here or in `torch.load`.
  private static func checkCalls(_ root: PickledValue) throws(CheckpointError) {
    let graph = root.graph
    let classes = Set(
      graph.nodes.indices.map(ObjectGraph.Index.init).filter { index in
        guard let name = graph.global(index) else { return false }
        return StorageReference.isStorageModule(name.module)
          && StorageReference.types[name.name] != nil
      })
    guard !classes.isEmpty else { return }
    for (index, node) in graph.nodes.enumerated() {
      guard case .object(let place) = node,
        classes.contains(graph.objects[Int(place)].callee)
      else { continue }
      throw root.value(ObjectGraph.Index(index)).trouble(StorageFinding.called)
    }
  }

  /// `("module", class, file, source)`: a class, in a legacy file of a whole module.
  private static func isClass(_ id: PickledValue) -> Bool {
    guard let parts = id.plainElements else { return false }
    return parts.count == 4 && parts[0].string == "module" && parts[1].global != nil
  }
}
