import Checkpoints
import Tensors

extension Inspection {
  /// A page of text.
  var human: String {
    guard refused == nil else {
      return (["\(file): refused"] + globalLines(globals)).joined(separator: "\n")
    }
    var lines = ["\(file): \(format), \(bytes) bytes", "", "  \(tensors.count) tensors"]
    lines += TextTable.lines(tensors.map(cells))
    if !sharedStorages.isEmpty {
      lines += ["", "  storages that several tensors are views of"]
      lines += sharedStorages.map { sharing in
        "    \(sharing.storage): \(sharing.tensors.joined(separator: ", ").printable)"
      }
    }
    // What every file of tensors names is no news.
    if globals.contains(where: { !$0.understood }) { lines += globalLines(globals) }
    if let network {
      lines += networkLines(network)
    } else if let noNetwork {
      lines +=
        ["", "  no network:"]
        + noNetwork.split(separator: "\n").map { "    " + String($0).printable }
    }
    return lines.joined(separator: "\n")
  }

  private func cells(_ row: TensorRow) -> [String] {
    let isUsual = row.strides == Shape(row.shape).strides || Shape(row.shape).count == 0
    return [
      row.path, row.dtype, Shape(row.shape).description,
      isUsual ? "" : "strides \(Shape(row.strides))",
      row.min.map { "min \($0)" } ?? "", row.max.map { "max \($0)" } ?? "",
      row.nonFinite.map { $0 == 0 ? "" : "\($0) not finite" } ?? "", row.sha256 ?? "",
      row.unreadable.map { "unreadable: \($0)" } ?? "",
    ]
  }

  private func globalLines(_ globals: [Global]) -> [String] {
    ["", "  \(globals.count) names in the pickle, none of which is ever run"]
      + TextTable.lines(
        globals.map { global in
          [
            global.name,
            global.refused ? "refused" : global.understood ? "understood" : "kept as it is",
          ]
        })
  }

  private func networkLines(_ network: Network) -> [String] {
    let header = ["module", "class", "rf", "stride", "delay", "frame out", ""]
    // The modules that a row is inside of, from the outermost.
    var around: [String] = []
    let rows = network.modules.map { row in
      while let last = around.last, !last.isEmpty, !row.path.hasPrefix(last + ".") {
        around.removeLast()
      }
      defer { around.append(row.path) }
      let indent = String(repeating: "  ", count: around.count)
      return [
        row.path.isEmpty ? "." : indent + row.path, "\(row.type)(\(row.arguments))",
        String(row.receptiveField), String(row.stride), String(row.delay),
        Shape(row.output).description, row.divergence.map { "! " + $0 } ?? "",
      ]
    }
    return [
      "",
      "  network from \(network.architecture), frames \(Shape(network.frame)), "
        + "\(network.stateBytes) bytes of state a stream",
    ] + network.assumptions.map { "    assumed: " + $0 } + TextTable.lines([header] + rows)
  }
}

/// Rows of text, their columns below each other.
enum TextTable {
  /// The lines, indented, without spaces at their ends; empty columns take no room.
  static func lines(_ rows: [[String]]) -> [String] {
    // Names come from the file, and must not steer the terminal.
    let rows = rows.map { $0.map(\.printable) }
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = zip(row, widths).compactMap { cell, width in
        width == 0 ? nil : cell + String(repeating: " ", count: width - cell.count)
      }
      var line = "    " + cells.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      return line
    }
  }
}
