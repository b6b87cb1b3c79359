import Tensors

// Tensors whose values are elsewhere, or nowhere.
extension TensorReader {
  /// A tensor of which the file says no more than type and size.
  func absent(
    _ call: Call, type: Int, size: Int, _ absence: TensorAbsence
  ) throws(CheckpointError) -> StoredTensor {
    guard let scalarType = call.arguments[type].scalarType else {
      throw call.bad(.unknownType(call.arguments[type].summary))
    }
    return try absent(call, type: scalarType, size: size, absence)
  }

  func absent(
    _ call: Call, type: ScalarType, size: Int, _ absence: TensorAbsence
  ) throws(CheckpointError) -> StoredTensor {
    guard let axes = call.integers(size), axes.count <= limits.axes,
      let shape = Shape(checking: axes)
    else { throw call.bad(.impossibleSize) }
    return StoredTensor(
      path: call.path, shape: shape, strides: shape.strides, scalarType: type,
      contents: .absent(absence), file: file)
  }

  /// A tensor that was on a device without storages, and is a numpy array in the file.
  func array(_ call: Call) throws(CheckpointError) -> StoredTensor {
    try call.need(4...4)
    guard let array = call.arguments[0].numpyArray else {
      throw call.bad(.part(call.arguments[0].summary, expected: .array))
    }
    var tensor = StoredTensor(
      path: call.path, shape: array.shape, scalarType: array.scalarType,
      storage: Storage(key: "", FileContents(array.littleEndianBytes), name: call.path), file: file)
    tensor.requiresGrad = try call.requiresGrad(3, array.scalarType)
    return tensor
  }

  func sparse(_ call: Call) throws(CheckpointError) -> StoredTensor {
    // Before 2.0 the parts of a compressed tensor came without their layout.
    let isBare = call.function == "_rebuild_sparse_csr_tensor"
    guard call.arguments.count == 2, let parts = call.arguments[1].plainElements,
      let name = call.arguments[0].arguments.first?.string ?? call.arguments[0].global?.name
    else {
      throw call.bad(.noLayout)
    }
    let full = name.hasPrefix("torch.") ? name : "torch." + name
    guard let layout = SparseContents.Layout(rawValue: full), !isBare || layout == .rows else {
      return try unreadSparse(call, layout: full, parts)
    }
    let valuesPlace = layout == .coordinates ? 1 : 2
    guard parts.count == valuesPlace + 2 || layout == .coordinates && parts.count == 4 else {
      throw call.bad(.parts(parts.count))
    }
    let whole = Call(
      function: call.function, arguments: parts, value: call.value, path: call.path,
      depth: call.depth + 1)
    guard let axes = whole.integers(valuesPlace + 1) else {
      throw call.bad(.noSparseSize)
    }
    let values = try inner(whole, valuesPlace)
    let shape = try self.shape(axes, values.scalarType, call)
    let indices = try inner(whole, 0)
    let plain = layout == .coordinates ? nil : try inner(whole, 1)
    guard
      SparseContents.fits(layout, indices.shape, plain?.shape, values.shape, shape),
      indices.scalarType == .int64 || indices.scalarType == .int32
    else {
      throw call.bad(.sparse(shape, indices: indices.shape, values: values.shape))
    }
    var tensor = StoredTensor(
      path: call.path, shape: shape, strides: shape.strides, scalarType: values.scalarType,
      contents: .sparse(
        SparseContents(
          layout: layout, indices: indices, plain: plain, values: values)), file: file)
    tensor.requiresGrad = values.requiresGrad
    return tensor
  }

  private func unreadSparse(
    _ call: Call, layout: String, _ parts: [PickledValue]
  ) throws(CheckpointError) -> StoredTensor {
    let whole = Call(
      function: call.function, arguments: parts, value: call.value, path: call.path,
      depth: call.depth + 1)
    guard parts.count == 4 else { throw call.bad(.parts(parts.count)) }
    let type = try inner(whole, 2).scalarType
    return try absent(whole, type: type, size: 3, .layout(layout.bounded))
  }
}
