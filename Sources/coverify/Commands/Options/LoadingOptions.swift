import ArgumentParser
import CheckpointTools
import Checkpoints
import Tensors
import TorchModels

/// How models are loaded.
struct LoadingOptions: ParsableArguments {
  @OptionGroup var network: NetworkOptions

  @Flag(help: "Accept what nothing in the file says and was taken to be PyTorch's default.")
  var assumeDefaults = false

  /// Loads a model, and says what was found on the way.
  func load(_ path: FilePath, notes: Notes) throws -> LoadedModel {
    let loaded = try LoadedModel(
      contentsOf: path, architecture: network.architecture, limits: network.limits.values,
      layout: network.axes.layout)
    if network.axes.layout != nil, loaded.architecture.source != .exportedProgram {
      throw CommandError.noProgram(path)
    }
    notes.say("architecture from \(loaded.architecture.source.summary)")
    for note in loaded.provenance.notes { notes.say("\(note)") }
    return loaded
  }

  /// Reads a clip for a model, and says what its user may not expect.
  func clip(in path: FilePath, for model: LoadedModel, notes: Notes) throws -> ClipFile {
    let file = try ClipFile(checkpoint(path), at: path, for: model)
    for note in file.notes { notes.say(note.sentence(about: path)) }
    return file
  }

  /// Opens another file, which may ask for as much as the model.
  func checkpoint(_ path: FilePath) throws -> Checkpoint {
    try Checkpoint(contentsOf: path, limits: network.limits.values)
  }
}
