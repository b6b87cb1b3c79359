import Checkpoints
import Foundation
import TestSupport
import Testing

/// `coverify convert`, as a user sees it.
@Suite("Converting on the command line")
struct ConvertCommandTests {
  @Test("the screen says what was written, and the file is a checkpoint like its input")
  func screen() throws {
    let folder = try TemporaryFolder()
    let target = folder.path("small.safetensors")
    let run = try Program.run(["convert", "files/inside-short.pt", target])
    #expect(run.status == 0)
    let bytes = try Data(contentsOf: URL(filePath: target)).count
    #expect(
      run.standardOutput == """
        files/inside-short.pt (zip) -> \(target) (safetensors)
          weights   11 tensors, 209 elements: float32, int64
          kept      architecture, input, reference.forward, reference.steps,
                    reference.steps_index
          note      the tensors are under "state_dict"
          verified  every bit read again and compared; \(bytes) bytes

        """)
    #expect(run.standardError.isEmpty)
    let old = try Checkpoint(contentsOf: Fixture.folder + "/files/inside-short.pt")
    let new = try Checkpoint(contentsOf: target)
    for tensor in old.tensors where tensor.path.hasPrefix("state_dict.") {
      let name = String(tensor.path.dropFirst("state_dict.".count))
      let twin = try #require(new.tensors.first { $0.path == name })
      #expect(try tensor.littleEndianBytes() == twin.littleEndianBytes())
    }
  }

  @Test("a converted network gets the verdict it had", arguments: ["a.pt", "a.safetensors"])
  func verdict(_ name: String) throws {
    let folder = try TemporaryFolder()
    let target = folder.path(name)
    #expect(try Program.run(["convert", "files/inside-short.pt", target]).status == 0)
    let old = try Program.run(["verify", "files/inside-short.pt", "--no-timing"])
    let new = try Program.run(["verify", target, "--no-timing"])
    #expect(new.status == 0)
    // All but the lines that name the file and where the reference lies.
    #expect(
      new.standardOutput.split(separator: "\n").dropFirst(5)
        == old.standardOutput.split(separator: "\n").dropFirst(5))
  }

  @Test("JSON says the same as the screen")
  func json() throws {
    let folder = try TemporaryFolder()
    let target = folder.path("small.pt")
    let run = try Program.run(
      ["convert", "files/inside-short.pt", target, "--dtype", "bfloat16", "--format", "json"])
    let document = try #require(
      try JSONSerialization.jsonObject(with: Data(run.standardOutput.utf8)) as? [String: Any])
    #expect(document["tensors"] as? Int == 11)
    #expect(document["kept"] as? [String] == ["architecture"])
    let cast = try #require(document["cast"] as? [[String: Any]])
    #expect(cast.count == 10)
    #expect(
      cast.allSatisfy { $0["to"] as? String == "bfloat16" && ($0["max_abs"] as? Double ?? 0) > 0 })
  }

  @Test("a file that is there stays, unless it may be replaced; the input always does")
  func existing() throws {
    let folder = try TemporaryFolder()
    let target = folder.path("there.pt")
    try Data([1]).write(to: URL(filePath: target))
    let kept = try Program.run(["convert", "files/inside-short.pt", target])
    #expect(kept.status == 2)
    #expect(
      kept.standardError == "error: \(target): is there already\n  replace it with --force\n")
    #expect(try Data(contentsOf: URL(filePath: target)) == Data([1]))
    #expect(try Program.run(["convert", "files/inside-short.pt", target, "--force"]).status == 0)

    let input = try Data(contentsOf: URL(filePath: target))
    let link = folder.path("link.pt")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: target)
    let hardLink = folder.path("hard.pt")
    try FileManager.default.linkItem(atPath: target, toPath: hardLink)
    for other in [target, link, hardLink] {
      let run = try Program.run(["convert", target, other, "--force"])
      #expect(run.status == 2)
      #expect(
        run.standardError.contains(other == link ? "is a symbolic link" : "is an input itself"))
    }
    #expect(try Data(contentsOf: URL(filePath: target)) == input)
  }

  @Test("a name that says no format is a mistake in the command")
  func unknownFormat() throws {
    let run = try Program.run(["convert", "readme/mbconv.pt", "model.onnx"])
    #expect(run.status == 64)
    #expect(run.standardError.contains("OUT must end in .safetensors, .pt, .pth, .ckpt or .bin"))
  }

  @Test("every tensor that cannot be written is named, and there is no file")
  func refusals() throws {
    let folder = try TemporaryFolder()
    let source = folder.path("odd.pt")
    let meta = Pickle.call(
      Pickle.global("torch._utils", "_rebuild_meta_tensor_no_storage"),
      [Pickle.global("torch", "float32"), Pickle.ints([2]), Pickle.ints([1]), Pickle.bool(false)])
    let pickle = Pickle.whole(
      Pickle.dict([
        ("good", Pickle.tensor([2])), ("first", meta),
        ("wide", Pickle.tensor(key: "1", [1], type: "ComplexDoubleStorage")), ("second", meta),
      ]))
    let archive = ZipBuilder.torch(
      pickle, ["0": little([1, 2]), "1": [UInt8](repeating: 1, count: 16)])
    try archive.data.write(to: URL(filePath: source))
    let run = try Program.run(["convert", source, folder.path("a.safetensors")])
    #expect(run.status == 2)
    #expect(
      run.standardError == """
        error: odd.pt: first is on the "meta" device, so the file has no values for it
        odd.pt: wide is of type complex128, which safetensors does not have; convert to .pt
        odd.pt: second is on the "meta" device, so the file has no values for it

        """)
    #expect(folder.files == ["odd.pt"])
  }

  @Test("a damaged input is found while it is written, and leaves nothing behind")
  func damaged() throws {
    let folder = try TemporaryFolder()
    for name in ["a.pt", "a.safetensors"] {
      let run = try Program.run(["convert", "bad/flipped-byte.pt", folder.path(name)])
      #expect(run.status == 2)
      #expect(run.standardError.contains("the file is damaged"), "\(run.standardError)")
    }
    #expect(folder.files.isEmpty)
  }

  @Test("a module that was saved whole becomes a state dict with its architecture")
  func wholeModule() throws {
    let folder = try TemporaryFolder()
    let target = folder.path("a.pt")
    let run = try Program.run(["convert", "readme/mbconv-dill.pt", target])
    #expect(run.standardOutput.contains("kept      architecture\n"))
    #expect(run.standardOutput.contains("dropped   the module (its classes and settings)\n"))
    let verified = try Program.run(
      ["verify", target, "--expect", "readme/mbconv-dill.expect.safetensors", "--no-timing"])
    #expect(verified.status == 0, "\(verified.standardOutput)")
  }
}
