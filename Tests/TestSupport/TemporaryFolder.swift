import Foundation

/// A folder that is removed when nobody uses it any more.
public final class TemporaryFolder {
  private let url: URL

  public init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "coverify-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// The path of a file in the folder.
  public func path(_ name: String) -> String {
    url.appending(path: name).path(percentEncoded: false)
  }

  /// Makes a pipe.
  public func makePipe(_ name: String) throws {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/mkfifo")
    process.arguments = [path(name)]
    try process.run()
    process.waitUntilExit()
  }

  /// The names of all files, hidden ones among them.
  public var files: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: url.path(percentEncoded: false))) ?? [])
      .sorted()
  }
}
