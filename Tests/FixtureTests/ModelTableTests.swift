import Foundation
import TestSupport
import Testing

/// A few networks of the table of those that work are checked in; what it says of them is so.
@Suite("The table of networks that work")
struct ModelTableTests {
  /// A row of the table.
  struct Row: CustomTestStringConvertible {
    let cells: [String]
    var testDescription: String { cells.prefix(2).joined(separator: ", ") }
    var verdict: String { cells.last ?? "" }

    /// As in `pytorch-tcn-gated`.
    var file: String {
      let words = (cells[1] + " " + cells[0]).lowercased().map {
        $0.isLetter || $0.isNumber ? $0 : " "
      }
      return String(words).split(separator: " ").joined(separator: "-")
    }
  }

  static let folder = Fixture.folder + "/models"

  static let rows: [Row] = {
    let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
      .appending(path: "Sources/TorchModels/Documentation.docc/NetworksThatWork.md")
    let text = (try? String(contentsOf: path, encoding: .utf8)) ?? ""
    let rows = text.split(separator: "\n").filter { $0.hasPrefix("| ") }.map { line in
      Row(
        cells: line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) })
    }
    return rows.filter { $0.cells.count == 11 && $0.cells[0] != "network" }
  }()

  static var kept: [Row] {
    rows.filter { FileManager.default.fileExists(atPath: "\(folder)/\($0.file).pt2") }
  }

  @Test("has at least sixty rows, and more than a dozen of them are checked in, in five megabytes")
  func size() throws {
    #expect(Self.rows.count >= 60)
    #expect(Self.kept.count >= 12)
    let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder)
    #expect(names.count == 2 * Self.kept.count)
    let bytes = try names.reduce(0) { sum, name in
      let attributes = try FileManager.default.attributesOfItem(atPath: Self.folder + "/" + name)
      return sum + (attributes[.size] as? Int ?? 0)
    }
    #expect(bytes < 5_000_000)
  }

  @Test("a network that is checked in has the numbers and the verdict of its row", arguments: kept)
  func verify(_ row: Row) throws {
    let run = try Program.run(["models/\(row.file).pt2", "--format", "json"])
    #expect(run.status == (row.verdict == "same" ? 0 : 1), "\(run.standardError)")
    let report = try #require(
      try JSONSerialization.jsonObject(with: Data(run.standardOutput.utf8)) as? [String: Any])
    let time = try #require(report["time"] as? [String: Any])
    let model = try #require(report["model"] as? [String: Any])
    let parameters = row.cells[3].filter { $0 != "," }
    #expect((model["parameters"] as? Int).map(String.init) == parameters)
    for (key, cell) in [("receptive_field", 4), ("delay", 5), ("stride", 6)] {
      #expect((time[key] as? Int).map(String.init) ?? "" == row.cells[cell], "\(key)")
    }
    let findings = report["findings"] as? [[String: Any]] ?? []
    let codes = findings.compactMap { $0["check"] as? String ?? $0["code"] as? String }
    #expect(row.verdict == "same" ? codes.isEmpty : codes.contains(row.verdict), "\(codes)")
    let checks = report["checks"] as? [[String: Any]] ?? []
    #expect(checks.contains { $0["code"] as? String == "CV8" && $0["verdict"] as? String == "ok" })
  }
}
