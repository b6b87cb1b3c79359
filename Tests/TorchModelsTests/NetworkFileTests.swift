import Checkpoints
import Continual
import Foundation
import Tensors
import Testing
import TorchModels

@Suite("A file that is read once")
struct NetworkFileTests {
  private static let architecture = """
    {"format": "coverify-architecture", "version": 1, "input": {"shape": [2, "T"]}, "model":
      {"type": "Linear", "channel_dim": 1}}
    """

  private func bytes(_ weight: Float) throws -> Data {
    try SafetensorsFile.data(
      of: [("weight", TensorSource(Tensor([1, 2], [weight, 1])))],
      metadata: ["architecture": NetworkFileTests.architecture])
  }

  @Test("what takes the place of an open file changes neither the network nor the checksum")
  func replacedPath() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "m.safetensors")
    try bytes(7).write(to: path)
    let digest = try Checkpoint(contentsOf: path.path()).sha256()
    let file = try NetworkFile(contentsOf: FilePath(path.path()))
    try FileManager.default.removeItem(at: path)
    try bytes(5).write(to: path)
    let model = try LoadedModel(file)
    let plan = try model.plan(batch: 1).plan
    #expect(try plan.forward(Tensor([1, 2, 1], [1, 0])).scalars == [7])
    #expect(try model.provenance.file.checkpoint.sha256() == digest)
    #expect(try NetworkFile(contentsOf: FilePath(path.path())).checkpoint.sha256() != digest)
  }

  @Test("tensors under a key that is asked for are those that are loaded")
  func root() throws {
    let checkpoint = try Checkpoint(name: "m.safetensors", data: try bytes(1))
    let file = NetworkFile(checkpoint, at: "m.safetensors", root: "ema")
    let error = #expect(throws: LoadError.self) { try LoadedModel(file) }
    #expect(error?.description.contains(#"has no key "ema""#) == true)
  }
}
