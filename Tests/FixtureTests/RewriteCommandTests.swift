import Checkpoints
import Foundation
import TestSupport
import Testing

/// `coverify convert --keys` and `--fold-batch-norm`, as a user sees them.
@Suite("Rewriting networks on the command line")
struct RewriteCommandTests {
  /// Converts a fixture, and returns the names of the weights then.
  private static func names(
    _ input: String, _ output: String, _ options: [String]
  ) throws -> [String] {
    let run = try Program.run(["convert", input, output, "--force"] + options)
    #expect(run.status == 0, "\(run.standardError)")
    return try Checkpoint(contentsOf: output).tensors.map(\.path)
      .filter { $0.hasPrefix("state_dict.") }.map { String($0.dropFirst("state_dict.".count)) }
  }

  @Test("keys of version 0.7 become those of version 1, and of torch.nn, and back")
  func layouts() throws {
    let folder = try TemporaryFolder()
    let target = folder.path("a.pt")
    let present = try Self.names("readme/inception.pt", folder.path("b.pt"), [])
    let old = try Checkpoint(contentsOf: Fixture.folder + "/files/old-names.pt").tensors.map(\.path)
    #expect(old.contains("0.1.weight"))
    #expect(present.contains("0.0.weight"))
    #expect(try Self.names("files/old-names.pt", target, ["--keys", "co"]) == present)
    let plain = try Self.names(target, folder.path("torch.pt"), ["--keys", "torch"])
    #expect(plain.contains("0.weight"))
    #expect(plain.contains("1.0.0.weight"))
    #expect(plain.contains("2.0.0.weight"))
    #expect(
      try Self.names(folder.path("torch.pt"), folder.path("c.pt"), ["--keys", "co"]) == present)
    let same = try Program.run(["diff", target, folder.path("c.pt")])
    #expect(same.status == 0, "\(same.standardOutput)")
  }

  @Test("a module in a Lambda is a level deeper in the library only")
  func lambda() throws {
    let folder = try TemporaryFolder()
    let target = folder.path("a.pt")
    let plain = try Self.names("readme/framewise-lstm.pt", target, ["--keys", "torch"])
    #expect(plain.first == "0.0.weight")
    let back = try Self.names(target, folder.path("b.pt"), ["--keys", "co"])
    #expect(back.first == "0.fn.0.weight")
  }

  @Test("names that would collide are refused, both of them named")
  func collisions() throws {
    let folder = try TemporaryFolder()
    let run = try Program.run(
      ["convert", "files/inside-short.pt", folder.path("a.pt"), "--keys", "flattened"])
    #expect(run.status == 2)
    #expect(
      run.standardError == """
        error: inside-short.pt: stem.0.bias and stem.1.bias would both be called stem.bias
        inside-short.pt: stem.0.weight and stem.1.weight would both be called stem.weight

        """)
    #expect(folder.files.isEmpty)
  }

  @Test("names without their numbers, and with them again")
  func flattened() throws {
    let folder = try TemporaryFolder()
    let long = folder.path("long.pt")
    let names = try Self.names("files/flattened-keys.pt", long, ["--keys", "co"])
    #expect(names.contains("stem.0.weight"))
    let flat = try Self.names(long, folder.path("flat.pt"), ["--keys", "flattened"])
    #expect(
      flat
        == (try Checkpoint(contentsOf: Fixture.folder + "/files/flattened-keys.pt").tensors.map(
          \.path))
    )
    #expect(
      try Program.run(["diff", "--weights-only", "files/flattened-keys.pt", long]).status == 1)
  }

  @Test("batch norms become parts of their convolutions, and the network computes the same")
  func folding() throws {
    let folder = try TemporaryFolder()
    let target = folder.path("a.safetensors")
    let run = try Program.run(["convert", "readme/mbconv.pt", target, "--fold-batch-norm"])
    #expect(run.status == 0)
    let lines = run.standardOutput.split(separator: "\n")
    #expect(lines[1] == "  weights   6 tensors, 5,984 elements: float32")
    #expect(lines[3] == "  note      folded into the layer in front: 1.1, 1.6")
    #expect(
      lines[4].hasPrefix("  note      the folded network differs by "))
    let verified = try Program.run(["verify", target, "--no-timing"])
    #expect(verified.status == 0, "\(verified.standardOutput)")
    // Both compute the same clip, up to the rounding of 2e-5 that the note allows.
    let difference = try Program.run(["diff", "readme/mbconv.pt", target, "--format", "json"])
    let document = try #require(
      try JSONSerialization.jsonObject(with: Data(difference.standardOutput.utf8))
        as? [String: Any])
    let outputs = try #require(document["outputs"] as? [String: Any])
    #expect(try #require(outputs["max_abs"] as? Double) < 3e-5)
    #expect(try #require(outputs["max_abs"] as? Double) > 0)
  }

  @Test("what needs an architecture says so, and what cannot be folded too")
  func refusals() throws {
    let folder = try TemporaryFolder()
    let target = folder.path("a.pt")
    let bare = try Program.run(["convert", "files/bare-chain.pt", target, "--fold-batch-norm"])
    #expect(bare.status == 2)
    #expect(bare.standardError.hasPrefix("error: files/bare-chain.pt: needs an architecture; "))
    let none = try Program.run(["convert", "layers/lstm.pt", target, "--fold-batch-norm"])
    #expect(none.status == 2)
    #expect(
      none.standardError
        == "error: lstm.pt: has no BatchNorm that could be folded into the layer in front of it\n")
    let narrow = try Program.run([
      "convert", "files/narrow-weights.pt", target, "--fold-batch-norm",
    ])
    #expect(narrow.status == 2)
    #expect(narrow.standardError.contains("cast them first, with --dtype float32"))
    let both = try Program.run(
      ["convert", "readme/mbconv.pt", target, "--fold-batch-norm", "--dtype", "float16"])
    #expect(both.status == 64)
    #expect(folder.files.isEmpty)
  }
}
