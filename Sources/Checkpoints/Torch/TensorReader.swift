import Tensors

/// Understands the objects of a pickle that are tensors; everything else stays an opaque object.
struct TensorReader: Sendable {
  let graph: ObjectGraph
  let file: String
  let limits: Limits
  /// The storage of a key, with the type that the pickle says.
  let storage: @Sendable (_ key: String) throws(CheckpointError) -> Storage

  /// The functions of `torch` that make a tensor; whatever else a pickle names is never one.
  static let functions: Set = [
    "_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_tensor_v3", "_rebuild_parameter",
    "_rebuild_parameter_with_state", "_rebuild_from_type_v2", "_rebuild_from_type",
  ]

  /// Tensors that are known by name and cannot be read.
  static let refused: Set = [
    "_rebuild_sparse_tensor", "_rebuild_sparse_csr_tensor", "_rebuild_qtensor",
    "_rebuild_nested_tensor", "_rebuild_meta_tensor_no_storage",
    "_rebuild_device_tensor_from_cpu_tensor", "_rebuild_device_tensor_from_numpy",
    "_rebuild_wrapper_subclass",
  ]

  static let storageTypes: [String: ScalarType] = [
    "DoubleStorage": .float64, "FloatStorage": .float32, "HalfStorage": .float16,
    "BFloat16Storage": .bfloat16, "LongStorage": .int64, "IntStorage": .int32,
    "ShortStorage": .int16, "CharStorage": .int8, "ByteStorage": .uint8, "BoolStorage": .bool,
    "ComplexDoubleStorage": .complex128, "ComplexFloatStorage": .complex64,
  ]

  /// The tensor that a value is; nil where it is something else.
  ///
  /// - Throws: ``CheckpointError`` where it is a tensor that contradicts itself or its storage.
  func tensor(_ value: PickledValue, path: String) throws(CheckpointError) -> StoredTensor? {
    var value = value
    // A parameter is a tensor in a wrapper, and so is a subclass; a few levels at most.
    for _ in 0..<8 {
      guard let name = value.calleeName, name.module.hasPrefix("torch") else { return nil }
      let arguments = value.arguments
      switch name.name {
      case "_rebuild_parameter", "_rebuild_parameter_with_state":
        guard let inner = arguments.first else { throw bad(value, "has no tensor") }
        value = inner
      case "_rebuild_from_type_v2", "_rebuild_from_type":
        guard arguments.count >= 3, let function = arguments[0].global,
          TensorReader.functions.contains(function.name), let inner = arguments[2].elements
        else { throw bad(value, "is made by a function that is not known") }
        return try rebuild(function.name, inner, value, path: path)
      case "_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_tensor_v3":
        return try rebuild(name.name, arguments, value, path: path)
      default:
        guard TensorReader.refused.contains(name.name) else { return nil }
        throw CheckpointError(
          .unsupported, "\(path) is made by \(name.module).\(name.name), which is not read",
          entry: "data.pkl", offset: value.offset)
      }
    }
    throw bad(value, "is wrapped too often")
  }

  private func bad(_ value: PickledValue, _ message: String) -> CheckpointError {
    CheckpointError(.malformed, "a tensor " + message, entry: "data.pkl", offset: value.offset)
  }

  private func rebuild(
    _ function: String, _ arguments: [PickledValue], _ value: PickledValue, path: String
  ) throws(CheckpointError) -> StoredTensor {
    guard arguments.count >= 4, case .persistent(let id) = arguments[0].content,
      let offset = arguments[1].int, let sizes = arguments[2].elements,
      let strideValues = arguments[3].elements
    else { throw bad(value, "has no storage, offset, size and stride") }
    let strides = strideValues.compactMap(\.int)
    guard let reference = graph[id].elements, reference.count >= 5,
      reference[0].string == "storage", let storageClass = reference[1].global,
      let key = reference[2].string, let count = reference[4].int,
      reference.count < 6 || reference[5].isNone
    else { throw bad(value, "has a storage that is not (\"storage\", class, key, device, count)") }
    var type = TensorReader.storageTypes[storageClass.name]
    var storageCount = count
    if function == "_rebuild_tensor_v3", arguments.count > 6, let name = arguments[6].global {
      type = ScalarType(rawValue: name.name)
      storageCount = type.map { count / $0.size } ?? count
    }
    guard let type else {
      throw CheckpointError(
        .unsupported, "\(path) has elements of type \(storageClass.name), which are not read",
        entry: "data.pkl", offset: value.offset)
    }
    let axes = sizes.compactMap(\.int)
    guard axes.count == sizes.count, strides.count == strideValues.count,
      axes.count == strides.count, axes.count <= 64, let shape = Shape(checking: axes),
      offset >= 0, strides.allSatisfy({ $0 >= 0 })
    else { throw bad(value, "has an impossible size \(axes) or stride \(strides)") }
    let storage = try storage(key)
    guard storageCount >= 0, storage.byteCount / type.size == storageCount,
      storage.byteCount.isMultiple(of: type.size)
    else {
      throw bad(
        value,
        "says that storage \(key) has \(storageCount) elements of \(type.name), "
          + "and it has \(storage.byteCount) bytes")
    }
    try checkBounds(shape, strides, offset, storageCount, value)
    return StoredTensor(
      path: path, shape: shape, strides: strides, elementOffset: offset, scalarType: type,
      requiresGrad: arguments.count > 4 ? arguments[4].bool ?? false : false, storage: storage,
      file: file, isNegated: try isNegated(function, arguments, value))
  }

  /// The last element has to be in the storage.
  private func checkBounds(
    _ shape: Shape, _ strides: [Int], _ offset: Int, _ count: Int, _ value: PickledValue
  ) throws(CheckpointError) {
    guard shape.count > 0 else { return }
    var last = offset
    for (length, stride) in zip(shape.axes, strides) {
      let (reach, tooFar) = (length - 1).multipliedReportingOverflow(by: stride)
      let (sum, overflow) = last.addingReportingOverflow(reach)
      guard !tooFar, !overflow else { throw bad(value, "reaches beyond any storage") }
      last = sum
    }
    guard last < count else {
      throw bad(value, "of size \(shape) reaches element \(last) of a storage of \(count)")
    }
  }

  /// Newer files can say that the stored numbers are the negative or conjugate ones.
  private func isNegated(
    _ function: String, _ arguments: [PickledValue], _ value: PickledValue
  ) throws(CheckpointError) -> Bool {
    let place = function == "_rebuild_tensor_v3" ? 7 : 6
    guard arguments.count > place, let metadata = arguments[place].items, !metadata.isEmpty else {
      return false
    }
    var isNegated = false
    for (key, flag) in metadata {
      switch key.string {
      case "neg": isNegated = flag.bool ?? false
      default: throw bad(value, "carries \(key.string ?? "something") that is not understood")
      }
    }
    return isNegated
  }
}

extension TensorReader {
  /// Every tensor that can be reached from the root, in the order of the file, each object once.
  func tensors(below root: PickledValue) throws(CheckpointError) -> [StoredTensor] {
    var found: [StoredTensor] = []
    var seen: Set<Int> = []
    var pending = [(value: root, path: "", depth: 0)]
    while let (value, path, depth) = pending.popLast() {
      if let leaf = try tensor(value, path: path) {
        found.append(leaf)
        guard found.count <= limits.tensors else {
          throw CheckpointError(.limit, "holds more than \(limits.tensors) tensors")
        }
        continue
      }
      guard depth < limits.depth else {
        throw CheckpointError(
          .limit, "values are nested more than \(limits.depth) deep", entry: "data.pkl",
          offset: value.offset)
      }
      guard seen.insert(value.index).inserted else { continue }
      func inside(_ name: String) -> String { path.isEmpty ? name : path + "." + name }
      var children: [(value: PickledValue, path: String, depth: Int)] = []
      for (key, item) in value.items ?? [] {
        let name = key.string ?? key.int.map(String.init) ?? "?"
        children.append((item, inside(name), depth + 1))
      }
      if value.items == nil {
        for (index, element) in (value.elements ?? []).enumerated() {
          children.append((element, inside(String(index)), depth + 1))
        }
      }
      for (name, attribute) in value.attributes {
        // A module's tensors are known by their names alone, as in a state_dict.
        let isTransparent = ["_parameters", "_buffers", "_modules"].contains(name)
        children.append((attribute, isTransparent ? path : inside(name), depth + 1))
      }
      pending += children.reversed()
    }
    return found
  }
}
