import Checkpoints
import Continual
import Foundation
import Tensors
import TestSupport
import Testing
import TorchModels

@Suite("Weights that are packed as they are read")
struct PackedReadingTests {
  private static let architecture = """
    {"format": "coverify-architecture", "version": 1, "input": {"shape": [1024, "T"]}, "model":
      {"type": "Sequential", "modules": [
        {"type": "Linear", "channel_dim": 1}, {"type": "Conv1d", "kernel_size": 2}]}}
    """

  /// So many numbers that they get pages of their own; rows that fill no whole panel.
  private static let wide = numbers([2101, 1024])
  private static let bias = numbers([2101])
  private static let kernel = numbers([3, 2101, 2])

  private static func numbers(_ shape: Shape) -> Tensor {
    Tensor(shape, (0..<shape.count).map { Float($0 % 251 - 125) / 4096 })
  }

  /// The bytes of a checkpoint.
  private func file(
    wide: Tensor = wide, castTo type: ScalarType = .float32
  ) throws -> Data {
    let folder = try TemporaryFolder()
    let path = folder.path("m.pt")
    let tensors: [(String, Tensor)] = [
      ("0.weight", wide), ("0.bias", PackedReadingTests.bias),
      ("1.weight", PackedReadingTests.kernel),
    ]
    let sources = tensors.map { name, tensor -> (String, TensorSource) in
      let source =
        type == .float32
        ? TensorSource(tensor)
        : TensorSource(shape: tensor.shape, scalarType: type) { tensor.scalars.map { Double($0) } }
      return (name, source)
    }
    try TorchWriter.write(.dict(sources.map { ($0, .tensor($1)) }), to: path)
    return try Data(contentsOf: URL(filePath: path))
  }

  private func model(_ data: Data, at folder: TemporaryFolder) throws -> LoadedModel {
    let path = folder.path("m.pt")
    try data.write(to: URL(filePath: path))
    try Data(PackedReadingTests.architecture.utf8).write(
      to: URL(filePath: folder.path("m.arch.json")))
    return try LoadedModel(contentsOf: path)
  }

  @Test(
    "they are those of the file, to the last bit, in a file or in memory",
    arguments: [ScalarType.float32, .float64], [true, false])
  func values(_ type: ScalarType, _ isInFile: Bool) throws {
    let folder = try TemporaryFolder()
    let data = try file(castTo: type)
    let model: LoadedModel
    if isInFile {
      model = try self.model(data, at: folder)
    } else {
      let architecture = folder.path("m.arch.json")
      try Data(PackedReadingTests.architecture.utf8).write(to: URL(filePath: architecture))
      model = try LoadedModel(
        NetworkFile(Checkpoint(name: "m.pt", data: data), at: FilePath(folder.path("m.pt"))))
    }
    let clip = PackedReadingTests.numbers([1, 1024, 5])
    let first = try Plan(
      Linear(
        weight: PackedReadingTests.wide, bias: PackedReadingTests.bias, axis: .clip(1)),
      frame: [1, 1024]
    ).forward(clip)
    let expected = try Plan(
      Convolution(
        weight: PackedReadingTests.kernel, bias: nil, stride: [1], padding: .valid, dilation: [1],
        groups: 1, paddingMode: .zeros),
      frame: [1, 2101]
    ).forward(first)
    let plan = try model.plan(batch: 1).plan
    #expect(try plan.forward(clip).hasSameBits(as: expected))
  }

  @Test("a number that is not finite is told with its place, as if nothing were packed")
  func notFinite() throws {
    var scalars = PackedReadingTests.wide.scalars
    scalars[2000 * 1024 + 7] = .infinity
    let data = try file(wide: Tensor([2101, 1024], scalars))
    let folder = try TemporaryFolder()
    let error = #expect(throws: LoadError.self) { try model(data, at: folder) }
    let text = error?.description ?? ""
    #expect(text.contains("0.weight"))
    #expect(text.contains("inf at [2000, 7], 1 such value"))
  }

  @Test("bytes that are damaged are told by their checksum, and nothing of them is used")
  func damaged() throws {
    var data = try file()
    // Where the weights are, the longest entry by far.
    data[data.count / 2] ^= 1
    let folder = try TemporaryFolder()
    let error = #expect(throws: LoadError.self) { try model(data, at: folder) }
    let text = error?.description ?? ""
    #expect(text.contains("0.weight"))
    #expect(text.contains("the bytes have CRC"))
  }
}
