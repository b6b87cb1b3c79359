import Tensors

/// Writes the pickle of a checkpoint: what is in it, and which part of which storage a tensor is.
///
///     torch._utils._rebuild_tensor_v2(
///       ("storage", torch.FloatStorage, "0", "cpu", 6), 0, (2, 3), (3, 1), False, OrderedDict())
struct TorchPickler {
  private var writer = PickleWriter()
  private let layout: StorageLayout
  /// How many tensors were written.
  private var count = 0

  private init(_ layout: StorageLayout) { self.layout = layout }

  /// The pickle of a content whose tensors are laid out in their order.
  static func pickle(_ content: TorchContent, _ layout: StorageLayout) -> [UInt8] {
    var pickler = TorchPickler(layout)
    pickler.write(content)
    pickler.writer.stop()
    return pickler.writer.bytes
  }

  private mutating func write(_ content: TorchContent) {
    switch content {
    case .none: writer.none()
    case .bool(let value): writer.bool(value)
    case .int(let value): writer.int(value)
    case .double(let value): writer.double(value)
    case .string(let value): writer.text(value)
    case .tensor(let tensor): write(tensor)
    case .list(let values):
      writer.list()
      runs(of: values, .elements) { $0.write($1) }
    case .dict(let items):
      writer.dict()
      runs(of: items, .items) { pickler, item in
        pickler.writer.text(item.key)
        pickler.write(item.value)
      }
    case .stateDict(let tensors, let modules):
      writer.orderedDict()
      runs(of: tensors, .items) { pickler, item in
        pickler.writer.text(item.name)
        pickler.write(item.tensor)
      }
      if !modules.isEmpty { write(modules) }
    }
  }

  /// Gives the dict before it the attribute `_metadata`: the versions of all modules.
  private mutating func write(_ modules: [(path: String, entry: TorchContent)]) {
    writer.dict()
    writer.mark()
    writer.text("_metadata")
    writer.orderedDict()
    runs(of: modules, .items) { pickler, module in
      pickler.writer.text(module.path)
      pickler.write(module.entry)
    }
    writer.end(.items)
    writer.build()
  }

  private mutating func write(_ tensor: TensorSource) {
    let view = layout.views[count]
    count += 1
    if tensor.isParameter {
      writer.global("torch._utils", "_rebuild_parameter")
      writer.mark()
    }
    let storageClass = StorageReference.types.first { $0.value == tensor.scalarType }?.key
    writer.global(
      "torch._utils", storageClass == nil ? "_rebuild_tensor_v3" : "_rebuild_tensor_v2")
    writer.mark()
    write(layout.records[view.record], view.record, storageClass, tensor.scalarType)
    writer.int(view.offset)
    writer.ints(tensor.shape.axes)
    writer.ints(view.strides)
    writer.bool(tensor.requiresGrad && !tensor.isParameter)
    writer.orderedDict()
    if storageClass == nil { writer.global("torch", tensor.scalarType.name) }
    write(view.signs)
    writer.end(.tuple)
    writer.reduce()
    if tensor.isParameter {
      writer.bool(tensor.requiresGrad)
      writer.orderedDict()
      writer.end(.tuple)
      writer.reduce()
    }
  }

  private mutating func write(
    _ record: StorageLayout.Record, _ key: Int, _ storageClass: String?, _ type: ScalarType
  ) {
    writer.mark()
    writer.commonText("storage")
    if let storageClass {
      writer.global("torch", storageClass)
    } else {
      writer.global("torch.storage", "UntypedStorage")
    }
    writer.text(String(key))
    writer.commonText("cpu")
    writer.int(storageClass == nil ? record.byteCount : record.byteCount / type.size)
    writer.end(.tuple)
    writer.persistent()
  }

  /// The marks of a tensor whose stored numbers are the negative or conjugate ones.
  private mutating func write(_ signs: StoredTensor.Signs) {
    guard signs != StoredTensor.Signs() else { return }
    writer.dict()
    writer.mark()
    for (name, mark) in [("conj", signs.isConjugated), ("neg", signs.isNegated)] where mark {
      writer.text(name)
      writer.bool(true)
    }
    writer.end(.items)
  }

  private mutating func runs<Item>(
    of items: [Item], _ ending: PickleWriter.Ending,
    _ write: (inout TorchPickler, Item) -> Void
  ) {
    var rest = items[...]
    while !rest.isEmpty {
      writer.mark()
      for item in rest.prefix(PickleWriter.runLength) { write(&self, item) }
      writer.end(ending)
      rest = rest.dropFirst(PickleWriter.runLength)
    }
  }
}
