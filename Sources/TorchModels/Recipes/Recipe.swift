package import Checkpoints
import OrderedCollections
import PlainData
import Tensors

/// The architecture of a network that many people have, for files that hold its tensors alone.
///
/// A state dict holds no strides, paddings or activations. For a network of a package these are known, and
/// `scripts/make_recipes.py` writes them down from the network itself. A recipe is told by the names and
/// kernels of the tensors, all of them; where several have the same, a user has to say which one it is.
package struct Recipe: Sendable {
  /// What it is called, as in `x3d_s`.
  package let name: String

  /// The package whose network it is, with its version.
  package let package: String

  /// What it assumes that no tensor tells, as the end of a sentence.
  package let assumptions: String

  /// How many tensors the network has, without `num_batches_tracked`.
  let count: Int

  /// Of the names and kernels of these tensors; see ``fingerprint(of:)``.
  let fingerprint: UInt64

  /// Tensors that the network does not use, of which a file need not have all.
  var unused: Set<String> = []

  /// How other names of the same tensors become those of the architecture; nothing for these themselves.
  var renames: [WeightsOptions.Rename] = []

  /// The architecture as JSON; `"$name"` stands for a value.
  let text: String

  /// What stands for the names in the text.
  var values: [String: String] = [:]

  /// As in `--arch recipe:x3d_s`, which `--recipe x3d_s` is short for.
  package var path: FilePath { FilePath(Recipe.prefix + name) }

  private static let prefix = "recipe:"

  /// The recipe that a path names; nil for a file.
  static func named(by path: FilePath) -> Result<Recipe, UnknownRecipe>? {
    let text = path.description
    guard text.hasPrefix(prefix), !path.exists else { return nil }
    let name = String(text.dropFirst(prefix.count))
    guard let recipe = all.first(where: { $0.name == name }) else {
      return .failure(UnknownRecipe(name: name))
    }
    return .success(recipe)
  }

  /// A name that no recipe has.
  struct UnknownRecipe: Error, Hashable {
    let name: String
  }

  /// The recipes whose tensors a state dict has.
  static func fitting(_ state: StateDict) -> [Recipe] {
    // Names are only changed and hashed where there are as many as a recipe has.
    let tracked = state.tensors.keys.count { $0.hasSuffix(Recipe.tracked) }
    var known: [[WeightsOptions.Rename]: [Set<String>: UInt64]] = [:]
    return all.filter { recipe in
      let unused = recipe.unused.count { state.tensors[$0] != nil }
      guard state.tensors.count - tracked - unused == recipe.count else { return false }
      let found =
        known[recipe.renames]?[recipe.unused] ?? fingerprint(of: recipe.tensors(of: state).tensors)
      known[recipe.renames, default: [:]][recipe.unused] = found
      return found == recipe.fingerprint
    }
  }

  /// The tensors of a file that the network uses, by the names of the architecture.
  func tensors(of state: StateDict) -> StateDict {
    var options = WeightsOptions()
    options.stripPrefixes = []
    options.rename = renames
    return state.renamed(options).without(unused)
  }

  /// What the names of the counters of batch norms end with.
  private static let tracked = "num_batches_tracked"

  /// A number that tells lists of tensors apart.
  ///
  /// It is made of `name:3x1x1` for each, sorted, where what stands behind the colon are the axes from the
  /// third on: numbers of channels and of classes are free.
  ///
  /// - Parameter tensors: by name.
  /// - Returns: their hash, FNV-1a of 64 bits.
  static func fingerprint(of tensors: OrderedDictionary<String, StoredTensor>) -> UInt64 {
    let lines = tensors.compactMap { name, tensor -> String? in
      guard !name.hasSuffix(tracked) else { return nil }
      return name + ":" + tensor.shape.axes.dropFirst(2).map(String.init).joined(separator: "x")
    }
    let bytes = lines.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      .joined(separator: "\n").utf8
    return bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }

  /// The architecture.
  ///
  /// - Throws: ``ArchitectureError`` where the text is not one, which a test rules out.
  func architecture(_ catalog: Catalog) throws(ArchitectureError) -> Architecture {
    var text = text
    for (name, value) in values { text.replace("\"$\(name)\"", with: value) }
    var architecture = try ArchitectureReader.read(
      json: text.utf8, source: "the recipe \(name)", origin: .recipe(name, package: package),
      catalog: catalog)
    architecture.weights.rename = renames
    architecture.model = architecture.model.withWholeNorms
    return architecture
  }
}

extension ModuleDescription {
  /// The same module, whose norms have weights and statistics whatever a file has.
  fileprivate var withWholeNorms: ModuleDescription {
    var result = self
    result.modules = modules.map(\.withWholeNorms)
    let elementwise = "elementwise_affine"
    let known = Catalog.standard[type]?.arguments.map(\.name) ?? []
    let whole =
      type.hasPrefix("BatchNorm")
      ? ["affine", "track_running_stats"]
      : known.contains(elementwise) ? [elementwise, "bias"] : []
    for argument in whole { result.arguments[argument] = .bool(true) }
    return result
  }
}
