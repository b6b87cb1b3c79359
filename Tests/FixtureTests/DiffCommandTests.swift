import Foundation
import Tensors
import TestSupport
import Testing

/// `coverify diff`, as a user sees it.
@Suite("Comparing two checkpoints on the command line")
struct DiffCommandTests {
  /// A convolution over one channel, as a file whose weights can be chosen.
  private static func model(
    _ folder: TemporaryFolder, _ name: String, _ weights: [Float], key: String = "0.weight",
    stride: Int = 1
  ) throws -> String {
    let architecture = """
      {"format": "coverify-architecture", "version": 1, "input": {"shape": [1, "T"], "frames": 9},
       "model": {"type": "Sequential", "modules": [
         {"type": "Conv1d", "kernel_size": 3, "stride": \(stride), "bias": true}]}}
      """
    let pickle = Pickle.whole(
      Pickle.dict([
        (
          "state_dict",
          Pickle.dict([
            (key, Pickle.tensor([1, 1, 3])), ("0.bias", Pickle.tensor(key: "1", [1])),
          ])
        ), ("architecture", Pickle.text(architecture)),
      ]))
    let archive = ZipBuilder.torch(pickle, ["0": little(weights), "1": little([0.5])])
    let path = folder.path(name)
    try archive.data.write(to: URL(filePath: path))
    return path
  }

  @Test("a file is the same as itself in another format")
  func same() throws {
    let folder = try TemporaryFolder()
    let target = folder.path("a.safetensors")
    _ = try Program.run(["convert", "files/inside-short.pt", target])
    let run = try Program.run(["diff", "files/inside-short.pt", target])
    #expect(run.status == 0)
    #expect(
      run.standardOutput == """
        a  files/inside-short.pt
        b  \(target)
          structure  11 tensors in both; 0 only in a, 0 only in b, 0 reshaped, 0 retyped
          weights    the same in every bit
          outputs    of a clip (2, 3, 11), seed 1: the same in every bit
        verdict: same (exit 0)

        """)
  }

  @Test("one changed weight is found, with what it does to the output")
  func changedWeight() throws {
    let folder = try TemporaryFolder()
    let one = try Self.model(folder, "one.pt", [1, 2, 4])
    let other = try Self.model(folder, "other.pt", [1, 2.5, 4])
    let run = try Program.run(["diff", one, other])
    #expect(run.status == 1)
    let lines = run.standardOutput.split(separator: "\n").map(String.init)
    #expect(lines[3] == "  weights    1 of 2 tensors differ, in 1 of 4 elements")
    #expect(lines[4] == "    0.weight  1/3 elements  max 5.0e-01  rel 1.3e-01")
    #expect(lines[5].hasPrefix("  outputs    of a clip (1, 1, "))
    let outputs = lines[5...].joined(separator: " ").split(separator: " ").joined(separator: " ")
    #expect(outputs.contains("; first change at 0"))
    #expect(lines.last == "verdict: differs (exit 1)")
    // The output moves by half of the largest frame, and no frame is beyond 6.
    #expect(try Program.run(["diff", one, other, "--max-abs", "3"]).status == 0)
    #expect(try Program.run(["diff", one, other, "--max-abs", "0.4"]).status == 1)
    #expect(
      try Program.run(["diff", one, other, "--max-abs", "0.5", "--weights-only"]).status == 0)
  }

  @Test("the made-up clip has the samples and frames that are asked for")
  func clipSize() throws {
    let run = try Program.run(
      [
        "diff", "readme/conv3d.pt", "readme/conv3d.pt", "--batch", "3", "--frames", "6", "--seed",
        "2",
      ])
    #expect(run.status == 0)
    #expect(run.standardOutput.contains("of a clip (3, 1, 6, 3, 3), seed 2: the same in every bit"))
    #expect(
      try Program.run(["diff", "readme/conv3d.pt", "readme/conv3d.pt", "--batch", "0"]).status == 64
    )
  }

  @Test("the same weights in another architecture are found by the outputs")
  func changedArchitecture() throws {
    let folder = try TemporaryFolder()
    let one = try Self.model(folder, "one.pt", [1, 2, 4])
    let other = try Self.model(folder, "other.pt", [1, 2, 4], stride: 2)
    let run = try Program.run(["diff", one, other])
    #expect(run.status == 1)
    #expect(run.standardOutput.contains("weights    the same in every bit"))
    #expect(run.standardOutput.contains(" in a, (1, 1, "))
    #expect(try Program.run(["diff", one, other, "--weights-only"]).status == 0)
  }

  @Test("a tensor that only one file has comes with the name it may have in the other")
  func renamed() throws {
    let folder = try TemporaryFolder()
    let one = try Self.model(folder, "one.pt", [1, 2, 4])
    let other = try Self.model(folder, "other.pt", [1, 2, 5], key: "0.wieght")
    let run = try Program.run(["diff", one, other, "--weights-only"])
    #expect(run.status == 1)
    #expect(
      run.standardOutput.contains(
        """
          structure  1 tensor in both; 1 only in a, 1 only in b, 0 reshaped, 0 retyped
            only in a  0.weight  (1, 1, 3)  did you mean 0.wieght?
            only in b  0.wieght  (1, 1, 3)  did you mean 0.weight?
        """))
  }

  @Test("tensors whose names changed alike are one line, as far as their bits are the same")
  func renamedAlike() throws {
    let folder = try TemporaryFolder()
    func file(_ name: String, _ prefix: String) throws -> String {
      let path = folder.path(name)
      let pickle = Pickle.whole(
        Pickle.dict([
          (prefix + "0.weight", Pickle.tensor([2])),
          (prefix + "0.bias", Pickle.tensor(key: "1", [2])),
          ("same", Pickle.tensor(key: "2", [1])),
        ]))
      let archive = ZipBuilder.torch(
        pickle, ["0": little([1, 2]), "1": little([3, 4]), "2": little([5])])
      try archive.data.write(to: URL(filePath: path))
      return path
    }
    let (one, other) = (try file("one.pt", "m."), try file("other.pt", "net.block."))
    let run = try Program.run(["diff", one, other, "--weights-only"])
    #expect(run.status == 1)
    #expect(
      run.standardOutput == """
        a  \(one)
        b  \(other)
          structure  1 tensor in both; 2 renamed, 0 only in a, 0 only in b, 0 reshaped,
                     0 retyped
            renamed  m.* -> net.block.*  2 tensors
          weights    the same in every bit
        verdict: differs (exit 1)

        """)
    let json = try Program.run(["diff", one, other, "--weights-only", "--format", "json"])
    let document = try #require(
      try JSONSerialization.jsonObject(with: Data(json.standardOutput.utf8)) as? [String: Any])
    let structure = try #require(document["structure"] as? [String: Any])
    let renamed = try #require(structure["renamed"] as? [[String: String]])
    #expect(
      renamed == [
        ["a": "m.0.weight", "b": "net.block.0.weight"], ["a": "m.0.bias", "b": "net.block.0.bias"],
      ])
  }

  @Test("what is beside the weights is listed, and does not count")
  func beside() throws {
    let folder = try TemporaryFolder()
    func file(_ name: String, _ entries: [(String, [UInt8])], shares: Bool) throws -> String {
      let path = folder.path(name)
      let weights = Pickle.dict([
        ("x", Pickle.tensor([1])), ("y", Pickle.tensor(key: shares ? "0" : "1", [1])),
      ])
      let pickle = Pickle.whole(Pickle.dict([("state_dict", weights)] + entries))
      let archive = ZipBuilder.torch(
        pickle, shares ? ["0": little([1])] : ["0": little([1]), "1": little([1])])
      try archive.data.write(to: URL(filePath: path))
      return path
    }
    let long = String(repeating: "x", count: 70)
    let one = try file(
      "one.pt", [("epoch", Pickle.int(3)), ("note", Pickle.text(long + "a"))], shares: true)
    let other = try file(
      "other.pt",
      [
        ("epoch", Pickle.int(4)), ("note", Pickle.text(long + "b")),
        ("optimizer", Pickle.dict([("step", Pickle.tensor([1])), ("lr", Pickle.float(0.5))])),
      ], shares: false)
    let run = try Program.run(["diff", one, other, "--weights-only"])
    #expect(run.status == 0)
    let shown = "\"" + String(repeating: "x", count: 60) + "…\" (71 characters)"
    #expect(
      run.standardOutput == """
        a  \(one)
        b  \(other)
          structure  2 tensors in both; 0 only in a, 0 only in b, 0 reshaped, 0 retyped
            one storage only in a  x, y
          weights    the same in every bit
          beside     3 values that no network computes with; 0 tensors of a and 1 of b
                     are not weights, and not compared
            epoch         3 -> 4
            note          \(shown) -> \(shown)
            optimizer.lr  only in b: 0.5
        verdict: same (exit 0)

        """)
  }

  @Test("what cannot be compared is trouble, and said")
  func trouble() throws {
    let folder = try TemporaryFolder()
    let one = try Self.model(folder, "one.pt", [1, 2, 4])
    #expect(try Program.run(["diff", one, "no-such-file.pt"]).status == 2)
    let run = try Program.run(["diff", one, "bad/lfs-pointer.pt"])
    #expect(run.status == 2)
    #expect(run.standardError.contains("Git LFS"))
    #expect(run.standardOutput.isEmpty)
  }

  @Test("NaN and infinite values are differences, and JSON can say them")
  func notANumber() throws {
    let folder = try TemporaryFolder()
    let one = try Self.model(folder, "one.pt", [1, 2, 4])
    let other = try Self.model(folder, "other.pt", [1, .nan, 4])
    let run = try Program.run(["diff", one, other, "--format", "json"])
    #expect(run.status == 1)
    let document = try #require(
      try JSONSerialization.jsonObject(with: Data(run.standardOutput.utf8)) as? [String: Any])
    let weights = try #require(document["weights"] as? [String: Any])
    let changed = try #require((weights["changed"] as? [[String: Any]])?.first)
    #expect(changed["path"] as? String == "0.weight")
    #expect(changed["max_abs"] as? String == "inf")
    let outputs = try #require(document["outputs"] as? [String: Any])
    #expect(outputs["compared"] as? Bool == false)
    #expect(document["verdict"] as? String == "differs")
  }

  @Test("outputs that were to be compared and were not do not agree")
  func notCompared() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("tensors.pt")
    let pickle = Pickle.whole(Pickle.dict([("x", Pickle.tensor([2]))]))
    try ZipBuilder.torch(pickle, ["0": little([1, 2])]).data.write(to: URL(filePath: path))
    let run = try Program.run(["diff", path, path])
    #expect(run.status == 3)
    #expect(run.standardOutput.contains("\n  outputs    not compared: "))
    #expect(
      run.standardOutput.hasSuffix(
        """

        verdict: inconclusive (exit 3)
          outputs were not compared; leave them out with --weights-only

        """), "\(run.standardOutput)")
    let json = try Program.run(["diff", path, path, "--format", "json"])
    #expect(json.status == 3)
    #expect(json.standardOutput.contains("\"inconclusive\""))
    #expect(try Program.run(["diff", path, path, "--weights-only"]).status == 0)
  }
}
