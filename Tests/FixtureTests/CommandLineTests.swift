import Foundation
import TestSupport
import Testing

/// The program itself, run as a user runs it.
@Suite("The program on fixtures")
struct CommandLineTests {
  @Test("bad input ends with the right code and says what is wrong", arguments: BadInput.all)
  func badInput(_ bad: BadInput) throws {
    let run = try Program.run(["verify", bad.model] + bad.arguments)
    #expect(bad.exits.contains(run.status), "\(run.status)\n\(run.standardError)")
    for word in bad.words {
      let said = run.standardOutput + run.standardError
      #expect(said.contains(word), "\"\(word)\" is missing in\n\(said)")
    }
  }

  @Test("the version is that of the report, and no option is there that can only fail")
  func version() throws {
    let version = try Program.run(["--version"])
    #expect(version.status == 0)
    let report = try Program.run(["verify", "readme/mbconv.pt", "--no-timing"])
    let number = version.standardOutput.prefix { $0 != " " }
    #expect(report.standardOutput.hasPrefix("coverify \(number) | "))
    #expect(version.standardOutput.contains(" build for "))
    #expect(try Program.run(["verify", "readme/mbconv.pt", "--recipe", "x3d"]).status == 64)
  }

  @Test("a page is as wide as COLUMNS says, and what is for programs stays as it is")
  func columns() throws {
    func run(_ columns: String, _ format: String) throws -> String {
      try Program.shell(
        "COLUMNS=$1 exec \"$0\" verify readme/mbconv.pt --no-timing --format \"$2\"",
        [columns, format]
      ).standardOutput
    }
    let (usual, narrow) = (try run("80", "human"), try run("50", "human"))
    #expect(usual != narrow)
    let prose = narrow.split(separator: "\n").drop { !$0.hasPrefix("resolution: ") }
    #expect(prose.count > 3)
    #expect(prose.allSatisfy { $0.count <= 50 })
    for columns in ["0", "-3", "wide", ""] { #expect(try run(columns, "human") == usual) }
    #expect(try run("50", "md") == run("80", "md"))
  }

  @Test(
    "a network of each group gets its verdict, for each verdict", arguments: Fixture.split.first)
  func verdict(_ fixture: Fixture) throws { try check(fixture) }

  @Test(
    "so does every other network", .enabled(if: !TestRun.isQuick, "a quick run leaves them out"),
    arguments: Fixture.split.rest)
  func otherVerdict(_ fixture: Fixture) throws { try check(fixture) }

  private func check(_ fixture: Fixture) throws {
    let run = try Program.run(["verify", fixture.model, "--no-timing"] + fixture.arguments)
    #expect(run.status == Int32(fixture.exit), "\(run.standardOutput)\n\(run.standardError)")
  }
}

/// The built program.
struct Program {
  let status: Int32
  let standardOutput: String
  let standardError: String

  /// Runs it to its end, in the folder of the fixtures.
  ///
  /// - Parameters:
  ///   - arguments: the command and its options.
  ///   - path: where what it prints goes instead; nil to return it.
  ///   - blocks: how many blocks of 512 bytes a file that it writes may have; nil for any.
  /// - Returns: what it printed, and its exit code.
  /// - Throws: where it cannot be started.
  static func run(
    _ arguments: [String], output path: String? = nil, fileBlocks blocks: Int? = nil
  ) throws -> Program {
    if let blocks {
      return try shell("ulimit -f \(blocks); exec \"$0\" \"$@\"", arguments)
    }
    return try run(program, arguments, output: path)
  }

  /// Whether a limit on the size of files can be set: ThreadSanitizer keeps what it knows in one itself.
  static let hasFileLimits = Usage.sanitizer != "thread"

  /// The built program.
  static let program = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    .appending(path: "coverify")

  /// Runs commands of a shell in the folder of the fixtures: `"$0"` is the program.
  ///
  /// - Parameters:
  ///   - script: the commands.
  ///   - arguments: `$1`, ….
  /// - Returns: what they printed, and the exit code.
  /// - Throws: where the shell cannot be started.
  static func shell(_ script: String, _ arguments: [String] = []) throws -> Program {
    try run(URL(filePath: "/bin/sh"), ["-c", script, program.path()] + arguments)
  }

  private static func run(
    _ executable: URL, _ arguments: [String], output path: String? = nil
  ) throws -> Program {
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    process.currentDirectoryURL = URL(filePath: Fixture.folder)
    let output = Pipe()
    let error = Pipe()
    process.standardOutput =
      try path.map { try FileHandle(forWritingTo: URL(filePath: $0)) } ?? output
    process.standardError = error
    try process.run()
    if path != nil { try output.fileHandleForWriting.close() }
    // Errors are short; the report is read first, so that a full pipe cannot block the program.
    let text = output.fileHandleForReading.readDataToEndOfFile()
    let errorText = error.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let run = Program(
      status: process.terminationStatus, standardOutput: String(decoding: text, as: UTF8.self),
      standardError: String(decoding: errorText, as: UTF8.self))
    // Whatever a test is about, what is for programs is as its schema says.
    if let schema = OutputSchema(of: run.standardOutput) {
      #expect(try schema.misfits(of: run.standardOutput) == [], "\(arguments)")
    }
    return run
  }
}
