import Checkpoints
import PlainData
import Tensors
import Verification

extension Inspection {
  /// What a page of text shows.
  struct View {
    /// How many tensors are listed, the largest first; nil for all of them, in the order of the file.
    var largest: Int?
    /// Whether also names are listed that every file of tensors has, and every entry.
    var isVerbose: Bool
  }

  /// How many entries are shown that are no tensors.
  private static let entryLimit = 30

  /// A page of text.
  func human(_ view: View) -> String {
    let title = file.printable
    guard refused == nil else {
      return (["\(title): \(format)"] + (globals.isEmpty ? [] : globalLines))
        .joined(separator: "\n")
    }
    var lines = ["\(title): \(format), \(Number.count(bytes, "byte"))"]
    lines += summaryLines + tensorLines(view) + sharingLines + entryLines(view)
    // What every file of tensors names is no news.
    if view.isVerbose || globals.contains(where: { !$0.understood }) {
      lines += globalLines
    } else if !globals.isEmpty {
      lines += ["", "  \(Number.count(globals.count, "name")) in the pickle, all understood"]
    }
    if let network {
      lines += networkLines(network)
    } else if let noNetwork {
      lines += ["", "  no network:"]
      lines += noNetwork.split(separator: "\n").flatMap {
        HumanFormat.wrapped(String($0).printable, first: "    ", rest: "      ")
      }
    }
    return lines.joined(separator: "\n")
  }

  private var summaryLines: [String] {
    guard let summary else { return [] }
    var text =
      "\(Number.count(summary.tensors, "tensor")), \(Number.count(summary.elements, "element")), "
      + Number.count(summary.bytes, "byte")
    if summary.storageBytes != summary.bytes {
      text +=
        ", in \(Number.count(summary.storages, "storage")) of "
        + Number.count(summary.storageBytes, "byte")
    }
    let lines = ["", "  " + text]
    guard summary.dtypes.count > 1 else { return lines }
    return lines
      + TextTable.lines(
        summary.dtypes.map { part in
          [
            part.dtype, Number.count(part.tensors, "tensor"),
            Number.count(part.elements, "element"), Number.count(part.bytes, "byte"),
          ]
        })
  }

  private func tensorLines(_ view: View) -> [String] {
    guard let limit = view.largest else { return blank(TextTable.lines(tensors.map(cells))) }
    let sizes = tensors.map { Shape($0.shape).count }
    let order = tensors.indices.sorted { (sizes[$1], $0) < (sizes[$0], $1) }
    let lines = TextTable.lines(order.prefix(limit).map { cells(tensors[$0]) })
    let rest = tensors.count - limit
    return blank(lines + (rest > 0 ? ["    … and \(Number.grouped(rest)) more"] : []))
  }

  private func blank(_ lines: [String]) -> [String] { lines.isEmpty ? [] : [""] + lines }

  private func cells(_ row: TensorRow) -> [String] {
    let isUsual = row.strides == Shape(row.shape).strides || Shape(row.shape).count == 0
    return [
      row.path.isEmpty ? "." : row.path, row.dtype, Shape(row.shape).description,
      isUsual ? "" : "strides \(Shape(row.strides))",
      row.min.map { "min \($0)" } ?? "", row.max.map { "max \($0)" } ?? "",
      row.nonFinite.map { $0 == 0 ? "" : "\($0) not finite" } ?? "", row.sha256 ?? "",
      row.unreadable.map { "unreadable: \($0)" } ?? "",
    ]
  }

  private var sharingLines: [String] {
    guard !sharedStorages.isEmpty else { return [] }
    let offsets = Dictionary(tensors.map { ($0.path, $0.offset) }, uniquingKeysWith: { $1 })
    return ["", "  storages that several tensors are views of"]
      + sharedStorages.flatMap { sharing in
        let names = sharing.tensors.map { name in
          name.printable + (offsets[name].map { $0 == 0 ? "" : " from element \($0)" } ?? "")
        }
        return HumanFormat.wrapped(
          "\(sharing.storage.printable): \(names.joined(separator: ", "))", first: "    ",
          rest: "      ")
      }
  }

  private func entryLines(_ view: View) -> [String] {
    guard !entries.isEmpty else { return [] }
    let count = view.isVerbose ? entries.count : Inspection.entryLimit
    let shown = TextTable.lines(entries.prefix(count).map { [$0.path, $0.value] })
    let rest = entries.count - count
    return ["", "  beside the tensors"] + shown
      + (rest > 0
        ? ["    … and \(Number.grouped(rest)) more, which -v lists"]
        : hasAllEntries ? [] : ["    … and more"])
  }

  private var globalLines: [String] {
    ["", "  \(Number.count(globals.count, "name")) in the pickle, none of which is ever run"]
      + TextTable.lines(
        globals.map { global in
          [
            global.name,
            global.refused ? "refused" : global.understood ? "understood" : "kept as it is",
          ]
        })
  }

  private func networkLines(_ network: Network) -> [String] {
    let header = ["module", "rf", "stride", "delay", "frame out", "class"]
    // The modules that a row is inside of, from the outermost.
    var around: [String] = []
    let rows = network.modules.map { row in
      while let last = around.last, !last.isEmpty, !row.path.hasPrefix(last + ".") {
        around.removeLast()
      }
      defer { around.append(row.path) }
      let indent = String(repeating: "  ", count: around.count)
      return [
        row.path.isEmpty ? "." : indent + row.path, String(row.receptiveField),
        String(row.stride), String(row.delay), Shape(row.output).description,
        "\(row.type)(\(row.arguments))",
      ]
    }
    let table = TextTable.lines([header] + rows)
    let modules = zip(table.dropFirst(), network.modules).flatMap { line, row in
      [line]
        + (row.divergence.map {
          HumanFormat.wrapped($0, first: "      ! ", rest: "        ")
        } ?? [])
    }
    return [""]
      + HumanFormat.wrapped(
        "network from \(network.architecture.printable), frames \(Shape(network.frame)), "
          + "\(Number.count(network.stateBytes, "byte")) of state a stream", first: "  ",
        rest: "    ")
      + network.assumptions.flatMap {
        HumanFormat.wrapped("assumed: " + $0.printable, first: "    ", rest: "      ")
      } + table.prefix(1) + modules
  }
}
