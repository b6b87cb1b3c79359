import Foundation
import PlainData
import TestSupport
import Testing

@Suite("Names that want to steer a terminal")
struct HostileNameTests {
  /// Red, a bell, nothing, red again, the direction of writing, and a quotation mark.
  private static let name = "a\u{1B}[31m\u{7}\u{0}\u{9B}31m\u{202E}\u{85}\u{2028}b\"c"

  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    for (file, width) in [("one", 4), ("two", 5)] {
      try HostileFile.write(
        [("\(Self.name).weight", [width, 3]), ("\(Self.name).bias", [width])],
        to: folder.path(file + ".safetensors"))
    }
    let architecture = PlainValue.members(
      ("format", .string("coverify-architecture")), ("version", .int(1)),
      (
        "model",
        .members(
          ("type", .string("Linear")), ("name", .string("x" + Self.name)),
          (Self.name, .string(Self.name)))
      ))
    try Data(architecture.json().utf8).write(to: URL(filePath: folder.path("bad.arch.json")))
  }

  private static let commands: [[String]] = [
    ["inspect", "one"], ["inspect", "one", "-v"], ["inspect", "one", "--format", "json"],
    ["inspect", "one", "--arch", "bad.arch.json"],
    ["diff", "one", "two"], ["diff", "one", "two", "--format", "json"],
    ["convert", "one", "three.pt"], ["convert", "one", "four.pt", "--format", "json"],
    ["verify", "one"], ["verify", "one", "-v", "--assume-defaults"],
    ["verify", "one", "--assume-defaults", "--format", "json"],
    ["verify", "one", "--assume-defaults", "--format", "jsonl"],
    ["verify", "one", "--assume-defaults", "--format", "md"],
    ["verify", "one", "--assume-defaults", "--format", "github"],
    ["verify", "one", "--assume-defaults", "--format", "junit"],
    ["verify", "one", "--arch", "bad.arch.json"],
    ["run", "one", "--arch", "bad.arch.json", "--input", "one", "--output", "five.npz"],
    ["draft", "one"],
  ]

  @Test("no command prints them as they are, whatever it is asked for", arguments: commands)
  func escapes(_ command: [String]) throws {
    let run = try Program.run(
      command.map { word in
        let file = ["one": "one.safetensors", "two": "two.safetensors"][word] ?? word
        return file.contains(".") && !file.hasPrefix("--") ? folder.path(file) : file
      })
    let printed = run.standardOutput + run.standardError
    let steering = printed.unicodeScalars.filter { scalar in
      scalar != "\n" && String(scalar).printable.count > 1
    }
    #expect(
      steering.isEmpty, "\(steering.map { String($0.value, radix: 16) })\n\(printed.printable)")
    #expect(!printed.isEmpty)
    if command.contains("json") || command == ["draft", "one"] {
      let document = try PlainValue(json: run.standardOutput.utf8)
      // What convert says has names only where something about a tensor changes.
      #expect(command[0] == "convert" || document.json().contains("\\u001b[31m"))
    }
  }

  @Test("a draft is valid JSON for every name, and has it")
  func draft() throws {
    let run = try Program.run(["draft", folder.path("one.safetensors")])
    #expect(run.status == 0)
    let document = try PlainValue(json: run.standardOutput.utf8).json()
    #expect(document.hasPrefix(#"{"format": "coverify-architecture", "version": 1"#), "\(document)")
    #expect(document.contains(#"b\"c"#), "\(document)")
  }

  @Test("of many misfits a message shows twenty and counts the others; no line has no end")
  func lengths() throws {
    let long = String(repeating: "y", count: 100_000)
    try HostileFile.write(
      (0..<3000).map { ("t\($0)", [1]) } + [(long, [1])], to: folder.path("many.safetensors"))
    let run = try Program.run([
      "verify", folder.path("many.safetensors"), "--arch", folder.path("bad.arch.json"),
    ])
    #expect(run.status == 2)
    #expect(run.standardError.utf8.count < 10_000, "\(run.standardError.prefix(2000))")
    #expect(run.standardError.contains("more"))
  }
}
