import ArgumentParser
import Checkpoints
import TorchModels

/// What a network is made of, and how much its files may ask for.
struct NetworkOptions: ParsableArguments {
  @Option(
    name: .customLong("arch"), help: "An architecture file; by default it is looked for.")
  var architectureFile: FilePath?

  @Option(
    help: ArgumentHelp(
      "The network of a package that it is, where a file holds tensors alone.",
      discussion: "Names: \(Recipe.all.map(\.name).joined(separator: ", "))."))
  var recipe: String?

  @OptionGroup var axes: LayoutOptions

  @OptionGroup var limits: LimitOptions

  /// Where the architecture is, if that is said.
  var architecture: FilePath? {
    architectureFile ?? recipe.flatMap { name in Recipe.all.first { $0.name == name }?.path }
  }

  func validate() throws {
    if architectureFile != nil, recipe != nil {
      throw ValidationError("--arch and --recipe are two architectures; leave out one.")
    }
    guard let recipe, architecture == nil else { return }
    throw ValidationError(
      "There is no recipe \(recipe); there are \(Recipe.all.map(\.name).joined(separator: ", ")).")
  }

  /// The files that may be read: the checkpoint, and what belongs to it.
  func inputs(with model: FilePath) -> [FilePath] {
    [model] + [architectureFile].compactMap(\.self)
      + Sidecar.allCases.map { $0.path(beside: model) }
  }
}
