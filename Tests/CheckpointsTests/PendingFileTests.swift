import Foundation
import TestSupport
import Testing

@testable import Checkpoints

@Suite("Files that have their name when they are complete")
struct PendingFileTests {
  private static func content(_ path: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
  }

  @Test("a file is there when it is published, and not before", arguments: [true, false])
  func publish(_ canBeUnnamed: Bool) throws {
    let folder = try TemporaryFolder()
    let path = folder.path("new")
    let file = try PendingFile(path, canBeUnnamed: canBeUnnamed)
    try file.write(Array("all of it".utf8))
    #expect(!folder.files.contains("new"))
    try file.synchronize()
    #expect(try Self.content(file.readingPath) == "all of it")
    try file.publish(replacing: false)
    #expect(folder.files == ["new"])
    #expect(try Self.content(path) == "all of it")
  }

  @Test("a file that is given up leaves nothing", arguments: [true, false])
  func giveUp(_ canBeUnnamed: Bool) throws {
    let folder = try TemporaryFolder()
    var file: PendingFile? = try PendingFile(folder.path("new"), canBeUnnamed: canBeUnnamed)
    try file?.write([1, 2, 3])
    file = nil
    #expect(folder.files.isEmpty)
  }

  @Test("a file that came up meanwhile stays, unless it may be replaced", arguments: [true, false])
  func taken(_ canBeUnnamed: Bool) throws {
    let folder = try TemporaryFolder()
    let path = folder.path("there")
    var file: PendingFile? = try PendingFile(path, canBeUnnamed: canBeUnnamed)
    try file?.write(Array("new".utf8))
    try Data("old".utf8).write(to: URL(filePath: path))
    let error = #expect(throws: CheckpointError.self) { try file?.publish(replacing: false) }
    #expect(
      error?.description
        == "\(path): cannot be written: a file of that name has come up meanwhile")
    file = nil
    #expect(folder.files == ["there"])
    #expect(try Self.content(path) == "old")

    let other = try PendingFile(path, canBeUnnamed: canBeUnnamed)
    try other.write(Array("new".utf8))
    try other.publish(replacing: true)
    #expect(folder.files == ["there"])
    #expect(try Self.content(path) == "new")
  }

  @Test("a new file has the permissions of the one that it replaces", arguments: [true, false])
  func permissions(_ canBeUnnamed: Bool) throws {
    let folder = try TemporaryFolder()
    let path = folder.path("there")
    try Data("old".utf8).write(to: URL(filePath: path))
    let manager = FileManager.default
    try manager.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
    let file = try PendingFile(path, canBeUnnamed: canBeUnnamed)
    try file.publish(replacing: true)
    #expect(try manager.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o640)
  }

  @Test("a name that the system does not take is an error with its reason")
  func tooLong() throws {
    let folder = try TemporaryFolder()
    let file = try PendingFile(folder.path(String(repeating: "x", count: 300)))
    let error = #expect(throws: CheckpointError.self) { try file.publish(replacing: false) }
    #expect(error?.message == "cannot be written: File name too long")
    let missing = #expect(throws: CheckpointError.self) {
      try PendingFile(folder.path("none/new"))
    }
    #expect(missing?.message == "cannot be written: No such file or directory")
    #expect(folder.files.isEmpty)
  }

  @Test("a signal that ends the program leaves nothing", arguments: [true, false])
  func signal(_ canBeUnnamed: Bool) async throws {
    let folder = try TemporaryFolder()
    let path = folder.path("new")
    await #expect(processExitsWith: .signal(SIGTERM)) {
      [path = path as String, canBeUnnamed = canBeUnnamed as Bool] in
      let file = try PendingFile(path, canBeUnnamed: canBeUnnamed)
      try file.write([1, 2, 3])
      kill(getpid(), SIGTERM)
      // The signal may be handled by another thread.
      sleep(10)
      try file.publish(replacing: false)
    }
    #expect(folder.files.isEmpty)
  }
}
