package import Checkpoints
import Foundation

/// Finds the models that the arguments of a command stand for.
///
/// An argument is a file, a folder (all checkpoints in it and in the folders inside), a pattern such as
/// `models/**/*.pt` that the shell has left to the program, or `@list`: a file with one argument a line.
package struct ModelSearch: Sendable {
  /// What an argument, or a part of one, stands for.
  package enum Found: Hashable, Sendable {
    /// A file, which need not be there.
    case file(FilePath)
    /// Nothing, and why.
    case nothing(FilePath, Reason)
  }

  /// Why there is no model.
  package enum Reason: Hashable, Sendable {
    /// A folder without checkpoints.
    case emptyFolder
    /// A pattern that no file has.
    case noMatch
    /// A list that cannot be read.
    case unreadableList(String)
    /// A list without arguments.
    case emptyList
    /// A list inside a list.
    case nestedList
  }

  /// The ends of names of files that a folder is searched for.
  package static let extensions: Set<String> = [
    "pt", "pth", "pt2", "ckpt", "bin", "tar", "pkl", "dill", "safetensors",
  ]

  /// The ends of names of files that belong to a model.
  private static let companions = [".expect.safetensors", ".input.safetensors"]

  /// Whether folders are searched for fixtures too.
  private let findsFixtures: Bool

  /// What was found, in order.
  package private(set) var found: [Found] = []

  /// Whether the only argument is a file.
  package let isSingleFile: Bool

  /// Whether arguments are a single file.
  package static func isSingleFile(_ arguments: [FilePath]) -> Bool {
    arguments.count == 1 && arguments.allSatisfy { Argument($0).kind == .file }
  }

  /// Looks for models.
  ///
  /// - Parameters:
  ///   - arguments: as the user gave them.
  ///   - findsFixtures: whether folders are searched for fixtures too.
  package init(_ arguments: [FilePath], findsFixtures: Bool = false) {
    self.findsFixtures = findsFixtures
    isSingleFile = ModelSearch.isSingleFile(arguments)
    for argument in arguments { add(argument, isInList: false) }
  }

  private mutating func add(_ path: FilePath, isInList: Bool) {
    let argument = Argument(path)
    switch argument.kind {
    case .file: found.append(.file(path))
    case .folder:
      let files = checkpoints(in: argument.text)
      found += files.isEmpty ? [.nothing(path, .emptyFolder)] : files.map { .file(FilePath($0)) }
    case .pattern:
      let files = PathPattern(argument.text).files
      found += files.isEmpty ? [.nothing(path, .noMatch)] : files.map { .file(FilePath($0)) }
    case .list:
      guard !isInList else { return found.append(.nothing(path, .nestedList)) }
      addList(path, argument.text)
    }
  }

  private mutating func addList(_ path: FilePath, _ text: String) {
    let lines: [Substring]
    do {
      lines = try String(contentsOfFile: String(text.dropFirst()), encoding: .utf8)
        .split(whereSeparator: \.isNewline)
    } catch {
      return found.append(.nothing(path, .unreadableList(error.localizedDescription)))
    }
    let arguments = lines.map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty && !$0.hasPrefix("#") }
    if arguments.isEmpty { found.append(.nothing(path, .emptyList)) }
    for argument in arguments { add(FilePath(argument), isInList: true) }
  }

  /// The checkpoints in a folder and in those inside, in the order of their names.
  private func checkpoints(in folder: String) -> [String] {
    PathPattern.files(below: folder).filter { name in
      let path = FilePath(name)
      guard !ModelSearch.companions.contains(where: name.hasSuffix),
        findsFixtures || !Fixture.isFixture(path)
      else { return false }
      return ModelSearch.extensions.contains(path.pathExtension)
    }
  }

  /// An argument, and what it looks like.
  private struct Argument {
    enum Kind { case file, folder, pattern, list }

    let text: String
    let kind: Kind

    init(_ path: FilePath) {
      text = path.text
      kind =
        PathPattern.isFolder(text).map { $0 ? .folder : .file }
        ?? (text.hasPrefix("@") && text.count > 1
          ? .list : text.contains(where: "*?[".contains) ? .pattern : .file)
    }
  }
}

/// That an argument stands for no model.
package struct ModelSearchError: Error, Hashable, CustomStringConvertible {
  /// The argument.
  package let path: FilePath
  /// Why there is no model.
  package let reason: ModelSearch.Reason

  /// Makes an error.
  package init(_ path: FilePath, _ reason: ModelSearch.Reason) {
    self.path = path
    self.reason = reason
  }

  /// What was found, and what was expected.
  package var description: String { "\(path): \(reason)" }
}

extension FilePath {
  /// The path as Foundation takes it; what is not UTF-8 is replaced.
  var text: String { String(decoding: bytes, as: UTF8.self) }
}

extension ModelSearch.Reason: CustomStringConvertible {
  /// What was found, and what was expected.
  package var description: String {
    switch self {
    case .emptyFolder:
      "has no checkpoint, in no folder inside it; their names end in "
        + ModelSearch.extensions.sorted().map { "." + $0 }.joined(separator: ", ")
    case .noMatch: "no file has a name like this"
    case .unreadableList(let reason): "the list cannot be read: \(reason)"
    case .emptyList: "the list is empty; it has a file, folder or pattern in each line"
    case .nestedList: "is a list inside a list; name its files"
    }
  }
}
