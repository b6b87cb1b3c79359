package import Checkpoints
import Foundation
package import OrderedCollections
import PlainData
import TOMLKit
package import Verification

/// What a `coverify.toml` says: options of commands, known differences, and exit codes.
///
/// ```toml
/// [verify]
/// strict = true
/// budget = "60s"
/// format = ["human", "junit=report.xml"]
///
/// [exit]
/// inconclusive = 0
///
/// [[known]]
/// code = "CV206"
/// model = "models/head-*.pt"
/// module = "head.pool"
/// reason = "the head is only used on whole clips"
/// expires = 2027-01-31
/// ```
package struct Configuration: Sendable {
  /// The name of the file.
  package static let name = "coverify.toml"

  /// Where it is.
  package let path: FilePath

  /// The options of each command, as they are written on a command line.
  package let options: OrderedDictionary<String, [String]>

  /// The known differences.
  package let known: [KnownDifference]

  /// The exit codes that are others than usual.
  package let exitCodes: [ModelOutcome.Word: Int]

  /// The file that is nearest upward from a folder; nil where there is none.
  package static func nearest(to folder: String) -> FilePath? {
    var folder = URL(filePath: folder).standardizedFileURL
    while true {
      let file = folder.appending(path: name).path(percentEncoded: false)
      if PathPattern.isFolder(file) == false { return FilePath(file) }
      let parent = folder.deletingLastPathComponent().standardizedFileURL
      guard parent.path() != folder.path() else { return nil }
      folder = parent
    }
  }

  /// Reads a file.
  ///
  /// - Parameters:
  ///   - path: where it is.
  ///   - commands: the names of tables with options.
  /// - Throws: ``ConfigurationError`` for what it cannot be, and where it cannot be read.
  package init(contentsOf path: FilePath, commands: [String]) throws(ConfigurationError) {
    self.path = path
    let reader = ConfigurationReader(path: path)
    let tables = try reader.tables()
    var options: OrderedDictionary<String, [String]> = [:]
    var known: [KnownDifference] = []
    var codes: [ModelOutcome.Word: Int] = [:]
    for (name, value) in tables {
      switch name {
      case "known": known = try reader.known(value)
      case "exit" where !commands.isEmpty: codes = try reader.exitCodes(value)
      case _ where commands.contains(name): options[name] = try reader.options(value, of: name)
      default:
        let expected =
          commands.isEmpty
          ? "[[known]] alone" : "tables of \(commands.joined(separator: ", ")), exit, or known"
        throw ConfigurationError(path, "has \"\(name)\", expected \(expected)")
      }
    }
    (self.options, self.known, exitCodes) = (options, known, codes)
  }
}

/// What is wrong with a `coverify.toml`.
package struct ConfigurationError: Error, CustomStringConvertible {
  /// Where it is, what was found, and what was expected.
  package let description: String

  init(_ path: FilePath, _ message: String) { description = "\(path): \(message)" }
}

extension KnownDifference {
  /// Whether it is about a model, whose path is taken from the folder of the file that has it.
  package func isAbout(_ model: FilePath, in folder: FilePath) -> Bool {
    guard let pattern = self.model else { return true }
    return PathPattern.hasForm(path: RelativePath(to: model, from: folder).text, pattern)
  }
}
