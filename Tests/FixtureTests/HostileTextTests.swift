import Foundation
import PlainData
import TestSupport
import Testing

/// Texts of files that could steer a terminal or fill it, on every way from a file to a screen.
///
/// A row is a place in a file where a stranger can put any text; each row goes through all commands and
/// formats. What is printed has nothing in it that steers, and what is for people has an end.
@Suite("Texts that want to steer a terminal, or fill it")
struct HostileTextTests {
  /// Where a text comes from.
  enum Source: String, CaseIterable, CustomTestStringConvertible {
    case tensorName, moduleName, argumentName, argumentValue, className, predicate, documentKey
    case nodeName, inputName, pickleKey, pickleText, pickleClass, pickledModule, archiveEntry
    case arrayName, arrayHeader, metadata, storageKey, path

    var testDescription: String { rawValue }
  }

  /// What a text does.
  enum Text: String, CaseIterable, CustomTestStringConvertible {
    case steering, long

    var testDescription: String { rawValue }

    var text: String {
      switch self {
      case .steering:
        // Colours, a bell, nothing, C1 controls, directions of writing, no width, line ends; and what
        // quotes, tables and markup end with.
        "a\u{1B}[31m\u{7}\u{0}\u{7F}\u{80}\u{9B}31m\u{9F}\u{202E}\u{2066}\u{200B}\u{2028}\r\nb\"'<&|`]c"
      case .long: String(repeating: "y", count: 30_000)
      }
    }
  }

  /// A network of the fixtures.
  private static let network = "readme/mbconv.pt"

  /// The commands of which each prints names on another way.
  private static let commands: [[String]] = [
    ["inspect", "M", "-v", "--stats"], ["inspect", "M", "--format", "json"],
    [
      "verify", "M", "-v", "--format", "human", "--format", "json=OUT.json", "--format",
      "jsonl=OUT.jsonl", "--format", "md=OUT.md", "--format", "github=OUT.txt", "--format",
      "junit=OUT.xml",
    ],
    ["verify", Self.network, "--input", "M", "--expect", "M"],
    ["verify", Self.network, "--arch", "M"],
    ["diff", "M", Self.network], ["diff", Self.network, "M", "--format", "json"],
    ["convert", "M", "OUT.pt"], ["convert", "M", "OUT.safetensors", "--format", "json"],
    ["run", "M", "--input", "M", "--output", "OUT.npy"], ["draft", "M"],
  ]

  @Test(
    "are escaped, wherever in a file they are, by every command in every format",
    arguments: Source.allCases)
  func escapes(_ source: Source) throws { try run(source, .steering) }

  @Test(
    "are bounded, likewise", .enabled(if: !TestRun.isQuick, "a quick run leaves them out"),
    arguments: Source.allCases)
  func bounds(_ source: Source) throws { try run(source, .long) }

  private func run(_ source: Source, _ kind: Text) throws {
    let folder = try TemporaryFolder()
    let model = try write(source, kind.text, to: folder)
    for (index, command) in Self.commands.enumerated() {
      let out = folder.path("out\(index)")
      let run = try Program.run(
        command.map { word in word == "M" ? model : word.replacing("OUT", with: out) })
      try check(run, command)
      for end in ["json", "jsonl", "md", "txt", "xml"] {
        let url = URL(filePath: out + "." + end)
        guard let data = try? Data(contentsOf: url) else { continue }
        let text = String(decoding: data, as: UTF8.self)
        try check(
          Program(status: 0, standardOutput: text, standardError: ""),
          end == "json" ? ["verify", "json"] : [end == "jsonl" ? "json" : end])
      }
    }
  }

  @Test(
    "are escaped and bounded also where they are arguments that mean nothing",
    arguments: Text.allCases)
  func usage(_ kind: Text) throws {
    // No argument has a zero in it.
    let text = String(kind.text.replacing("\u{0}", with: "").prefix(2000))
    for arguments in [
      ["types", text], ["verify", Self.network, "--format", text], ["--" + text],
      [text, text, text],
      ["verify", Self.network, "--limit", text + "=1"], ["convert", Self.network, text],
      ["run", Self.network, "--input", text, "--output", text], ["inspect", text],
      ["verify", Self.network, "--root", text], ["verify", Self.network, "--frames", text],
    ] {
      let run = try Program.run(arguments)
      #expect(run.status == 64 || run.status == 2)
      try check(run, arguments)
    }
  }

  private func check(_ run: Program, _ command: [String]) throws {
    let printed = run.standardOutput + run.standardError
    let steering = Set(
      printed.unicodeScalars.filter { $0 != "\n" && String($0).printable != String($0) })
    #expect(steering.isEmpty, "\(command): \(steering.map { String($0.value, radix: 16) })")
    #expect([0, 1, 2, 3, 64].contains(run.status), "\(command): \(run.status)")
    #expect(run.standardError.utf8.count < 12_000, "\(command): \(run.standardError.prefix(500))")
    // In a document for programs every name is whole.
    let isForPrograms = command[0] == "draft" || command.contains("json")
    let longest = run.standardOutput.split(separator: "\n").map(\.utf8.count).max() ?? 0
    #expect(isForPrograms || longest < 12_000, "\(command): a line of \(longest) bytes")
    if command.contains("json"), command.count > 1, !run.standardOutput.isEmpty {
      _ = try PlainValue(json: run.standardOutput.utf8)
    }
  }

  // MARK: - Files

  /// Writes a file with a text in some place, and what belongs to it; gives its path.
  private func write(
    _ source: Source, _ text: String, to folder: TemporaryFolder
  ) throws -> String {
    let weights = ["0.weight", "0.bias"]
    let layer = PlainValue.members(("type", .string("Conv1d")))
    switch source {
    case .tensorName:
      try network(layer, names: [text + ".weight", text], to: folder, describes: false)
    case .moduleName:
      let name = text.replacing(".", with: "")
      try network(
        named(layer, name), names: [name + ".weight", name + ".bias"], to: folder)
    case .argumentName: try network(adding(text, .int(1)), names: weights, to: folder)
    case .argumentValue:
      try network(adding("padding_mode", .string(text)), names: weights, to: folder)
    case .className:
      try network(.members(("type", .string(text))), names: weights, to: folder)
    case .predicate:
      try network(
        .members(
          ("type", .string("Conditional")), ("predicate", .string(text)),
          ("modules", .list([layer, layer]))), names: weights, to: folder)
    case .documentKey:
      try network(layer, names: weights, to: folder, more: [(text, .string(text))])
    case .nodeName, .inputName:
      let (id, input) = source == .nodeName ? (text, "x") : ("n", text)
      let node = PlainValue.members(
        ("type", .string("ReLU")), ("id", .string(id)), ("inputs", .strings([input])))
      try network(
        .members(
          ("type", .string("Graph")), ("nodes", .list([node])), ("output", .string(text))),
        names: weights, to: folder)
    case .metadata:
      try network(layer, names: weights, to: folder, metadata: [(text, text), ("format", text)])
    case .pickleKey:
      return try pickle(
        [(text, Pickle.tensor([2, 3])), ("n", Pickle.dict([(text, Pickle.int(1))]))], folder)
    case .pickleText:
      return try pickle([("w", Pickle.tensor([2, 3])), ("n", Pickle.text(text))], folder)
    case .pickleClass:
      return try pickle([("w", Pickle.tensor([2, 3])), ("n", global(text))], folder)
    case .pickledModule:
      let state = Pickle.dict([
        ("training", Pickle.bool(false)),
        ("_parameters", Pickle.dict([(text, Pickle.tensor([2, 3]))])),
        ("_buffers", Pickle.dict([])), ("_modules", Pickle.dict([(text, Pickle.none)])),
        (text, Pickle.text(text)),
      ])
      let module = global(text) + Pickle.emptyTuple + Pickle.newObject + state + Pickle.build
      return try pickle([("model", module)], folder)
    case .archiveEntry:
      var archive = ZipBuilder.torch(
        Pickle.whole(Pickle.dict([("w", Pickle.tensor([2, 3]))])),
        ["0": little([0, 1, 2, 3, 4, 5])])
      archive.entries.append(ZipBuilder.Entry("archive/\(text)", [1]))
      try archive.data.write(to: URL(filePath: folder.path("m.pt")))
      return folder.path("m.pt")
    case .storageKey:
      return try pickle([("w", Pickle.tensor(key: text, [2, 3]))], folder)
    case .arrayName:
      let archive = ZipBuilder([
        ZipBuilder.Entry(text + ".npy", array("")), ZipBuilder.Entry("b.npy", array("")),
      ])
      try archive.data.write(to: URL(filePath: folder.path("m.npz")))
      return folder.path("m.npz")
    case .arrayHeader:
      try Data(array(", '\(text)': '\(text)'")).write(to: URL(filePath: folder.path("m.npy")))
      return folder.path("m.npy")
    case .path:
      let name = text.replacing("\u{0}", with: "").replacing("/", with: "").prefix(100)
      let path = folder.path(name + ".safetensors")
      try HostileFile.write([("0.weight", [4, 4, 3]), ("0.bias", [4])], to: path)
      return path
    }
    return folder.path("m.safetensors")
  }

  private func named(_ layer: PlainValue, _ name: String) -> PlainValue {
    .members(
      ("type", .string("Sequential")),
      ("modules", .list([.members(("type", .string("Conv1d")), ("name", .string(name)))])))
  }

  private func adding(_ name: String, _ value: PlainValue) -> PlainValue {
    .members(("type", .string("Conv1d")), (name, value))
  }

  /// A network of one convolution, as a file of weights and an architecture beside it.
  private func network(
    _ model: PlainValue, names: [String], to folder: TemporaryFolder, describes: Bool = true,
    more: [(String, PlainValue)] = [], metadata: [(String, String)] = []
  ) throws {
    try HostileFile.write(
      [(names[0], [4, 4, 3]), (names[1], [4])], metadata: metadata,
      to: folder.path("m.safetensors"))
    guard describes else { return }
    let whole =
      model.json().contains("\"modules\"") || model.json().contains("\"nodes\"")
      ? model : .members(("type", .string("Sequential")), ("modules", .list([model])))
    let members: [(key: String, value: PlainValue)] =
      [("format", .string("coverify-architecture")), ("version", .int(1))]
      + more.map { (key: $0.0, value: $0.1) } + [("model", whole)]
    try Data(PlainValue.json(ofMembers: members, .compact).utf8)
      .write(to: URL(filePath: folder.path("m.arch.json")))
  }

  private func pickle(_ items: [(String, [UInt8])], _ folder: TemporaryFolder) throws -> String {
    let archive = ZipBuilder.torch(
      Pickle.whole(Pickle.dict(items)), ["0": little([0, 1, 2, 3, 4, 5])])
    try archive.data.write(to: URL(filePath: folder.path("m.pt")))
    return folder.path("m.pt")
  }

  /// A class whose name can have line ends in it.
  private func global(_ text: String) -> [UInt8] {
    Pickle.text("m") + Pickle.text(text) + [0x93]
  }

  private func array(_ more: String) -> [UInt8] {
    var header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)\(more), }"
    header += String(repeating: " ", count: 64 - (10 + header.utf8.count) % 64)
    return [0x93] + Array("NUMPY".utf8) + [1, 0] + little(header.utf8.count % 65_536, 2)
      + Array(header.utf8) + little([1, 2])
  }
}
