import Foundation
import TestSupport
import Testing

@Suite("Manifests for fleets")
struct FleetTests {
  /// A way to run parts: the script of a manifest, and how a machine knows its part.
  enum Engine: String, CaseIterable {
    case kubernetes
    case slurm
    case actions

    private var file: String {
      switch self {
      case .kubernetes: "kubernetes-job.yaml"
      case .slurm: "slurm-array.sh"
      case .actions: "matrix.yml"
      }
    }

    /// What a machine runs for a part, counted from one, of four.
    func script(part: Int) throws -> String {
      let path = SourceFolder.repository().appending(path: ".github/fleet/" + file).path()
      let text = try String(contentsOfFile: path, encoding: .utf8)
      switch self {
      case .kubernetes:
        #expect(text.contains("completions: 4\n"))
        return "export JOB_COMPLETION_INDEX=\(part - 1) SHARDS=4\n" + block(after: "- |", of: text)
      case .slurm:
        #expect(text.contains("#SBATCH --array=1-4\n"))
        return "export SLURM_ARRAY_TASK_ID=\(part) SLURM_ARRAY_TASK_COUNT=4\n" + text
      case .actions:
        #expect(text.contains("part: [1, 2, 3, 4]\n"))
        return block(after: "- run: |", of: text)
          .replacing("${{ matrix.part }}", with: String(part))
      }
    }

    /// The lines of a block of YAML, which are indented more than where it begins.
    private func block(after start: String, of text: String) -> String {
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      guard let first = lines.firstIndex(where: { $0.hasSuffix(start) }) else { return "exit 9" }
      let indent = lines[first + 1].prefix { $0 == " " }.count
      return lines[(first + 1)...].prefix { $0.prefix { $0 == " " }.count >= indent }
        .map { $0.dropFirst(indent) }.joined(separator: "\n")
    }
  }

  @Test("what the machines find merges to the bytes of one call", arguments: Engine.allCases)
  func merged(_ engine: Engine) throws {
    let folder = try TemporaryFolder()
    for name in ["models", "reports"] {
      try FileManager.default.createDirectory(
        atPath: folder.path(name), withIntermediateDirectories: false)
    }
    let models = [
      "readme/mbconv.pt", "files/legacy.pth", "bad/wrong-answer.pt", "bad/truncated.pt",
      "files/bare-chain.pt", "layers/gru.pt",
    ]
    for model in models {
      let start = String(model.prefix { $0 != "." })
      for end in [".pt", ".pth", ".arch.json", ".expect.safetensors"]
      where FileManager.default.fileExists(atPath: Fixture.folder + "/" + start + end) {
        try FileManager.default.copyItem(
          atPath: Fixture.folder + "/" + start + end,
          toPath: folder.path("models/" + URL(filePath: start + end).lastPathComponent))
      }
    }
    for part in 1...4 {
      let run = try Program.shell(
        "PATH=\"$(dirname \"$0\"):$PATH\" MODELS=$1 REPORTS=$2 sh -c \"$3\"",
        [folder.path("models"), folder.path("reports"), try engine.script(part: part)])
      #expect(run.status == 0, "\(engine) \(part): \(run.standardError)")
    }
    let merged = try Program.shell(
      "exec \"$0\" merge \"$1\"/part-*.json --output \"$2\"",
      [folder.path("reports"), folder.path("all.json")])
    #expect(merged.status == 2, "one is refused: \(merged.standardError)")
    #expect(merged.standardOutput.contains("6 models: "))
    let whole = try Program.run([folder.path("models"), "--no-timing", "--format", "json"])
    #expect(
      try String(contentsOfFile: folder.path("all.json"), encoding: .utf8) == whole.standardOutput)
  }
}
