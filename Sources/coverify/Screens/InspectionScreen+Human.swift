import CheckpointTools
import Checkpoints
import Continual
import PlainData
import Tensors
import TextLayout

extension InspectionScreen {
  /// How many entries are shown that are not tensors.
  private static let entryLimit = 30

  /// How many names of the pickle are shown.
  private static let nameLimit = 100

  /// A page of text about one file.
  func page(_ inspection: Inspection) -> String {
    let title = "\(inspection.path)".printable + ": " + inspection.formatName
    let globals = inspection.globals
    guard case .success(let contents) = inspection.contents else {
      return ([title] + (globals.isEmpty ? [] : lines(globals))).joined(separator: "\n")
    }
    var lines = [title + ", " + Number.count(contents.checkpoint.byteCount, "byte")]
    lines += self.lines(contents.summary) + self.lines(contents.tensors)
    lines += sharingLines(contents) + self.lines(contents.entries)
    // Every file of tensors has names of this kind.
    if view.isVerbose || globals.contains(where: { !$0.isUnderstood }) {
      lines += self.lines(globals)
    } else if !globals.isEmpty {
      lines += ["", "  \(Number.count(globals.count, "name")) in the pickle, all understood"]
    }
    switch contents.network {
    case .success(let network): lines += self.lines(network)
    case .failure(let error):
      lines += ["", "  no network:"]
      lines += "\(error)".split(separator: "\n").flatMap {
        Paragraph.wrapped(String($0), first: "    ", rest: "      ")
      }
    }
    return lines.joined(separator: "\n")
  }

  private func lines(_ summary: TensorSummary) -> [String] {
    var text =
      "\(Number.count(summary.tensors, "tensor")), \(Number.count(summary.elements, "element")), "
      + Number.count(summary.bytes, "byte")
    if summary.storageBytes != summary.bytes {
      text +=
        ", in \(Number.count(summary.storages, "storage")) of "
        + Number.count(summary.storageBytes, "byte")
    }
    let lines = ["", "  " + text]
    guard summary.parts.count > 1 else { return lines }
    return lines
      + TextTable.lines(
        summary.parts.map { part in
          [
            part.type.name, Number.count(part.tensors, "tensor"),
            Number.count(part.elements, "element"), Number.count(part.bytes, "byte"),
          ]
        })
  }

  private func lines(_ tensors: [TensorInspection]) -> [String] {
    var lines: [String]
    if let limit = view.largest {
      let sizes = tensors.map(\.tensor.shape.count)
      let order = tensors.indices.sorted { (sizes[$1], $0) < (sizes[$0], $1) }
      lines = TextTable.lines(order, limit: limit) { cells(tensors[$0]) }
    } else {
      lines = TextTable.lines(tensors.map(cells))
    }
    if !lines.isEmpty { lines.insert("", at: 0) }
    return lines
  }

  private func cells(_ row: TensorInspection) -> [String] {
    let tensor = row.tensor
    let isUsual = tensor.strides == tensor.shape.strides || tensor.shape.count == 0
    let statistics = row.statistics
    return [
      tensor.path.isEmpty ? "." : tensor.path, tensor.scalarType.name, tensor.shape.description,
      isUsual ? "" : "strides \(Shape(tensor.strides))",
      statistics?.smallest.map { "min \($0)" } ?? "",
      statistics?.largest.map { "max \($0)" } ?? "",
      statistics.map { $0.nonFiniteCount == 0 ? "" : "\($0.nonFiniteCount) not finite" } ?? "",
      row.sha256 ?? "", row.unreadable.map { "unreadable: \($0)" } ?? "",
    ]
  }

  private func sharingLines(_ contents: Inspection.Contents) -> [String] {
    guard !contents.sharedStorages.isEmpty else { return [] }
    let offsets = Dictionary(
      contents.checkpoint.tensors.map { ($0.path, $0.elementOffset) }, uniquingKeysWith: { $1 })
    return ["", "  storages that several tensors are views of"]
      + contents.sharedStorages.flatMap { sharing in
        var names = sharing.names.prefix(InspectionScreen.entryLimit).map { name in
          name + (offsets[name].map { $0 == 0 ? "" : " from element \($0)" } ?? "")
        }
        let rest = sharing.names.count - names.count
        if rest > 0 {
          names.append("… and \(Number.grouped(rest)) more, which --format json lists")
        }
        return Paragraph.wrapped(
          "\(sharing.key): \(names.joined(separator: ", "))", first: "    ", rest: "      ")
      }
  }

  private func lines(_ entries: PlainEntries) -> [String] {
    let all = entries.entries
    guard !all.isEmpty else { return [] }
    let count = view.isVerbose ? all.count : InspectionScreen.entryLimit
    let shown = TextTable.lines(all, limit: count, hint: ", which -v lists") {
      [$0.path, $0.text]
    }
    return ["", "  beside the tensors"] + shown
      + (all.count <= count && !entries.isComplete ? ["    … and more"] : [])
  }

  private func lines(_ globals: [GlobalUse]) -> [String] {
    ["", "  \(Number.count(globals.count, "name")) in the pickle, none of which is ever run"]
      + TextTable.lines(
        globals, limit: view.isVerbose ? globals.count : InspectionScreen.nameLimit,
        hint: ", which -v lists"
      ) { global in
        [
          global.name,
          global.isForbidden
            ? "refused" : global.isUnderstood ? "understood" : "kept as it is",
        ]
      }
  }

  private func lines(_ network: NetworkOutline) -> [String] {
    let header = ["module", "rf", "stride", "delay", "frame out", "class"]
    let rows = network.modules.map { row in
      let indent = String(repeating: "  ", count: row.depth)
      return [
        row.path.isEmpty ? "." : indent + row.path, String(row.timing.receptiveField),
        String(row.timing.stride), String(row.timing.delay), row.output.description,
        "\(row.type)(\(row.arguments))",
      ]
    }
    let table = TextTable.lines([header] + rows)
    let modules = zip(table.dropFirst(), network.modules).flatMap { line, row in
      [line]
        + (row.divergence.map {
          Paragraph.wrapped($0, first: "      ! ", rest: "        ")
        } ?? [])
    }
    return [""]
      + Paragraph.wrapped(
        "network from \(network.architecture), frames \(network.frame), "
          + "\(Number.count(network.stateByteCount, "byte")) of state a stream", first: "  ",
        rest: "    ")
      + network.assumptions.flatMap {
        Paragraph.wrapped("assumed: " + $0, first: "    ", rest: "      ")
      } + table.prefix(1) + modules
  }
}
