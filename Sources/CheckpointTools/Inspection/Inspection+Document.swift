import Checkpoints
import Continual
package import PlainData
import Tensors

extension Inspection {
  /// What the file is: its format, or that it is refused.
  package var formatName: String {
    switch contents {
    case .success(let contents): contents.checkpoint.format.rawValue
    case .failure(let error): error.code == .forbidden ? "refused" : "unreadable"
    }
  }

  /// One object of the schema `coverify.inspect/1`.
  package var document: PlainValue {
    var (found, failure): (Contents?, CheckpointError?)
    switch contents {
    case .success(let contents): found = contents
    case .failure(let error): failure = error
    }
    var (network, noNetwork): (PlainValue?, PlainValue?)
    switch found?.network {
    case .success(let outline)?: network = outline.document
    case .failure(let error)?: noNetwork = .string("\(error)")
    case nil: break
    }
    return .members(
      ("schema", .string("coverify.inspect/1")), ("file", .string("\(path)")),
      ("format", .string(formatName)), ("bytes", .int(found?.checkpoint.byteCount ?? 0)),
      ("summary", found?.summary.document),
      ("tensors", .list((found?.tensors ?? []).map(\.document))),
      ("entries", .list((found?.entries.entries ?? []).map(\.document))),
      ("has_all_entries", .bool(found?.entries.isComplete ?? true)),
      ("shared_storages", .list((found?.sharedStorages ?? []).map(\.document))),
      ("globals", .list(globals.map(\.document))), ("network", network),
      ("no_network", noNetwork), ("refused", failure.map { .string("\($0)") }))
  }
}

extension TensorSummary {
  fileprivate var document: PlainValue {
    .members(
      ("tensors", .int(tensors)), ("elements", .int(elements)), ("bytes", .int(bytes)),
      ("storages", .int(storages)), ("storage_bytes", .int(storageBytes)),
      (
        "dtypes",
        .list(
          parts.map {
            .members(
              ("dtype", .string($0.type.name)), ("tensors", .int($0.tensors)),
              ("elements", .int($0.elements)), ("bytes", .int($0.bytes)))
          })
      ))
  }
}

extension TensorInspection {
  fileprivate var document: PlainValue {
    .members(
      ("path", .string(tensor.path)), ("dtype", .string(tensor.scalarType.name)),
      ("shape", .integers(tensor.shape.axes)), ("strides", .integers(tensor.strides)),
      ("offset", .int(tensor.elementOffset)), ("storage", .string(tensor.storageKey)),
      ("min", statistics?.smallest?.document), ("max", statistics?.largest?.document),
      ("non_finite", statistics.map { .int($0.nonFiniteCount) }),
      ("sha256", sha256.map(PlainValue.string)), ("unreadable", unreadable.map(PlainValue.string)))
  }
}

extension TensorStatistics.Extreme {
  fileprivate var document: PlainValue {
    switch self {
    case .integer(let value): .int(value)
    // In the digits that tell the float from others, and not in those of the double that it equals.
    case .float(let value): .number(Double("\(value)") ?? Double(value))
    case .double(let value): .number(value)
    }
  }
}

extension PlainEntries.Entry {
  fileprivate var document: PlainValue {
    .members(("path", .string(path)), ("type", .string(kind)), ("value", .string(text)))
  }
}

extension SharedStorage {
  fileprivate var document: PlainValue {
    .members(("storage", .string(key)), ("tensors", .strings(names)))
  }
}

extension GlobalUse {
  fileprivate var document: PlainValue {
    .members(
      ("name", .string(name)), ("understood", .bool(isUnderstood)),
      ("refused", .bool(isForbidden)))
  }
}

extension NetworkOutline {
  fileprivate var document: PlainValue {
    .members(
      ("architecture", .string(architecture)), ("frame", .integers(frame.axes)),
      ("frames", .int(frames)), ("state_bytes", .int(stateByteCount)),
      ("assumptions", .strings(assumptions)), ("modules", .list(modules.map(\.document))))
  }
}

extension NetworkOutline.Row {
  fileprivate var document: PlainValue {
    .members(
      ("path", .string(path)), ("type", .string(type)), ("arguments", .string(arguments)),
      ("parameters", .int(parameterCount)), ("receptive_field", .int(timing.receptiveField)),
      ("stride", .int(timing.stride)), ("delay", .int(timing.delay)),
      ("warm_up", .int(timing.warmUp)), ("output", .integers(output.axes)),
      ("divergence", divergence.map(PlainValue.string)))
  }
}
