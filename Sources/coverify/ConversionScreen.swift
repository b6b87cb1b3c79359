import Checkpoints
import Foundation
import Tensors
import TorchModels

/// What `coverify convert` says when it is done.
struct ConversionScreen: Encodable {
  /// One of the two files.
  struct File: Encodable {
    var path: String
    var format: String
    var bytes: Int
  }

  var input: File
  var output: File
  var tensors: Int
  var elements: Int
  var dtypes: [String]
  var kept: [String]
  var dropped: [String]
  var notes: [String]
  /// Whether every bit was read again and compared; a file that is not is not kept.
  var verified = true

  init(
    input: String, output: String, checkpoint: Checkpoint, contents: NetworkContents,
    conversion: Conversion, notes: [String]
  ) {
    let size = try? FileManager.default.attributesOfItem(atPath: output)[.size] as? Int
    self.input = File(
      path: input, format: checkpoint.format.rawValue, bytes: checkpoint.byteCount)
    self.output = File(
      path: output, format: conversion.format.rawValue, bytes: size.flatMap(\.self) ?? 0)
    tensors = conversion.weights.count
    elements = conversion.weights.reduce(0) { $0 + $1.tensor.shape.count }
    var counts: [String: Int] = [:]
    for (_, tensor) in conversion.weights { counts[tensor.scalarType.name, default: 0] += 1 }
    dtypes = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
    kept = conversion.kept
    dropped = contents.others
    self.notes = notes
  }

  /// One JSON object.
  var json: String { JSONScreen.text(self) }

  /// A few lines of text.
  var human: String {
    var lines = ["\(input.path) (\(input.format)) -> \(output.path) (\(output.format))"]
    func row(_ title: String, _ text: String) {
      lines.append("  " + title + String(repeating: " ", count: 10 - title.count) + text.printable)
    }
    row(
      "weights",
      "\(tensors) tensors, \(elements) elements"
        + (dtypes.isEmpty ? "" : ": " + dtypes.joined(separator: ", ")))
    if !kept.isEmpty { row("kept", kept.joined(separator: ", ")) }
    for other in dropped { row("dropped", other) }
    for note in notes { row("note", note) }
    row("verified", "every bit read again and compared; \(output.bytes) bytes")
    return lines.joined(separator: "\n")
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
