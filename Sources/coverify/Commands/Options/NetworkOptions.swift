import ArgumentParser
import Checkpoints
import TorchModels

/// What a network is made of, and how much its files may ask for.
struct NetworkOptions: ParsableArguments {
  @Option(
    name: .customLong("arch"), help: "An architecture file; by default it is looked for.")
  var architecture: FilePath?

  @OptionGroup var axes: LayoutOptions

  @OptionGroup var limits: LimitOptions

  /// The files that may be read: the checkpoint, and what belongs to it.
  func inputs(with model: FilePath) -> [FilePath] {
    [model] + [architecture].compactMap(\.self)
      + Sidecar.allCases.map { $0.path(beside: model) }
  }
}
