import Foundation
import TestSupport
import Testing

@testable import Checkpoints

@Suite("Files that have their name when they are complete")
struct PendingFileTests {
  private static func content(_ path: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
  }

  private static func pending(
    _ path: String, replacing: Bool = false, inputs: [FilePath] = [], _ canBeUnnamed: Bool = true
  ) throws -> PendingFile {
    try PendingFile(
      OutputFile(FilePath(path), replacing: replacing, inputs: inputs), canBeUnnamed: canBeUnnamed)
  }

  @Test("a file is there when it is published, and not before", arguments: [true, false])
  func publish(_ canBeUnnamed: Bool) throws {
    let folder = try TemporaryFolder()
    let path = folder.path("new")
    let file = try Self.pending(path, canBeUnnamed)
    try file.write(Array("all of it".utf8))
    #expect(!folder.files.contains("new"))
    try file.publish()
    #expect(folder.files == ["new"])
    #expect(try Self.content(path) == "all of it")
  }

  @Test("a file that is given up leaves nothing", arguments: [true, false])
  func giveUp(_ canBeUnnamed: Bool) throws {
    let folder = try TemporaryFolder()
    var file: PendingFile? = try Self.pending(folder.path("new"), canBeUnnamed)
    try file?.write([1, 2, 3])
    file = nil
    #expect(folder.files.isEmpty)
  }

  @Test("a file that came up meanwhile stays, unless it may be replaced", arguments: [true, false])
  func taken(_ canBeUnnamed: Bool) throws {
    let folder = try TemporaryFolder()
    let path = folder.path("there")
    var file: PendingFile? = try Self.pending(path, canBeUnnamed)
    try file?.write(Array("new".utf8))
    try Data("old".utf8).write(to: URL(filePath: path))
    let error = #expect(throws: CheckpointError.self) { try file?.publish() }
    #expect(
      error?.description
        == "\(path): cannot be written: a file of that name has come up meanwhile")
    file = nil
    #expect(folder.files == ["there"])
    #expect(try Self.content(path) == "old")

    let other = try Self.pending(path, replacing: true, canBeUnnamed)
    try other.write(Array("new".utf8))
    try other.publish()
    #expect(folder.files == ["there"])
    #expect(try Self.content(path) == "new")
  }

  @Test(
    "a file that replaces another has the permissions of a new one, and that is told",
    arguments: [true, false])
  func permissions(_ canBeUnnamed: Bool) throws {
    let folder = try TemporaryFolder()
    let path = folder.path("there")
    try Data("old".utf8).write(to: URL(filePath: path))
    let manager = FileManager.default
    try Data("plain".utf8).write(to: URL(filePath: folder.path("plain")))
    let usual = try manager.attributesOfItem(atPath: folder.path("plain"))[.posixPermissions]
    let mode = try #require(usual as? Int)
    try manager.setAttributes([.posixPermissions: 0o4750], ofItemAtPath: path)
    let target = try OutputFile(FilePath(path), replacing: true)
    let file = try PendingFile(target, canBeUnnamed: canBeUnnamed)
    try file.publish()
    #expect(try manager.attributesOfItem(atPath: path)[.posixPermissions] as? Int == mode)
    #expect(
      target.changeOfPermissions
        == "\(path) has permissions \(String(mode, radix: 8)), and the file before had 4750")
  }

  /// What can come up at the path while the file is written.
  enum Intruder: CaseIterable {
    case pipe, folder, link, danglingLink, input, linkToInput

    var words: String {
      self == .input ? "is an input itself" : "not a regular file has come up meanwhile"
    }

    func appear(in folder: TemporaryFolder, input: String) throws {
      let path = folder.path("new")
      let manager = FileManager.default
      switch self {
      case .pipe: try folder.makePipe("new")
      case .folder: try manager.createDirectory(atPath: path, withIntermediateDirectories: false)
      case .link: try manager.createSymbolicLink(atPath: path, withDestinationPath: "/dev/null")
      case .danglingLink: try manager.createSymbolicLink(atPath: path, withDestinationPath: "none")
      case .input: try manager.linkItem(atPath: input, toPath: path)
      case .linkToInput: try manager.createSymbolicLink(atPath: path, withDestinationPath: input)
      }
    }
  }

  @Test(
    "what comes up meanwhile and must not be replaced stays",
    arguments: Intruder.allCases, [true, false])
  func intruders(_ intruder: Intruder, _ canBeUnnamed: Bool) throws {
    let folder = try TemporaryFolder()
    let (path, input) = (folder.path("new"), folder.path("input"))
    try Data("input".utf8).write(to: URL(filePath: input))
    let file = try Self.pending(path, replacing: true, inputs: [FilePath(input)], canBeUnnamed)
    try file.write(Array("new".utf8))
    try intruder.appear(in: folder, input: input)
    let type = try FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
    let error = #expect(throws: CheckpointError.self) { try file.publish() }
    #expect(error?.message.contains(intruder.words) ?? false, "\(error?.message ?? "")")
    #expect(folder.files == ["input", "new"])
    #expect(try Self.content(input) == "input")
    #expect(
      try FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType == type)
  }

  @Test("a folder that is moved meanwhile has the file all the same", arguments: [true, false])
  func movedFolder(_ canBeUnnamed: Bool) throws {
    let folder = try TemporaryFolder()
    let manager = FileManager.default
    try manager.createDirectory(
      atPath: folder.path("one"), withIntermediateDirectories: false)
    let file = try Self.pending(folder.path("one/new"), canBeUnnamed)
    try file.write(Array("new".utf8))
    try manager.moveItem(atPath: folder.path("one"), toPath: folder.path("two"))
    try file.publish()
    #expect(try Self.content(folder.path("two/new")) == "new")
    #expect(folder.files == ["two"])
  }

  @Test("a name that the system does not take is an error with its reason")
  func tooLong() throws {
    let folder = try TemporaryFolder()
    let file = try Self.pending(folder.path(String(repeating: "x", count: 300)))
    let error = #expect(throws: CheckpointError.self) { try file.publish() }
    #expect(error?.message == "cannot be written: File name too long")
    let missing = #expect(throws: CheckpointError.self) {
      try Self.pending(folder.path("none/new"))
    }
    #expect(
      missing?.message
        == "cannot be written: the folder \(folder.path("none")): No such file or directory")
    #expect(folder.files.isEmpty)
  }

  @Test("a signal that ends the program leaves nothing", arguments: [true, false])
  func signal(_ canBeUnnamed: Bool) async throws {
    let folder = try TemporaryFolder()
    let path = folder.path("new")
    await #expect(processExitsWith: .signal(SIGTERM)) {
      [path = path as String, canBeUnnamed = canBeUnnamed as Bool] in
      let target = try OutputFile(FilePath(path), replacing: false)
      let file = try PendingFile(target, canBeUnnamed: canBeUnnamed)
      try file.write([1, 2, 3])
      kill(getpid(), SIGTERM)
      // The signal may be handled by another thread.
      sleep(10)
      try file.publish()
    }
    #expect(folder.files.isEmpty)
  }

  @Test("a program that asks for it ends with a sentence and code 2", arguments: [true, false])
  func sentence(_ canBeUnnamed: Bool) async throws {
    let folder = try TemporaryFolder()
    let path = folder.path("new")
    let result = await #expect(
      processExitsWith: .exitCode(2), observing: [\.standardErrorContent]
    ) {
      [path = path as String, canBeUnnamed = canBeUnnamed as Bool] in
      Interrupts.endProgramWithSentences()
      let target = try OutputFile(FilePath(path), replacing: false)
      let file = try PendingFile(target, canBeUnnamed: canBeUnnamed)
      try file.write([1, 2, 3])
      kill(getpid(), SIGINT)
      sleep(10)
      try file.publish()
    }
    let said = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(said.contains("error: interrupted (SIGINT); no incomplete file is left\n"))
    #expect(folder.files.isEmpty)
  }
}
