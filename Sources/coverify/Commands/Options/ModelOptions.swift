import ArgumentParser
import Checkpoints

/// Which model is run, and what it is.
struct ModelOptions: ParsableArguments {
  @Argument(help: "A checkpoint or exported program: .pt, .pt2, .safetensors, …; told by content.")
  var model: FilePath

  @OptionGroup var loading: LoadingOptions

  /// The files that may be read: the model, and what belongs to it.
  var inputs: [FilePath] { loading.network.inputs(with: model) }
}
