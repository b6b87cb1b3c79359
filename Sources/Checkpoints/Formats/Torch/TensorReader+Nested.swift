import Tensors

// Tensors that are made of others: those with rows of different lengths, and those of several machines.
extension TensorReader {
  /// What a value is made of beside or instead of one tensor: the rows of a nested tensor, the inner
  /// tensors of a class that wraps some; nil where there is none of it.
  ///
  /// - Parameters:
  ///   - value: any value of the pickle.
  ///   - path: what it is called; the parts are called `path.0`, `path.1`, … or by their names.
  ///   - room: how many there may be.
  ///   - depth: how many calls are around this one.
  /// - Returns: the parts in their order, or nil.
  /// - Throws: ``CheckpointError`` where they contradict each other, or cannot be read.
  func parts(
    of value: PickledValue, path: String, room: Int, depth: Int = 0
  ) throws(CheckpointError) -> [StoredTensor]? {
    guard depth < 8, let name = value.calleeName, Globals.isTensorFunction(name) else { return nil }
    let call = Call(function: name.name, arguments: value.arguments, value: value, path: path)
    switch call.function {
    case "_rebuild_parameter", "_rebuild_parameter_with_state":
      guard let inner = call.arguments.first, inner.index < value.index else { return nil }
      return try parts(of: inner, path: path, room: room, depth: depth + 1)
    case "_rebuild_nested_tensor":
      try call.need(4...4)
      return try rows(of: call, room: room)
    case "_rebuild_from_type_v2":
      try call.need(4...4)
      guard let function = call.arguments[0].global,
        let arguments = call.arguments[2].plainElements
      else { return nil }
      if Globals.isJagged(function) {
        return try rows(ofJagged: try jagged(arguments, call), room: room)
      }
      guard function.name == "_rebuild_wrapper_subclass",
        try tensor(value, path: path)?.refusal != nil
      else { return nil }
      return try inner(of: call)
    default: return nil
    }
  }

  /// A nested tensor as a whole, which has no one shape.
  func nested(_ call: Call, by buffer: StoredTensor) -> StoredTensor {
    StoredTensor(
      path: call.path, shape: buffer.shape, strides: buffer.strides, scalarType: buffer.scalarType,
      contents: .absent(.nested(path: call.path)), file: file)
  }

  /// One row: a view of the buffer, within which it is.
  private func row(
    _ index: Int, _ call: Call, _ buffer: StoredTensor, _ shape: Shape, strides: [Int], offset: Int
  ) -> StoredTensor {
    var row = StoredTensor(
      path: call.path.adding("\(index)"), shape: shape, strides: strides,
      elementOffset: buffer.elementOffset + offset, scalarType: buffer.scalarType,
      contents: buffer.contents, file: file)
    row.requiresGrad = buffer.requiresGrad
    return row
  }

  private func checkRoom(_ count: Int, _ room: Int, _ call: Call) throws(CheckpointError) {
    guard count <= room else {
      throw call.bad(.rows(count, room: room))
    }
  }

  private func buffer(_ call: Call) throws(CheckpointError) -> StoredTensor {
    let buffer = try inner(call, 0)
    guard case .strided = buffer.contents else {
      throw call.bad(.nestedStorage)
    }
    return buffer
  }

  /// `_rebuild_nested_tensor(buffer, sizes, strides, offsets)`: a line of sizes for each row.
  private func rows(of call: Call, room: Int) throws(CheckpointError) -> [StoredTensor] {
    let buffer = try buffer(call)
    guard buffer.isContiguous else {
      throw call.bad(.nestedOrder)
    }
    let parts = [try inner(call, 1), try inner(call, 2), try inner(call, 3)]
    let sizes = parts[0].shape
    if sizes.rank < 2 { return [nested(call, by: buffer)] }
    let (count, rank) = (sizes[0], sizes[1])
    try checkRoom(count, room, call)
    guard sizes.rank == 2, parts[1].shape == sizes, parts[2].shape == [count] else {
      throw call.bad(.nested(sizes: sizes, strides: parts[1].shape, offsets: parts[2].shape))
    }
    let axes = try parts[0].integers()
    let strides = try parts[1].integers()
    let offsets = try parts[2].integers()
    var rows: [StoredTensor] = []
    for index in 0..<count {
      let line = index * rank..<(index + 1) * rank
      let shape = try shape(Array(axes[line]), buffer.scalarType, call)
      let (strides, offset) = (Array(strides[line]), offsets[index])
      guard strides.allSatisfy({ $0 >= 0 }), offset >= 0,
        shape.count == 0
          || (lastElement(shape, strides, offset).map { $0 < buffer.shape.count } ?? false)
      else {
        throw call.bad(
          .row(
            index, shape, strides: strides, offset: offset, elements: buffer.shape.count))
      }
      rows.append(row(index, call, buffer, shape, strides: strides, offset: offset))
    }
    return rows
  }

  /// The arguments of a nested tensor with offsets, which come as one dict: the buffer, the offsets,
  /// the lengths, and which axis they are of.
  func jagged(_ arguments: [PickledValue], _ call: Call) throws(CheckpointError) -> Call {
    guard arguments.count == 1, let values = arguments[0]["values"],
      let offsets = arguments[0]["offsets"], let axis = arguments[0]["_ragged_idx"]
    else { throw call.bad(.notJagged) }
    let lengths = arguments[0]["lengths"].map { [$0] } ?? []
    return Call(
      function: "_rebuild_njt", arguments: [values, offsets, axis] + lengths, value: call.value,
      path: call.path, depth: call.depth + 1)
  }

  private func rows(ofJagged call: Call, room: Int) throws(CheckpointError) -> [StoredTensor] {
    let buffer = try buffer(call)
    let place = try inner(call, 1)
    // The axis of the rows together is not one of the buffer.
    guard let ragged = call.arguments[2].int, buffer.shape.axes.indices.contains(ragged - 1),
      place.shape.rank == 1, place.shape.count > 0
    else {
      throw call.bad(.jagged(values: buffer.shape, offsets: place.shape))
    }
    try checkRoom(place.shape.count - 1, room, call)
    let axis = ragged - 1
    let offsets = try place.integers()
    var lengths = zip(offsets, offsets.dropFirst()).map { $1 - $0 }
    if call.arguments.count > 3, !call.arguments[3].isNone {
      let given = try inner(call, 3)
      guard given.shape == [lengths.count] else {
        throw call.bad(.lengths(given.shape, rows: lengths.count))
      }
      lengths = try given.integers()
    }
    var rows: [StoredTensor] = []
    for (index, (start, length)) in zip(offsets, lengths).enumerated() {
      guard 0 <= start, 0 <= length, start <= buffer.shape[axis],
        length <= buffer.shape[axis] - start
      else {
        throw call.bad(
          .jaggedRow(
            index, length: length, elements: buffer.shape[axis], start: start))
      }
      var axes = buffer.shape.axes
      axes[axis] = length
      rows.append(
        row(
          index, call, buffer, try shape(axes, buffer.scalarType, call), strides: buffer.strides,
          offset: start * buffer.strides[axis]))
    }
    return rows
  }
}

// Tensors of classes that wrap others.
extension TensorReader {
  /// The attributes of a wrapper: a dict, or a pair of that and one of slots.
  private func state(of call: Call) -> [(key: PickledValue, value: PickledValue)] {
    let state = call.arguments[3]
    return state.items ?? (state.plainElements ?? []).flatMap { $0.items ?? [] }
  }

  private func state(of call: Call, _ name: String) -> PickledValue? {
    state(of: call).last { $0.key.string == name }?.value
  }

  /// The parts of a `ShardedTensor` that are in this file.
  private func shards(of call: Call) -> [PickledValue] {
    guard case .list = call.arguments[3].plainElements?.first?.node else { return [] }
    let shards = call.arguments[3].plainElements?.first?.plainElements ?? []
    return shards.compactMap { $0.attribute("tensor") }
  }

  /// The tensor that a `DTensor` is, where this file has all of it.
  func wholeOfShards(
    _ call: Call, _ outline: StoredTensor
  ) throws(CheckpointError) -> StoredTensor? {
    let name = call.arguments[1].global?.name
    guard name == "DTensor" || name == "ShardedTensor",
      let value = state(of: call, "_local_tensor") ?? shards(of: call).first,
      value.index < call.value.index,
      var local = try tensor(value, path: call.path, depth: call.depth + 1)
    else { return nil }
    let placements = state(of: call, "_spec")?.attribute("placements")?.elements ?? []
    let isPartial = placements.contains { $0.calleeName?.name.contains("Partial") ?? false }
    guard local.shape == outline.shape, local.scalarType == outline.scalarType, !isPartial else {
      return StoredTensor(
        path: call.path, shape: outline.shape, strides: outline.strides,
        scalarType: outline.scalarType,
        contents: .absent(.shard(name ?? "", part: local.shape)), file: file)
    }
    local.requiresGrad = outline.requiresGrad
    return local
  }

  /// The tensors that a wrapper has as attributes, behind the wrapper itself.
  private func inner(of call: Call) throws(CheckpointError) -> [StoredTensor] {
    var tensors: [StoredTensor] = []
    if let outline = try tensor(call.value, path: call.path) { tensors.append(outline) }
    let shards = shards(of: call).enumerated().map { ("\($0)", $1) }
    let attributes = state(of: call).compactMap { item in item.key.string.map { ($0, item.value) } }
    for (name, value) in attributes + shards {
      guard value.index < call.value.index,
        let tensor = try tensor(value, path: call.path.adding(name), depth: 1)
      else { continue }
      tensors.append(tensor)
    }
    return tensors
  }

  /// A parameter without a shape.
  func uninitialized(_ call: Call) -> StoredTensor {
    var tensor = StoredTensor(
      path: call.path, shape: [], strides: [], scalarType: .float32,
      contents: .absent(.uninitialized), file: file)
    tensor.isParameter = call.function == "UninitializedParameter"
    return tensor
  }
}
