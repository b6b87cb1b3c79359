import Checkpoints
import Foundation
import TestSupport
import Testing

/// The rule for every file that a command writes, as a user meets it.
@Suite("Files that commands write")
struct OutputFileTests {
  /// A command that writes a file.
  enum Writer: CaseIterable, CustomTestStringConvertible {
    case run, convert, draft, report

    var testDescription: String { "\(self)" }

    /// The end of the file's name.
    var end: String {
      switch self {
      case .run: "npz"
      case .convert: "safetensors"
      case .draft: "arch.json"
      case .report: "json"
      }
    }

    /// The arguments; all read `model`.
    func arguments(_ model: String, to path: String, _ options: String...) -> [String] {
      switch self {
      case .run:
        ["run", model, "--input", "readme/mbconv.expect.safetensors", "--output", path] + options
      case .convert: ["convert", model, path] + options
      case .draft: ["draft", model, "--output", path] + options
      case .report: ["verify", model, "--quiet", "--format", "json=\(path)"] + options
      }
    }

    /// The exit code where the file is written: what `report` says of a network is inconclusive.
    var status: Int32 { self == .report ? 3 : 0 }
  }

  private static let model = Fixture.folder + "/files/bare-chain.pt"

  @Test(
    "a file that is there stays, unless --force is given; a new one is whole",
    arguments: Writer.allCases)
  func existing(_ writer: Writer) throws {
    let folder = try TemporaryFolder()
    let path = folder.path("out." + writer.end)
    let model = writer == .run ? "readme/mbconv.pt" : Self.model
    let status = writer.status
    #expect(try Program.run(writer.arguments(model, to: path)).status == status)
    let first = try Data(contentsOf: URL(filePath: path))
    #expect(first.count > 100)
    try Data("mine".utf8).write(to: URL(filePath: path))
    let kept = try Program.run(writer.arguments(model, to: path))
    #expect(kept.status == 2)
    #expect(
      kept.standardError == "error: \(path): is there already\n  replace it with --force\n")
    #expect(try Data(contentsOf: URL(filePath: path)) == Data("mine".utf8))
    #expect(try Program.run(writer.arguments(model, to: path, "--force")).status == status)
    #expect(folder.files == ["out." + writer.end])
  }

  @Test("an input is never written over, by whatever name", arguments: Writer.allCases)
  func inputs(_ writer: Writer) throws {
    let folder = try TemporaryFolder()
    let manager = FileManager.default
    // The names end as the outputs do; what a file is is told from its bytes.
    let model = folder.path("model." + writer.end)
    try manager.copyItem(atPath: Self.model, toPath: model)
    let before = try Data(contentsOf: URL(filePath: model))
    let hard = folder.path("hard." + writer.end)
    try manager.linkItem(atPath: model, toPath: hard)
    try manager.createSymbolicLink(
      atPath: folder.path("soft." + writer.end), withDestinationPath: model)
    try manager.createSymbolicLink(atPath: folder.path("way"), withDestinationPath: ".")
    for name in ["model.", "hard.", "soft.", "way/model.", "./way/./model."] {
      let run = try Program.run(
        writer.arguments(model, to: folder.path(name + writer.end), "--force"))
      #expect(run.status == 2)
      let words = name == "soft." ? "is a symbolic link" : "is an input itself"
      #expect(run.standardError.contains(words), "\(run.standardError)")
    }
    #expect(try Data(contentsOf: URL(filePath: model)) == before)
    #expect(folder.files.count == 4)
  }

  @Test("also the clip, the architecture, PyTorch's output and what is beside a model are inputs")
  func otherInputs() throws {
    let folder = try TemporaryFolder()
    for name in ["mbconv.pt", "mbconv.expect.safetensors"] {
      try FileManager.default.copyItem(
        atPath: Fixture.folder + "/readme/" + name, toPath: folder.path(name))
    }
    let model = folder.path("mbconv.pt")
    for name in ["a.safetensors", "a.arch.json"] {
      try FileManager.default.linkItem(
        atPath: folder.path("mbconv.expect.safetensors"), toPath: folder.path(name))
    }
    for (option, name) in [
      ("--input", "a.safetensors"), ("--expect", "a.safetensors"), ("--arch", "a.arch.json"),
      ("--seed", "mbconv.expect.safetensors"),
    ] {
      let path = folder.path(name)
      let run = try Program.run([
        "verify", model, option, option == "--seed" ? "1" : path, "--format", "md=\(path)",
        "--force",
      ])
      #expect(run.status == 2)
      #expect(
        run.standardError == "error: \(path): is an input itself; give another path to write to\n")
    }
    #expect(
      FileManager.default.contentsEqual(
        atPath: folder.path("a.safetensors"),
        andPath: Fixture.folder + "/readme/mbconv.expect.safetensors"))
  }

  @Test("what is not a regular file stays, also for root", arguments: Writer.allCases)
  func specials(_ writer: Writer) throws {
    let folder = try TemporaryFolder()
    let manager = FileManager.default
    let names = ["pipe.", "folder.", "link.", "dangling.", "none/out."].map {
      folder.path($0 + writer.end)
    }
    try folder.makePipe("pipe." + writer.end)
    try manager.createDirectory(atPath: names[1], withIntermediateDirectories: false)
    try manager.createSymbolicLink(atPath: names[2], withDestinationPath: "/dev/null")
    try manager.createSymbolicLink(atPath: names[3], withDestinationPath: "nothing")
    let before = folder.files
    for (path, words) in zip(
      names,
      [
        "is not a regular file, and is not replaced", "is a folder; give the path of a file in it",
        "is a symbolic link, which is not written through; give the path of the file itself",
        "is a symbolic link, which is not written through; give the path of the file itself",
        "cannot be written: the folder \(folder.path("none")): No such file or directory",
      ])
    {
      let run = try Program.run(writer.arguments(Self.model, to: path, "--force"))
      #expect(run.status == 2)
      #expect(run.standardError == "error: \(path): \(words)\n")
    }
    #expect(folder.files == before)
    // A device ends like no output of run or convert.
    guard writer == .draft || writer == .report else { return }
    let device = try Program.run(writer.arguments(Self.model, to: "/dev/full", "--force"))
    #expect(device.status == 2)
    #expect(device.standardError.contains("/dev/full: is not a regular file"))
  }

  @Test(
    "a device node of any name stays, also for root",
    .enabled("devices can be made by root only") { try makeDevice(in: TemporaryFolder()) != nil },
    arguments: Writer.allCases)
  func devices(_ writer: Writer) throws {
    let folder = try TemporaryFolder()
    let device = try #require(try makeDevice(in: folder))
    let path = folder.path("out." + writer.end)
    try FileManager.default.moveItem(atPath: device, toPath: path)
    let run = try Program.run(writer.arguments(Self.model, to: path, "--force"))
    #expect(run.status == 2)
    #expect(run.standardError == "error: \(path): is not a regular file, and is not replaced\n")
    let type = try FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
    #expect(type == .typeCharacterSpecial)
    #expect(folder.files == ["out." + writer.end])
  }

  @Test("two outputs to one file are refused", arguments: ["report", "./report", "way/report"])
  func twice(_ other: String) throws {
    let folder = try TemporaryFolder()
    try FileManager.default.createSymbolicLink(
      atPath: folder.path("way"), withDestinationPath: ".")
    let run = try Program.run([
      "verify", "readme/mbconv.pt", "--format", "json=\(folder.path("report"))",
      "--format", "md=\(folder.path(other))",
    ])
    #expect(run.status == 2)
    #expect(run.standardError.contains("is the same file as"), "\(run.standardError)")
    #expect(folder.files == ["way"])
  }

  @Test(
    "a file too large for the limit of the shell leaves nothing",
    .enabled(if: Program.hasFileLimits), arguments: Writer.allCases)
  func sizeLimit(_ writer: Writer) throws {
    let folder = try TemporaryFolder()
    let path = folder.path("out." + writer.end)
    let model = writer == .run ? "readme/mbconv.pt" : Self.model
    let run = try Program.run(writer.arguments(model, to: path), fileBlocks: 1)
    guard writer != .draft else {
      // An architecture is smaller.
      #expect(run.status == 0)
      return
    }
    #expect(run.status == 2)
    #expect(
      run.standardError.hasSuffix("error: \(path): cannot be written: File too large\n"),
      "\(run.standardError)")
    #expect(folder.files.isEmpty)
  }

  @Test(
    "a full disk leaves nothing",
    .enabled("this user cannot mount a small disk") { try hasMounts() }, arguments: Writer.allCases)
  func fullDisk(_ writer: Writer) throws {
    let folder = try TemporaryFolder()
    let path = folder.path("out." + writer.end)
    let model = writer == .run ? "readme/mbconv.pt" : Self.model
    let words = writer.arguments(model, to: path).joined(separator: " ")
    // The disk is full but for one page, or for none where the file would fit in one.
    let run = try Program.shell(
      """
      unshare -rm /bin/sh -c 'mount -t tmpfs -o size=8k none "$1" && cd "$2" &&
      head -c \(writer == .run || writer == .report ? 4096 : 8192) /dev/zero >"$1/rest" && "$0" \(words); code=$?
      ls -A "$1"; exit $code' "$0" "$1" "$PWD"
      """, [folder.path("")])
    #expect(run.status == 2)
    #expect(
      run.standardError.hasSuffix(
        "error: \(path): cannot be written: No space left on device\n"),
      "\(run.standardError)")
    #expect(run.standardOutput == "rest\n")
  }

  @Test("permissions are those of a new file, and a change is told")
  func permissions() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("out.pt")
    let script =
      "umask 027; \"$0\" convert files/bare-chain.pt \"$1\" --force >&2; stat -c %a \"$1\""
    #expect(try Program.shell(script, [path]).standardOutput == "640\n")
    try FileManager.default.setAttributes([.posixPermissions: 0o4755], ofItemAtPath: path)
    let run = try Program.shell(script, [path])
    #expect(run.standardOutput == "640\n")
    #expect(
      run.standardError.contains(
        "note: \(path) has permissions 640, and the file before had 4755\n"),
      "\(run.standardError)")
  }

  @Test(
    "an interrupt ends a command with a sentence, code 2, and nothing left behind",
    arguments: ["HUP", "INT", "TERM"])
  func interrupts(_ signal: String) throws {
    let folder = try TemporaryFolder()
    // The clip is long enough that the command still runs when it has said what it loaded. A shell
    // lets its background commands ignore interrupts, so another one sends the signal.
    let script = """
      { while ! grep -q note "$1/said"; do sleep 0.05; done; kill -\(signal) $$; } &
      exec env --default-signal "$0" verify "$1/model.pt" --frames 3000 --batch 8 --format json="$1/report.json" 2>"$1/said"
      """
    try Data().write(to: URL(filePath: folder.path("said")))
    try FileManager.default.copyItem(atPath: Self.model, toPath: folder.path("model.pt"))
    let run = try Program.shell(script, [folder.path("")])
    #expect(run.status == 2)
    let said = try String(contentsOf: URL(filePath: folder.path("said")), encoding: .utf8)
    #expect(said.hasSuffix("(SIG\(signal)); no incomplete file is left\n"), "\(said)")
    #expect(folder.files == ["model.pt", "said"])
  }

  @Test("run says what it wrote, and the name tells the format", arguments: ["npz", "pt"])
  func formats(_ end: String) throws {
    let folder = try TemporaryFolder()
    let path = folder.path("out." + end)
    let run = try Program.run([
      "run", "readme/mbconv.pt", "--input", "readme/mbconv.expect.safetensors", "--mode",
      "forward-step",
      "--output", path,
    ])
    #expect(run.status == 0)
    #expect(
      run.standardOutput == """
        readme/mbconv.expect.safetensors -> \(path) (\(end == "pt" ? "zip" : end))
            output  float32  (2, 32, 8, 5, 3)
            steps   int64    (8)

        """)
    #expect(try Checkpoint(contentsOf: path).tensors.map(\.path) == ["output", "steps"])
  }

  @Test("a name that tells no format, and a format that holds too little, are mistakes of use")
  func unknownFormats() throws {
    let input = [
      "run", "readme/mbconv.pt", "--input", "readme/mbconv.expect.safetensors", "--output",
    ]
    for name in ["out", "out.txt", "npy", "/dev/null"] {
      let run = try Program.run(input + [name])
      #expect(run.status == 64)
      #expect(
        run.standardError.hasPrefix(
          "Error: --output must end in one of .safetensors, .npy, .npz, .pt, .pth, .ckpt, .bin: "))
    }
    let narrow = try Program.run(input + ["out.npy", "--mode", "forward-step"])
    #expect(narrow.status == 64)
    #expect(narrow.standardError.contains("write an .npz: out.npy"))
  }

  @Test("names that are not UTF-8 are kept, byte for byte, and shown escaped")
  func bytes() throws {
    let folder = try TemporaryFolder()
    let run = try Program.shell(
      """
      in="$1/$(printf 'in\\377.pt')"; out="$1/$(printf 'out\\376.safetensors')"
      cp readme/mbconv.pt "$in"
      cp readme/mbconv.expect.safetensors "$1/$(printf 'in\\377.expect.safetensors')"
      "$0" convert "$in" "$out" && "$0" verify "$in" --no-timing | grep against &&
      "$0" inspect "$1/$(printf 'none\\375.pt')"
      LC_ALL=C ls -b "$1"
      """, [folder.path("")])
    let place = folder.path("")
    #expect(
      run.standardOutput.hasPrefix(
        "\(place)/in\\xFF.pt (zip) -> \(place)/out\\xFE.safetensors (safetensors)\n"),
      "\(run.standardOutput)")
    #expect(run.standardOutput.contains("(in\\xFF.expect.safetensors)\n"))
    #expect(
      run.standardError.hasSuffix(
        "error: \(place)/none\\xFD.pt: cannot be read: No such file or directory\n"),
      "\(run.standardError)")
    #expect(
      run.standardOutput.hasSuffix(
        "\nin\\377.expect.safetensors\nin\\377.pt\nout\\376.safetensors\n"))
  }

  @Test(
    "a complete file is a success, also where nobody takes what is printed",
    arguments: [">&-", "| true", "2>&- >&-"])
  func closedOutput(_ redirection: String) throws {
    let folder = try TemporaryFolder()
    let path = folder.path("out.pt")
    let run = try Program.shell(
      "{ \"$0\" convert readme/mbconv.pt \"$1\"; echo $? >\"$2\"; } \(redirection)",
      [path, folder.path("code")])
    #expect(
      try String(contentsOf: URL(filePath: folder.path("code")), encoding: .utf8) == "0\n",
      "\(run.standardError)")
    #expect(try Checkpoint(contentsOf: path).tensors.count == 16)
  }

  @Test("an architecture that is a folder, a pipe or a loop is called so")
  func architectures() throws {
    let folder = try TemporaryFolder()
    let (pipe, loop) = (folder.path("pipe"), folder.path("loop"))
    try folder.makePipe("pipe")
    try FileManager.default.createSymbolicLink(atPath: loop, withDestinationPath: loop)
    for (path, words) in [
      (folder.path("."), "is a folder, expected an architecture file"),
      (pipe, "is a pipe or a device, which can be read only once; save its bytes in a file first"),
      (loop, "is a link that leads back to itself; get the file that is meant"),
      (folder.path("none"), "cannot be read: No such file or directory"),
    ] {
      for command in ["verify", "inspect"] {
        let run = try Program.run([command, "readme/mbconv.pt", "--arch", path])
        #expect(run.status == 2)
        #expect(run.standardError == "error: \(path): \(words)\n")
      }
    }
  }
}

/// Makes a device node as `/dev/null` is one.
///
/// - Returns: its path; nil where the user may not make any.
private func makeDevice(in folder: TemporaryFolder) throws -> String? {
  let path = folder.path("device")
  let isMade = try Program.shell("mknod \"$1\" c 1 3 2>/dev/null", [path]).status == 0
  return isMade ? path : nil
}

/// Whether a small disk can be mounted, in a name space of its own.
private func hasMounts() throws -> Bool {
  let folder = try TemporaryFolder()
  return try Program.shell(
    "unshare -rm mount -t tmpfs -o size=8k none \"$1\" 2>/dev/null", [folder.path("")]
  ).status == 0
}
