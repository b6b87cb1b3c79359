import Checkpoints
import Continual
import OrderedCollections
import PlainData
import Tensors
import Testing

@testable import TorchModels

@Suite("weights that a file holds in parts")
struct FoldedWeightsTests {
  /// The tensors as a file holds them.
  private func folded(_ tensors: [(String, Tensor)]) throws -> FoldedWeights {
    let data = try SafetensorsFile.data(of: tensors.map { ($0.0, TensorSource($0.1)) })
    let checkpoint = try Checkpoint(name: "test", data: data)
    return FoldedWeights(try StateDict(in: checkpoint, root: nil).tensors)
  }

  private func values(_ weights: FoldedWeights, _ name: String) throws -> Tensor {
    try #require(weights.parameters[name]).read(0, [:]).tensor
  }

  @Test(
    "weight norm gives directions a length for each place of one axis, or one for all",
    arguments: [
      // Rows (3, 4) and (0, 2), with the lengths 10 and 1.
      (Tensor([2, 1], [10, 1]), [6, 8, 0, 1]),
      // Columns (3, 0) and (4, 2), of the lengths 3 and 4.472136.
      (Tensor([1, 2], [6, 10]), [6, 8.944272, 0, 4.472136]),
      // All together have the length 5.3851648.
      (Tensor([], [5.3851648]), [3, 4, 0, 2]), (Tensor([1, 1], [10.7703296]), [6, 8, 0, 4]),
    ] as [(Tensor, [Float])])
  func weightNorm(_ lengths: Tensor, _ expected: [Float]) throws {
    let directions = Tensor([2, 2], [3, 4, 0, 2])
    for names in [
      ("a.weight_g", "a.weight_v"),
      ("a.parametrizations.weight.original0", "a.parametrizations.weight.original1"),
    ] {
      let weights = try folded([("a.bias", Tensor([2])), (names.0, lengths), (names.1, directions)])
      #expect(Set(weights.parameters.keys) == ["a.bias", "a.weight"])
      let found = try values(weights, "a.weight")
      #expect(found.shape == [2, 2])
      #expect(zip(found.scalars, expected).allSatisfy { abs($0 - $1) <= 1e-6 })
      #expect(weights.notes == ["weight norm is folded into 1 weight: a.weight"])
    }
  }

  @Test("spectral norm divides by the norm that the singular vectors give")
  func spectralNorm() throws {
    // (1, 2) W (1, 0, -1) with W of the rows (1, 2, 3) and (4, 5, 8): 1 - 3 + 8 - 16 = -10.
    let weight = Tensor([2, 3, 1], [1, 2, 3, 4, 5, 8])
    let (left, right) = (Tensor([2], [1, 2]), Tensor([3], [1, 0, -1]))
    for names in [
      ("weight_orig", "weight_u", "weight_v"),
      (
        "parametrizations.weight.original", "parametrizations.weight.0._u",
        "parametrizations.weight.0._v"
      ),
      (
        "parametrizations.weight.original", "parametrizations.weight._u",
        "parametrizations.weight._v"
      ),
    ] {
      let weights = try folded([(names.0, weight), (names.1, left), (names.2, right)])
      #expect(
        try values(weights, "weight") == Tensor([2, 3, 1], [-0.1, -0.2, -0.3, -0.4, -0.5, -0.8]))
    }
  }

  @Test("the matrix of a spectral norm can have the second axis as its rows")
  func spectralNormOfColumns() throws {
    let weights = try folded([
      ("weight_orig", Tensor([2, 3], [1, 2, 3, 4, 5, 8])), ("weight_u", Tensor([3], [1, 0, -1])),
      ("weight_v", Tensor([2], [1, 2])),
    ])
    #expect(try values(weights, "weight").scalars[5] == -0.8)
  }

  @Test("of a square weight, the layer decides which axis are the rows, as PyTorch does")
  func spectralNormOfSquares() throws {
    let weights = try folded([
      ("weight_orig", Tensor([2, 2, 1], [1, 2, 3, 5])), ("weight_u", Tensor([2], [1, 2])),
      ("weight_v", Tensor([2], [1, -1])),
    ])
    // What PyTorch computes for Conv1d, and for ConvTranspose1d.
    let rows = try #require(weights.parameters["weight"]).read(0, [:]).tensor
    #expect(rows == Tensor([2, 2, 1], [-0.2, -0.4, -0.6, -1]))
    let columns = try #require(weights.parameters["weight"]).read(1, [:]).tensor
    #expect(columns == Tensor([2, 2, 1], [-0.125, -0.25, -0.375, -0.625]))
    // The importer of a transposed convolution asks for the latter.
    let table = KeyTable(weights.parameters, match: .exact)
    for (type, expected) in [("Conv1d", Float(-0.2)), ("ConvTranspose1d", -0.125)] {
      let network = Network(
        ModuleDescription(type: type, arguments: ["bias": .bool(false)], place: "m"), of: table)
      #expect(network.misfits.isEmpty)
      let output = try Plan(network.module, frame: [1, 2]).forward(Tensor([1, 2, 1], [1, 0]))
      #expect(output.scalars[0] == expected)
    }
  }

  @Test("pruning multiplies with the mask")
  func pruning() throws {
    let weights = try folded([
      ("h.weight_orig", Tensor([3], [1, 2, 3])), ("h.weight_mask", Tensor([3], [1, 0, 1])),
    ])
    #expect(try values(weights, "h.weight") == Tensor([3], [1, 0, 3]))
  }

  @Test("names of other parts are left as they are")
  func others() throws {
    let names = [
      // Lengths along two axes, a weight that is there as well, and parts that miss their other one.
      ("a_g", Tensor([2, 2])), ("a_v", Tensor([2, 2, 3])), ("b_g", Tensor([2, 1])),
      ("b_v", Tensor([2, 3])), ("b", Tensor([2, 3])), ("c_g", Tensor([2])), ("d_v", Tensor([2])),
      ("e_orig", Tensor([2, 3])), ("e_u", Tensor([3])), ("e_v", Tensor([3])),
      ("f.parametrizations.w.original", Tensor([2])), ("g_orig", Tensor([2])),
      ("g_mask", Tensor([3])),
    ]
    let weights = try folded(names)
    #expect(Array(weights.parameters.keys) == names.map(\.0))
    #expect(weights.notes.isEmpty)
  }

  @Test("a parametrization that is not known is refused by its name, with what to do")
  func unknown() throws {
    let weights = try folded([("0.parametrizations.weight.original", Tensor([2, 2]))])
    let table = KeyTable(weights.parameters, match: .exact)
    let network = Network(
      ModuleDescription(type: "Identity", place: "model"), of: table)
    let text = network.error(in: "test")?.description ?? ""
    #expect(text.contains("belongs to a parametrization whose computation is not known"))
    #expect(text.contains("remove_parametrizations"))
  }
}
