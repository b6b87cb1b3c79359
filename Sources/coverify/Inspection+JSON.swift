import PlainData

extension Inspection {
  /// One object of the schema `coverify.inspect/1`.
  var document: PlainValue {
    .members(
      ("schema", .string("coverify.inspect/1")), ("file", .string(file)),
      ("format", .string(format)), ("bytes", .int(bytes)), ("summary", summary?.document),
      ("tensors", .list(tensors.map(\.document))), ("entries", .list(entries.map(\.document))),
      ("has_all_entries", .bool(hasAllEntries)),
      (
        "shared_storages",
        .list(
          sharedStorages.map {
            .members(("storage", .string($0.storage)), ("tensors", .strings($0.tensors)))
          })
      ),
      (
        "globals",
        .list(
          globals.map {
            .members(
              ("name", .string($0.name)), ("understood", .bool($0.understood)),
              ("refused", .bool($0.refused)))
          })
      ), ("network", network?.document), ("no_network", noNetwork.map(PlainValue.string)),
      ("refused", refused.map(PlainValue.string)))
  }
}

extension Inspection.Summary {
  fileprivate var document: PlainValue {
    .members(
      ("tensors", .int(tensors)), ("elements", .int(elements)), ("bytes", .int(bytes)),
      ("storages", .int(storages)), ("storage_bytes", .int(storageBytes)),
      (
        "dtypes",
        .list(
          dtypes.map {
            .members(
              ("dtype", .string($0.dtype)), ("tensors", .int($0.tensors)),
              ("elements", .int($0.elements)), ("bytes", .int($0.bytes)))
          })
      ))
  }
}

extension Inspection.TensorRow {
  fileprivate var document: PlainValue {
    .members(
      ("path", .string(path)), ("dtype", .string(dtype)), ("shape", .integers(shape)),
      ("strides", .integers(strides)), ("offset", .int(offset)), ("storage", .string(storage)),
      ("min", min?.document), ("max", max?.document), ("non_finite", nonFinite.map(PlainValue.int)),
      ("sha256", sha256.map(PlainValue.string)), ("unreadable", unreadable.map(PlainValue.string)))
  }
}

extension Inspection.Extreme {
  fileprivate var document: PlainValue {
    switch self {
    case .integer(let value): .int(value)
    // In the digits that tell the float from others, and not in those of the double that it equals.
    case .float(let value): .number(Double("\(value)") ?? Double(value))
    case .double(let value): .number(value)
    }
  }
}

extension Inspection.Entry {
  fileprivate var document: PlainValue {
    .members(("path", .string(path)), ("type", .string(type)), ("value", .string(value)))
  }
}

extension Inspection.Network {
  fileprivate var document: PlainValue {
    .members(
      ("architecture", .string(architecture)), ("frame", .integers(frame)),
      ("frames", .int(frames)), ("state_bytes", .int(stateBytes)),
      ("assumptions", .strings(assumptions)), ("modules", .list(modules.map(\.document))))
  }
}

extension Inspection.ModuleRow {
  fileprivate var document: PlainValue {
    .members(
      ("path", .string(path)), ("type", .string(type)), ("arguments", .string(arguments)),
      ("parameters", .int(parameters)), ("receptive_field", .int(receptiveField)),
      ("stride", .int(stride)), ("delay", .int(delay)), ("warm_up", .int(warmUp)),
      ("output", .integers(output)), ("divergence", divergence.map(PlainValue.string)))
  }
}
