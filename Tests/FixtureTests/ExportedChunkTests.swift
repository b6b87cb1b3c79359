import Checkpoints
import Tensors
import TestSupport
import Testing

/// Networks of sound and frames take their clips in chunks of any length.
@Suite("Exported programs in chunks")
struct ExportedChunkTests {
  /// An encoder, a decoder, a network that separates sources by a norm of all frames so far, windows of keys and
  /// values, and a U-net.
  @Test(
    "chunks of 1, 7 and 320 frames have the bits of one another",
    arguments: ["causal", "decoder", "separator", "windowed", "relative", "gated", "positions"])
  func chunks(_ name: String) throws {
    let folder = try TemporaryFolder()
    var outputs: [[Float]] = []
    for chunk in [1, 7, 320] {
      let output = folder.path("\(chunk).safetensors")
      let run = try Program.run([
        "run", "exported/\(name).pt2", "--input", "exported/\(name).expect.safetensors", "--mode",
        "forward-steps", "--chunk", "\(chunk)", "--output", output,
      ])
      #expect(run.status == 0, "\(run.standardError)")
      let made = try Checkpoint(contentsOf: FilePath(output)).tensors.first { $0.path == "output" }
      outputs.append(try #require(made).values().scalars)
    }
    #expect(!outputs[0].isEmpty)
    for output in outputs.dropFirst() {
      #expect(output.map(\.bitPattern) == outputs[0].map(\.bitPattern))
    }
  }

  @Test("a chunk is a number of frames, of one mode")
  func usage() throws {
    for arguments in [
      ["--mode", "forward-step", "--chunk", "2"], ["--mode", "forward-steps", "--chunk", "0"],
    ] {
      let run = try Program.run(
        [
          "run", "exported/causal.pt2", "--input", "exported/causal.expect.safetensors", "--output",
          "o.npz",
        ]
          + arguments)
      #expect(run.status == 64)
      #expect(run.standardError.contains("--chunk is a number of frames from 1 on"))
    }
  }
}
