import Checkpoints
import Continual
import Foundation
import Tensors
import TestSupport
import Testing
import TorchModels

@testable import CheckpointTools

@Suite("Batch norms that become a part of the layer in front")
struct BatchNormFoldingTests {
  /// Multiples of a power of two, which are the same in `Float` and `Double`.
  private static func saw(_ shape: Shape, _ a: Int, _ m: Int, _ d: Float, plus b: Float = 0)
    -> Tensor
  {
    Tensor(shape, (0..<shape.count).map { Float($0 * a % m - m / 2) / d + b })
  }

  /// What PyTorch 2.13.0 computes in float64 with `ConvTranspose1d(4, 3 * groups, 3, 2, 1)` and
  /// `BatchNorm1d(eps=0.1)` behind it, for groups 1 without a bias and 2 with one.
  private static let outputs: [Int: [Float]] = [
    1: [
      -2.092927, -3.031728, -2.33998, -2.735265, -2.587033, 0.919313, 1.363092, 1.070601, 0.455362,
      0.959656, 0.07912, -0.158241, 0.237361, 0.443073, -0.324393,
    ],
    2: [
      -0.907073, -3.278781, -1.154126, -1.055305, -1.401179, 0.939485, 1.010086, 0.989914, 0.556221,
      1.040344, 0.094944, 0.03956, -0.023736, 0.237361, -0.142416, -0.455893, -1.442087, -0.455893,
      -0.115826, -0.455893, 1.262732, 1.889797, 1.432209, 1.127151, 1.161046, 0.5, 0.5, 0.5, 0.5,
      0.5,
    ],
  ]

  private func load(groups: Int) throws -> (NetworkFile, LoadedModel) {
    let outputs = 3 * groups
    var tensors: [(name: String, tensor: TensorSource)] = [
      ("0.weight", TensorSource(Self.saw([4, 3, 3], 7, 11, 8)))
    ]
    if groups == 2 { tensors.append(("0.bias", TensorSource(Self.saw([outputs], 3, 5, 4)))) }
    tensors += [
      ("1.weight", TensorSource(Self.saw([outputs], 2, 7, 4))),
      ("1.bias", TensorSource(Self.saw([outputs], 5, 7, 2))),
      ("1.running_mean", TensorSource(Self.saw([outputs], 4, 7, 8))),
      ("1.running_var", TensorSource(Self.saw([outputs], 3, 7, 8, plus: 0.5))),
    ]
    let architecture = """
      {"format": "coverify-architecture", "version": 1, "input": {"shape": [4, "T"]}, "model":
        {"type": "Sequential", "modules": [
          {"type": "ConvTranspose1d", "stride": 2, "padding": 1, "groups": \(groups)},
          {"type": "BatchNorm1d", "eps": 0.1}]}}
      """
    let data = try SafetensorsFile.data(of: tensors, metadata: ["architecture": architecture])
    let file = NetworkFile(
      try Checkpoint(name: "m.safetensors", data: data), at: "m.safetensors")
    return (file, try LoadedModel(file))
  }

  @Test(
    "the weights of a transposed convolution have their outputs in the second axis, group by group",
    arguments: [1, 2])
  func transposed(groups: Int) throws {
    let (file, model) = try load(groups: groups)
    var rewrite = try NetworkRewrite(model, NetworkContents(file))
    try rewrite.foldBatchNorms()
    #expect(rewrite.weights.map(\.name) == ["0.weight", "0.bias"])
    let clip = Self.saw([1, 4, 3], 5, 13, 4)
    let expected = try #require(Self.outputs[groups])
    for module in [model.module, try rewrite.rebuilt()] {
      let output = try Plan(module, frame: [1, 4]).forward(clip)
      #expect(output.shape == [1, 3 * groups, 5])
      for (found, wanted) in zip(output.scalars, expected) { #expect(abs(found - wanted) < 5e-6) }
    }
  }
}
