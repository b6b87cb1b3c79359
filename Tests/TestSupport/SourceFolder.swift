package import Foundation

/// The sources of a library, read as text by tests that compare what stands in several places.
package struct SourceFolder {
  /// The texts of the files.
  package let texts: [String]

  /// Reads all Swift files of a library.
  ///
  /// - Parameters:
  ///   - target: the library.
  ///   - file: the test, from which the repository is found.
  /// - Throws: an error of Foundation where the folder cannot be read.
  package init(_ target: String, file: String = #filePath) throws {
    let sources = SourceFolder.repository(of: file).appending(path: "Sources/\(target)")
    let names = try FileManager.default.subpathsOfDirectory(
      atPath: sources.path(percentEncoded: false))
    texts = try names.filter { $0.hasSuffix(".swift") }.sorted().map {
      try String(contentsOf: sources.appending(path: $0), encoding: .utf8)
    }
  }

  /// The repository that a test is in, as `Tests/TARGET/FILE`.
  package static func repository(of file: String = #filePath) -> URL {
    URL(filePath: file).deletingLastPathComponent().appending(path: "../..").standardizedFileURL
  }

  /// The types that are extended to conform to a protocol, or to one that inherits from it.
  package func conforming(to name: String) -> Set<String> {
    var protocols: Set = [name]
    var count = 0
    while count < protocols.count {
      count = protocols.count
      protocols.formUnion(inheriting(#/^(?:\w+ )*protocol (\w+): ([^{]*)\{/#, protocols))
    }
    return inheriting(#/^extension (\w+): ([^{]*)\{/#, protocols)
  }

  private func inheriting(
    _ declaration: Regex<(Substring, Substring, Substring)>, _ protocols: Set<String>
  ) -> Set<String> {
    var names: Set<String> = []
    for text in texts {
      for match in text.matches(of: declaration.anchorsMatchLineEndings())
      where match.2.split(whereSeparator: { !$0.isLetter }).contains(where: {
        protocols.contains(String($0))
      }) {
        names.insert(String(match.1))
      }
    }
    return names
  }
}
