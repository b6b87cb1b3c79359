import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

@Suite("Exported programs")
struct ExportedProgramTests {
  @Test("a program that torch exported is verified against PyTorch", arguments: ExportedFile.all)
  func verify(_ file: ExportedFile) throws {
    let run = try Program.run(["verify", file.model])
    #expect(run.status == file.exit, "\(run.standardOutput)\(run.standardError)")
    for word in file.words {
      #expect((run.standardOutput + run.standardError).contains(word), "\(word)")
    }
    guard file.exit != 2 else {
      #expect(run.standardOutput.isEmpty)
      return
    }
    #expect(run.standardOutput.contains("CV8  against PyTorch"))
  }

  @Test(
    "run takes and gives clips with the axes that the network has in PyTorch",
    arguments: ExportedFile.all.filter { $0.exit != 2 })
  func order(_ file: ExportedFile) throws {
    let folder = try TemporaryFolder()
    let output = folder.path("output.safetensors")
    let run = try Program.run([
      "run", file.model, "--input", file.expect, "--mode", "forward", "--output", output,
      "--assume-defaults",
    ])
    #expect(run.status == 0, "\(run.standardError)")
    let made = try tensor("output", in: output)
    let wanted = try tensor("forward", in: Fixture.folder + "/" + file.expect)
    #expect(made.shape == wanted.shape)
    let worst = zip(made.scalars, wanted.scalars).map { abs($0 - $1) }.max() ?? .infinity
    let largest = wanted.scalars.map(abs).max() ?? 0
    #expect(worst <= 1e-5 * max(largest, 1), "\(worst)")
  }

  @Test("a program exported with one sample takes three, and clips of another length")
  func batch() throws {
    let run = try Program.run(["exported/causal.pt2", "--batch", "3", "--frames", "37"])
    #expect(run.status == 0, "\(run.standardOutput)")
    #expect(run.standardOutput.contains("(3, 3, 37)"))
  }

  @Test("the last frame of a clip is given for any batch and length, and steps give it for each")
  func lastFrame() throws {
    let run = try Program.run(["exported/speaker.pt2", "--batch", "3", "--frames", "17"])
    #expect(run.status == 0, "\(run.standardOutput)")
    let folder = try TemporaryFolder()
    let output = folder.path("steps.safetensors")
    let steps = try Program.run([
      "run", "exported/speaker.pt2", "--input", "exported/speaker.expect.safetensors", "--mode",
      "forward-steps", "--output", output,
    ])
    #expect(steps.status == 0, "\(steps.standardError)")
    let made = try tensor("output", in: output)
    #expect(made.shape == [2, 6, 11])
    let wanted = try tensor("forward", in: Fixture.folder + "/exported/speaker.expect.safetensors")
    let last = stride(from: 10, to: made.shape.count, by: 11).map { made.scalars[$0] }
    let worst = zip(last, wanted.scalars).map { abs($0 - $1) }.max() ?? .infinity
    #expect(worst < 1e-6, "\(worst)")
  }

  @Test("a part of the channels that begins one too early is found, and named")
  func wrongPart() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("arch.json")
    let draft = try Program.run(["draft", "exported/gated.pt2"]).standardOutput
    let right = #""start": 4, "length": 4"#
    #expect(draft.contains(right))
    let wrong = draft.replacingOccurrences(of: right, with: #""start": 3, "length": 4"#)
    try wrong.write(toFile: path, atomically: true, encoding: .utf8)
    let run = try Program.run(["exported/gated.pt2", "--arch", path])
    #expect(run.status == 1, "\(run.standardOutput)\(run.standardError)")
    #expect(run.standardOutput.contains("start=4"))
  }

  @Test("what its user says of the axes is not asked again, and what cannot be is refused")
  func layout() throws {
    for options in [["--layout", "BCTS"], ["--time-axis", "2"], ["--layout", "n,c,t,w"]] {
      let run = try Program.run(["exported/rows.pt2"] + options)
      #expect(run.status == 0, "\(run.standardOutput)\(run.standardError)")
    }
    // The other axis is another network: the kernel is five long there.
    let other = try Program.run(["exported/rows.pt2", "--time-axis", "-1"])
    #expect(other.status == 0)
    #expect(other.standardError.contains("is read as B, C, S, T"))
    let wrong = try Program.run(["exported/rows.pt2", "--layout", "BTC"])
    #expect(wrong.status == 2)
    #expect(wrong.standardError.contains("has shape [1, 2, 9, 8], and is said to be BTC"))
    // Under it the network mixes frames, and only its clips are judged.
    let mixed = try Program.run(["exported/recurrent.pt2", "--layout", "BCT"])
    #expect(mixed.status == 1)
    #expect(mixed.standardOutput.contains("CV208"))
    // A window as a whole is one frame, and nothing is assumed any more.
    let still = try Program.run(["exported/pitch.pt2", "--layout", "BS"])
    #expect(still.status == 0, "\(still.standardOutput)")
    for options in [
      ["--layout", "BTT"], ["--layout", "TC"], ["--layout", "BTC", "--time-axis", "1"],
    ] {
      #expect(try Program.run(["exported/rows.pt2"] + options).status == 64)
    }
    let inspect = try Program.run(["inspect", "exported/rows.pt2", "--time-axis", "3"])
    #expect(inspect.status == 0)
  }

  @Test("what is converted brings its architecture, and computes the same")
  func convert() throws {
    for name in ["unet", "decoder", "joints"] {
      let folder = try TemporaryFolder()
      let output = folder.path("\(name).safetensors")
      let run = try Program.run(["convert", "exported/\(name).pt2", output])
      #expect(run.status == 0, "\(run.standardError)")
      let diff = try Program.run(["diff", "exported/\(name).pt2", output])
      #expect(diff.status == 0, "\(diff.standardOutput)")
      #expect(diff.standardOutput.contains("the same in every bit"))
    }
  }

  @Test("a draft is the whole architecture, and can be given back")
  func draft() throws {
    for name in ["unet", "decoder", "causal"] {
      let folder = try TemporaryFolder()
      let draft = try Program.run(["draft", "exported/\(name).pt2"])
      #expect(draft.status == 0)
      #expect(!draft.standardOutput.contains("\"?\""))
      let path = folder.path("arch.json")
      try draft.standardOutput.write(toFile: path, atomically: true, encoding: .utf8)
      let run = try Program.run(["exported/\(name).pt2", "--arch", path])
      #expect(run.status == 0, "\(run.standardOutput)\(run.standardError)")
      #expect(run.standardOutput.contains("CV8  against PyTorch"))
    }
  }

  @Test("a weight that is another than the exported one is found")
  func fault() throws {
    // The same network with the values of one weight doubled.
    let folder = try TemporaryFolder()
    let path = folder.path("wrong.pt2")
    var bytes = [UInt8](
      try Data(contentsOf: URL(filePath: Fixture.folder + "/exported/causal.pt2")))
    let checkpoint = try Checkpoint(name: "causal.pt2", data: Data(bytes))
    let weight = try #require(checkpoint.tensors.first { $0.path == "gate.bias" })
    let values = try weight.littleEndianBytes()
    let place = try #require(bytes.firstRange(of: values))
    bytes[place.lowerBound + 3] ^= 0x80
    // The checksums do not fit any more, so those of all entries are left out.
    try Data(ExportedFile.withoutChecksums(bytes)).write(to: URL(filePath: path))
    let expect = "exported/causal.expect.safetensors"
    let run = try Program.run([path, "--input", expect, "--expect", expect])
    #expect(run.status == 1, "\(run.standardOutput)\(run.standardError)")
    #expect(run.standardOutput.contains("CV801"))
  }

  /// A fixture with another first bit in a tensor, without checksums.
  private func faulty(
    _ name: String, _ tensor: String, in folder: TemporaryFolder
  ) throws -> String {
    var bytes = [UInt8](
      try Data(contentsOf: URL(filePath: Fixture.folder + "/exported/\(name).pt2")))
    let checkpoint = try Checkpoint(name: name, data: Data(bytes))
    let found = try #require(checkpoint.tensors.first { $0.path == tensor })
    let place = try #require(bytes.firstRange(of: try found.littleEndianBytes()))
    bytes[place.lowerBound + 3] ^= 0x80
    let path = folder.path("\(name)-wrong.pt2")
    try Data(ExportedFile.withoutChecksums(bytes)).write(to: URL(filePath: path))
    return path
  }

  @Test(
    "with what modules made, the first that differs is named", arguments: ["noted", "noted-flat"])
  func firstModule(_ name: String) throws {
    let folder = try TemporaryFolder()
    for (tensor, module) in [
      ("stem.weight", "stem"), ("gate.conv.bias", "gate.conv"), ("gate.norm.weight", "gate.norm"),
      ("head.bias", "head"),
    ] {
      let run = try Program.run([try faulty(name, tensor, in: folder), "--format", "json"])
      #expect(run.status == 1)
      #expect(run.standardOutput.contains("\"module\": \"\(module)\""), "\(run.standardOutput)")
    }
  }

  @Test("the example is the clip unless another one is asked for, and the report says so")
  func example() throws {
    let used = try Program.run(["exported/noted.pt2"])
    #expect(used.status == 0)
    #expect(used.standardOutput.contains("clips (1, 2, 11, 5)"))
    #expect(used.standardOutput.contains("against  PyTorch's forward (noted.pt2: reference)"))
    let other = try Program.run(["exported/noted.pt2", "--frames", "20", "--batch", "3"])
    #expect(other.status == 0)
    #expect(other.standardOutput.contains("clips (3, 2, 20, 5)"))
    #expect(
      other.standardOutput.contains(
        "clip (1, 2, 11, 5) that the file brings, with what PyTorch made of it"))
    let own = try Program.run(["exported/noted.pt2", "--input", "exported/rows.expect.safetensors"])
    #expect(own.status == 0, "\(own.standardError)")
    #expect(own.standardOutput.contains("not about this input"))
    // The note says which axis is time, and a user can say another one.
    let sideways = try Program.run(["exported/noted.pt2", "--time-axis", "3"])
    #expect(sideways.status == 0)
    #expect(sideways.standardError.contains("is read as B, C, S, T"))
    // An archive without notes has an example all the same.
    let folder = try TemporaryFolder()
    let alone = folder.path("alone.pt2")
    try FileManager.default.copyItem(atPath: Fixture.folder + "/exported/unet.pt2", toPath: alone)
    let bare = try Program.run([alone])
    #expect(bare.status == 0)
    #expect(bare.standardOutput.contains("is the example (1, 2, 40)"))
    #expect(bare.standardOutput.contains("no reference"))
    let made = try Program.run([alone, "--frames", "48"])
    #expect(made.standardOutput.contains("clips (2, 2, 48)"))
    #expect(made.standardOutput.contains("(1, 2, 40) that the file brings"))
  }

  private func tensor(_ name: String, in path: String) throws -> Tensor64 {
    let checkpoint = try Checkpoint(contentsOf: path)
    return try #require(checkpoint.tensors.first { $0.path == name }).wideValues()
  }
}

/// A program of `fixtures/exported`, as the manifest describes it.
struct ExportedFile: Decodable, Sendable, CustomTestStringConvertible {
  let name: String
  let model: String
  let expect: String
  let exit: Int32
  let words: [String]

  var testDescription: String { name }

  /// All of them; empty only where the manifest cannot be read, which a test reports.
  static let all = (try? Manifest.read().programs) ?? []

  /// A zip archive with a zero for every checksum, which stands for none.
  static func withoutChecksums(_ archive: [UInt8]) -> [UInt8] {
    var bytes = archive
    for (signature, place) in [([1, 2], 16), ([3, 4], 14), ([7, 8], 4)] {
      let mark = [0x50, 0x4B] + signature.map(UInt8.init)
      var start = 0
      while let found = bytes[start...].firstRange(of: mark) {
        let field = found.lowerBound + place
        if field + 4 <= bytes.count {
          bytes.replaceSubrange(field..<field + 4, with: [0, 0, 0, 0])
        }
        start = found.upperBound
      }
    }
    return bytes
  }
}
