import CheckpointTools
import Checkpoints
import Foundation
import Tensors
import TorchModels
import Verification

/// What `coverify convert` says when it is done.
struct ConversionScreen: Encodable {
  /// One of the two files.
  struct File: Encodable {
    var path: String
    var format: String
    var bytes: Int
  }

  /// What a cast changes in one tensor.
  struct Cast: Encodable {
    var path: String
    var from: String
    var to: String
    var maxAbs: JSONNumber

    enum CodingKeys: String, CodingKey {
      case path, from, to
      case maxAbs = "max_abs"
    }
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
      Cast(path: $0.name, from: $0.from.name, to: $0.to.name, maxAbs: JSONNumber($0.maxAbs))
    }
    self.notes = notes
  }

  /// One JSON object.
  var json: String { JSONScreen.text(self) }

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
        cast.map { [$0.path, "\($0.from) -> \($0.to)", Number.short($0.maxAbs.value)] })
    }
    for note in notes { row("note", note) }
    row("verified", "every bit read again and compared; \(output.bytes) bytes")
    return lines.joined(separator: "\n")
  }
}

/// A number in JSON, which has none that are not finite; those are texts.
struct JSONNumber: Encodable {
  let value: Double

  init(_ value: Double) { self.value = value }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if value.isFinite { try container.encode(value) } else { try container.encode("\(value)") }
  }
}

/// The JSON that commands print.
enum JSONScreen {
  /// One object, its keys in order.
  static func text(_ value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
  }
}
