import CheckpointTools
import Checkpoints
import PlainData
import Tensors
import TextLayout

/// What `coverify convert` says when it is done: every bit was read again and compared, as a file that
/// was not is not kept.
struct ConversionScreen: Screen {
  let input: FilePath
  let checkpoint: Checkpoint
  let output: OutputFile
  let conversion: Conversion
  /// What a cast changes, tensor by tensor.
  let changes: [Conversion.CastChange]
  /// What in the file is not written.
  let dropped: [String]
  let notes: [String]

  var json: PlainValue {
    .members(
      ("schema", .string("coverify.convert/1")),
      ("input", file(input, checkpoint.format.rawValue, checkpoint.byteCount)),
      ("output", file(output.path, conversion.format.rawValue, output.byteCount ?? 0)),
      ("tensors", .int(conversion.weights.count)), ("elements", .int(conversion.elementCount)),
      ("dtypes", .strings(conversion.scalarTypes.map(\.name))),
      ("kept", .strings(conversion.kept)), ("dropped", .strings(dropped)),
      (
        "cast",
        .list(
          changes.map {
            .members(
              ("path", .string($0.name)), ("from", .string($0.from.name)),
              ("to", .string($0.to.name)), ("max_abs", .number($0.maxAbs)))
          })
      ), ("notes", .strings(notes)), ("verified", .bool(true)))
  }

  /// How much of what is not written a page of text lists.
  private static let shownDropped = 20

  private func file(_ path: FilePath, _ format: String, _ bytes: Int) -> PlainValue {
    .members(
      ("path", .string("\(path)")), ("format", .string(format)), ("bytes", .int(bytes)))
  }

  var human: String {
    let title =
      "\(input) (\(checkpoint.format.rawValue)) -> \(output.path) (\(conversion.format.rawValue))"
    var lines = [title.printable]
    func row(_ title: String, _ text: String) {
      lines += Paragraph.labelled(title, text, column: 10)
    }
    let types = conversion.scalarTypes.map(\.name).joined(separator: ", ")
    row(
      "weights",
      "\(Number.count(conversion.weights.count, "tensor")), "
        + Number.count(conversion.elementCount, "element") + (types.isEmpty ? "" : ": " + types))
    if !conversion.kept.isEmpty { row("kept", conversion.kept.joined(separator: ", ")) }
    for other in dropped.prefix(ConversionScreen.shownDropped) { row("dropped", other) }
    let rest = dropped.count - ConversionScreen.shownDropped
    if rest > 0 { row("", "… and \(Number.grouped(rest)) more, which --format json lists") }
    if !changes.isEmpty {
      row("cast", "the largest change of an element in each tensor")
      lines += TextTable.lines(
        changes.map {
          [$0.name, "\($0.from.name) -> \($0.to.name)", Number.short($0.maxAbs)]
        })
    }
    for note in notes { row("note", note) }
    row("verified", "every bit read again and compared; \(output.byteCount ?? 0) bytes")
    return lines.joined(separator: "\n")
  }
}
