package import Checkpoints
import Foundation

/// A fixture that was recorded anew and waits to be accepted: `NAME.fixture.safetensors.new`.
package struct PendingFixture: Sendable {
  /// What is added to the name of the fixture.
  package static let ending = ".new"

  /// The file that waits.
  package let path: FilePath

  /// The fixture whose place it would take.
  package var place: FilePath {
    FilePath(bytes: Array(path.bytes.dropLast(PendingFixture.ending.utf8.count)))
  }

  /// Where a fixture waits that would take the place of another.
  package static func path(for place: FilePath) -> FilePath {
    FilePath(bytes: place.bytes + Array(ending.utf8))
  }

  /// The fixtures that wait in folders, or are named; each also by the name of its place or of its model.
  ///
  /// - Parameters:
  ///   - arguments: files, folders and patterns.
  ///   - folder: the folder of the fixtures; nil where they are beside the models.
  /// - Returns: what waits, in the order of the arguments, each once; and the arguments for which nothing
  ///   does.
  package static func search(
    _ arguments: [FilePath], in folder: FilePath?
  ) -> (found: [PendingFixture], nothing: [FilePath]) {
    var found: [PendingFixture] = []
    var nothing: [FilePath] = []
    var seen: Set<String> = []
    for argument in arguments {
      let files: [FilePath]
      switch PathPattern.isFolder(argument.text) {
      case true?: files = PathPattern.files(below: argument.text).map { FilePath($0) }
      case false?: files = candidates(argument, folder)
      case nil:
        let matches = PathPattern(argument.text).files.map { FilePath($0) }
        files = matches.isEmpty ? candidates(argument, folder) : matches
      }
      let waiting = files.filter { $0.text.hasSuffix(Fixture.ending + ending) }
        .filter { PathPattern.isFolder($0.text) == false }
      if waiting.isEmpty, PathPattern.isFolder(argument.text) != true { nothing.append(argument) }
      found += waiting.filter { seen.insert(RelativePath.absolute($0)).inserted }
        .map(PendingFixture.init)
    }
    return (found, nothing)
  }

  private static func candidates(_ path: FilePath, _ folder: FilePath?) -> [FilePath] {
    if path.text.hasSuffix(Fixture.ending + ending) { return [path] }
    let place = Fixture.isFixture(path) ? path : Fixture.path(of: path, in: folder)
    return [self.path(for: place)]
  }

  /// Lets it take its place.
  ///
  /// - Throws: `CheckpointError` where a file cannot be read or written; nothing has changed then.
  package func accept() throws {
    let bytes = try Data(contentsOf: URL(filePath: path.text))
    try AtomicFile.write(bytes, to: OutputFile(place, replacing: true))
    try FileManager.default.removeItem(atPath: path.text)
  }

  /// Deletes it.
  package func reject() throws { try FileManager.default.removeItem(atPath: path.text) }
}
