import Checkpoints
import Continual
import Foundation
import Tensors
import Testing
import TorchModels

@testable import CheckpointTools

@Suite("Networks in another form")
struct NetworkRewriteTests {
  /// Two linear layers of the same shape, so that weights could be mistaken for each other.
  private static let architecture = """
    {"format": "coverify-architecture", "version": 1, "input": {"shape": [2, "T"]}, "model":
      {"type": "Sequential", "modules": [
        {"type": "Linear", "channel_dim": 1}, {"type": "Linear", "channel_dim": 1}]}}
    """

  private func file() throws -> NetworkFile {
    var tensors: [(name: String, tensor: TensorSource)] = []
    for (layer, number) in [("0", Float(1)), ("1", 10)] {
      tensors.append(
        ("\(layer).weight", TensorSource(Tensor([2, 2], [number, 2, 3, 4]))))
      tensors.append(("\(layer).bias", TensorSource(Tensor([2], [number, -number]))))
    }
    return NetworkFile(
      try Checkpoint(name: "m.safetensors", data: try SafetensorsFile.data(of: tensors)),
      at: "m.safetensors")
  }

  private func load(_ file: NetworkFile) throws -> LoadedModel {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let architecture = FilePath(folder.appending(path: "m.json").path())
    try Data(Self.architecture.utf8).write(to: folder.appending(path: "m.json"))
    return try LoadedModel(file, architecture: architecture)
  }

  @Test("a tensor goes by its name, in whatever order the file has them")
  func byName() throws {
    let file = try file()
    let model = try load(file)
    var contents = try NetworkContents(file)
    contents.weights.shuffle()
    let rewrite = try NetworkRewrite(model, contents)
    #expect(rewrite.renamedCount == 0)
    for (name, tensor) in rewrite.weights {
      let own = try #require(file.checkpoint.tensors.first { $0.path == name })
      #expect(try tensor.values() == own.values())
    }
    let clip = Tensor([1, 2, 1], [1, -2])
    let plans = try (
      Plan(model.module, frame: [1, 2]), Plan(rewrite.rebuilt(), frame: [1, 2])
    )
    #expect(try plans.0.forward(clip) == plans.1.forward(clip))
  }

  @Test("weights of another network are refused by their names")
  func otherWeights() throws {
    var contents = try NetworkContents(try file())
    let model = try load(try file())
    contents.weights[1].name = "2.bias"
    let error = #expect(throws: ConversionError.self) { try NetworkRewrite(model, contents) }
    #expect(error?.problems == [.foreign("2.bias")])
    #expect(
      error?.description
        == "m.safetensors: 2.bias is not a tensor of the network; name its tensors with --root")
  }
}
