import ArgumentParser
import Checkpoints
import Continual
import Foundation
import Tensors
import TorchModels

/// Which model, and what it is.
struct ModelOptions: ParsableArguments {
  @Argument(help: "A checkpoint: .pt, .pth, .ckpt, .safetensors, …; told by content.")
  var model: FilePath

  @Option(
    name: .customLong("arch"), help: "An architecture file; by default it is looked for.")
  var architecture: FilePath?

  @Flag(help: "Accept what nothing in the file says and was taken to be PyTorch's default.")
  var assumeDefaults = false

  @OptionGroup var limits: LimitOptions

  /// The files that may be read: the model, and what belongs to it.
  var inputs: [FilePath] {
    [model] + [architecture].compactMap(\.self)
      + Sidecar.allCases.map { $0.path(beside: model) }
  }

  /// Loads the model, and says on stderr what was found on the way.
  func load() throws -> LoadedModel {
    let loaded = try LoadedModel(
      contentsOf: model, architecture: architecture, limits: limits.limits)
    Trouble.say("note: architecture from \(loaded.architecture.source.summary)")
    for note in loaded.notes { Trouble.say("note: \(note)") }
    return loaded
  }
}

/// Something a command cannot do, in a sentence.
struct CommandError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
