import Tensors

// Tensors with a storage.
extension TensorReader {
  func strided(_ call: Call) throws(CheckpointError) -> StoredTensor {
    let isUntyped = call.function == "_rebuild_tensor_v3"
    let first = call.function == "_rebuild_tensor" ? 4 : isUntyped ? 7 : 6
    try call.need(first...(first == 4 ? 4 : first + 1))
    let (reference, storage) = try self.storage(call)
    var type = reference.scalarType ?? reference.packedType
    if isUntyped {
      guard let named = call.arguments[6].scalarType, named.hasValues else {
        throw call.bad(.unreadType(call.arguments[6].summary))
      }
      type = named
    }
    guard let type else {
      throw call.bad(.noType)
    }
    let view = try view(call, type, storage, part: reference.view)
    let metadata = call.arguments.count > first ? call.arguments[first] : nil
    var tensor = StoredTensor(
      path: call.path, shape: view.shape, strides: view.strides, elementOffset: view.offset,
      scalarType: type,
      contents: .strided(storage, try signs(metadata, type, call)), file: file)
    if first > 4 { tensor.requiresGrad = try call.requiresGrad(4, type) }
    return tensor
  }

  private func storage(
    _ call: Call
  ) throws(CheckpointError) -> (StorageReference, Storage) {
    guard let reference = table.references[call.arguments[0].index],
      let storage = storages[reference.key]
    else {
      throw call.bad(.part(call.arguments[0].summary, expected: .storage))
    }
    return (reference, storage)
  }

  /// Offset, size and strides, for which all elements are within the storage.
  private func view(
    _ call: Call, _ type: ScalarType, _ storage: Storage, part: StorageReference.View?,
    perByte: Int = 1
  ) throws(CheckpointError) -> (shape: Shape, strides: [Int], offset: Int) {
    guard let offset = call.arguments[1].plainInt, offset >= 0 else {
      throw call.bad(.offset(call.arguments[1].summary))
    }
    guard let axes = call.integers(2) else {
      throw call.bad(.noSize)
    }
    guard let strides = call.integers(3) else {
      throw call.bad(.noStrides)
    }
    let shape = try self.shape(axes, type, call)
    guard strides.count == axes.count, strides.allSatisfy({ $0 >= 0 }) else {
      throw call.bad(.strides(shape, strides))
    }
    let (start, overflow) = offset.addingReportingOverflow(part?.offset ?? 0)
    guard !overflow else { throw call.bad(.start(offset)) }
    let count = part.map { $0.offset + $0.count } ?? storage.byteCount * perByte / type.size
    if shape.count > 0 {
      guard let last = lastElement(shape, strides, start), last < count else {
        throw call.bad(
          .reach(shape, strides: strides, offset: offset, elements: count))
      }
    }
    return (shape, strides, start)
  }

  /// A shape whose elements fit in memory.
  func shape(
    _ axes: [Int], _ type: ScalarType, _ call: Call
  ) throws(CheckpointError) -> Shape {
    guard axes.count <= limits.axes else {
      throw call.bad(.axes(axes.count, limit: limits.axes))
    }
    guard let shape = Shape(checking: axes) else {
      throw call.bad(.size(axes))
    }
    let (bytes, overflow) = shape.count.multipliedReportingOverflow(by: type.size)
    let allowed = limits.tensorBytes(fileSize: fileSize)
    guard !overflow, bytes <= allowed else {
      throw call.bad(.memory(shape, allowed: allowed, fileSize: fileSize))
    }
    return shape
  }

  /// Newer files can say that the stored numbers are the negative or conjugate ones.
  private func signs(
    _ metadata: PickledValue?, _ type: ScalarType, _ call: Call
  ) throws(CheckpointError) -> StoredTensor.Signs {
    var signs = StoredTensor.Signs()
    guard let metadata, !metadata.isNone else { return signs }
    guard let items = metadata.items else {
      throw call.bad(.marks(metadata.summary))
    }
    for (key, mark) in items {
      switch (key.string, mark.bool) {
      case ("neg", let mark?): signs.isNegated = mark
      case ("conj", let mark?):
        guard !mark || type.isComplex else {
          throw call.bad(.conjugated(type))
        }
        signs.isConjugated = mark
      default: throw call.bad(.mark(key.summary))
      }
    }
    return signs
  }

  func quantized(_ call: Call) throws(CheckpointError) -> StoredTensor {
    try call.need(7...7)
    let (reference, storage) = try self.storage(call)
    let types: [ScalarType?] = [
      .quantizedInt8, .quantizedUInt8, .quantizedInt32, .quantizedUInt4x2, .quantizedUInt2x4,
    ]
    guard let type = reference.scalarType ?? reference.packedType, types.contains(type) else {
      throw call.bad(.quantizedStorage(reference.scalarType))
    }
    _ = try call.requiresGrad(5, type)
    let perByte = type.bitsPerNumber.map { 8 / $0 } ?? 1
    let view = try view(call, type, storage, part: reference.view, perByte: perByte)
    return StoredTensor(
      path: call.path, shape: view.shape, strides: view.strides, elementOffset: view.offset,
      scalarType: type,
      contents: .quantized(storage, try quantizer(call, view.shape)), file: file)
  }

  private func quantizer(
    _ call: Call, _ shape: Shape
  ) throws(CheckpointError) -> Quantizer {
    let parts = call.arguments[4].plainElements ?? []
    switch (parts.first?.global?.name, parts.count) {
    case ("per_tensor_affine", 3):
      guard let scale = parts[1].double, let zero = parts[2].plainInt,
        Int32(exactly: zero) != nil
      else { break }
      return .perTensor(scale: scale, zero: zero)
    case ("per_channel_affine", 4), ("per_channel_affine_float_qparams", 4):
      guard let scales = try tensor(parts[1], path: call.path, depth: call.depth + 1),
        let zeros = try tensor(parts[2], path: call.path, depth: call.depth + 1),
        let axis = parts[3].plainInt, shape.axes.indices.contains(axis),
        scales.shape.axes == [shape[axis]], zeros.shape.axes == [shape[axis]]
      else { break }
      return .perChannel(axis: axis, scales: scales, zeros: zeros)
    default: break
    }
    throw call.bad(.quantizer(shape))
  }
}
