import Continual
import OrderedCollections
import PlainData
import Tensors
import Testing

@testable import TorchModels

@Suite("attention from descriptions and tensors")
struct AttentionImporterTests {
  private func table(
    _ shapes: OrderedDictionary<String, Shape>, match: WeightsOptions.Match = .exact
  ) -> KeyTable {
    var parameters: OrderedDictionary<String, Parameter> = [:]
    for (name, shape) in shapes {
      parameters[name] = Parameter(name: name, shape: shape) {
        Tensor(shape, repeating: 0.25)
      }
    }
    return KeyTable(parameters, match: match)
  }

  /// The tensors of a layer of 4 channels and 6 hidden ones, by names of `torch.nn`.
  private func layer(_ prefix: String) -> OrderedDictionary<String, Shape> {
    [
      prefix + "self_attn.in_proj_weight": [12, 4], prefix + "self_attn.in_proj_bias": [12],
      prefix + "self_attn.out_proj.weight": [4, 4], prefix + "self_attn.out_proj.bias": [4],
      prefix + "linear1.weight": [6, 4], prefix + "linear1.bias": [6],
      prefix + "linear2.weight": [4, 6], prefix + "linear2.bias": [4],
      prefix + "norm1.weight": [4], prefix + "norm1.bias": [4],
      prefix + "norm2.weight": [4], prefix + "norm2.bias": [4],
    ]
  }

  private func encoder(
    _ arguments: OrderedDictionary<String, PlainValue>
  ) -> ModuleDescription {
    ModuleDescription(type: "TransformerEncoder", arguments: arguments, place: "model")
  }

  @Test("the layers of an encoder are counted by the tensors")
  func countsLayers() throws {
    var shapes = layer("layers.0.")
    for index in 1..<3 { shapes.merge(layer("layers.\(index).")) { first, _ in first } }
    let table = table(shapes)
    let network = Network(encoder(["nhead": .int(2), "sequence_len": .int(3)]), of: table)
    #expect(network.misfits.isEmpty)
    #expect((network.module as? TransformerEncoder)?.layers.count == 3)
  }

  @Test("counting layers ends where names have lost their numbers")
  func countingEnds() {
    let table = table(layer("layers."), match: .flattened)
    let network = Network(encoder(["nhead": .int(2), "sequence_len": .int(3)]), of: table)
    #expect(network.misfits.isEmpty)
  }

  @Test("attentions that have no steps are refused with the reason")
  func refusals() {
    let added = table([
      "in_proj_weight": [12, 4], "out_proj.weight": [4, 4], "bias_k": [1, 1, 4],
      "bias_v": [1, 1, 4],
    ])
    let addedNetwork = Network(
      ModuleDescription(
        type: "MultiheadAttention",
        arguments: ["num_heads": .int(2), "add_zero_attn": .bool(true)], place: "model"),
      of: added)
    #expect(addedNetwork.misfits.count == 2)
    let separate = table([
      "q_proj_weight": [4, 4], "k_proj_weight": [4, 3], "v_proj_weight": [4, 3],
      "out_proj.weight": [4, 4],
    ])
    let separateNetwork = Network(
      ModuleDescription(
        type: "MultiheadAttention", arguments: ["num_heads": .int(2), "kdim": .int(3)],
        place: "model"),
      of: separate)
    #expect("\(separateNetwork.misfits)".contains("separate projections"))
    let headless = table(["in_proj_weight": [12, 4], "out_proj.weight": [4, 4]])
    let headlessNetwork = Network(
      ModuleDescription(type: "MultiheadAttention", place: "model"), of: headless)
    #expect("\(headlessNetwork.misfits)".contains("num_heads"))
  }
}
