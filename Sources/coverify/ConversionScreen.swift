import CheckpointTools
import Checkpoints
import PlainData
import Tensors
import TorchModels
import Verification

/// What `coverify convert` says when it is done.
struct ConversionScreen {
  /// One of the two files.
  struct File {
    var path: String
    var format: String
    var bytes: Int
  }

  /// What a cast changes in one tensor.
  struct Cast {
    var path: String
    var from: String
    var to: String
    var maxAbs: Double
  }

  var input: File
  var output: File
  var tensors: Int
  var elements: Int
  var dtypes: [String]
  var kept: [String]
  var dropped: [String]
  var cast: [Cast]
  var notes: [String]
  /// Whether every bit was read again and compared; a file that is not is not kept.
  var verified = true

  init(
    input: FilePath, output: OutputFile, checkpoint: Checkpoint, contents: NetworkContents,
    conversion: Conversion, changes: [Conversion.CastChange], notes: [String]
  ) {
    self.input = File(
      path: input.description, format: checkpoint.format.rawValue, bytes: checkpoint.byteCount)
    self.output = File(
      path: output.path.description, format: conversion.format.rawValue,
      bytes: output.byteCount ?? 0)
    tensors = conversion.weights.count
    elements = conversion.weights.reduce(0) { $0 + $1.tensor.shape.count }
    var counts: [String: Int] = [:]
    for (_, tensor) in conversion.weights { counts[tensor.scalarType.name, default: 0] += 1 }
    dtypes = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
    kept = conversion.kept
    dropped = contents.others
    cast = changes.map {
      Cast(path: $0.name, from: $0.from.name, to: $0.to.name, maxAbs: Double($0.maxAbs))
    }
    self.notes = notes
  }

  /// One object of the schema `coverify.convert/1`.
  var document: PlainValue {
    func file(_ file: File) -> PlainValue {
      .members(
        ("path", .string(file.path)), ("format", .string(file.format)), ("bytes", .int(file.bytes)))
    }
    return .members(
      ("schema", .string("coverify.convert/1")), ("input", file(input)), ("output", file(output)),
      ("tensors", .int(tensors)), ("elements", .int(elements)), ("dtypes", .strings(dtypes)),
      ("kept", .strings(kept)), ("dropped", .strings(dropped)),
      (
        "cast",
        .list(
          cast.map {
            .members(
              ("path", .string($0.path)), ("from", .string($0.from)), ("to", .string($0.to)),
              ("max_abs", .number($0.maxAbs)))
          })
      ), ("notes", .strings(notes)), ("verified", .bool(verified)))
  }

  /// A few lines of text.
  var human: String {
    var lines = [
      "\(input.path) (\(input.format)) -> \(output.path) (\(output.format))".printable
    ]
    func row(_ title: String, _ text: String) {
      let margin = String(repeating: " ", count: 10 - title.count)
      lines += HumanFormat.wrapped(
        text.printable, first: "  " + title + margin, rest: String(repeating: " ", count: 12))
    }
    row(
      "weights",
      "\(Number.count(tensors, "tensor")), \(Number.count(elements, "element"))"
        + (dtypes.isEmpty ? "" : ": " + dtypes.joined(separator: ", ")))
    if !kept.isEmpty { row("kept", kept.joined(separator: ", ")) }
    for other in dropped { row("dropped", other) }
    if !cast.isEmpty {
      row("cast", "the largest change of an element in each tensor")
      lines += TextTable.lines(
        cast.map { [$0.path, "\($0.from) -> \($0.to)", Number.short($0.maxAbs)] })
    }
    for note in notes { row("note", note) }
    row("verified", "every bit read again and compared; \(output.bytes) bytes")
    return lines.joined(separator: "\n")
  }
}
