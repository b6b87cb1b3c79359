import ArgumentParser
import CheckpointTools
import Checkpoints
import Tensors
import TorchModels

/// Which model is run, and what it is.
struct ModelOptions: ParsableArguments {
  @Argument(help: "A checkpoint or exported program: .pt, .pt2, .safetensors, …; told by content.")
  var model: FilePath

  @OptionGroup var network: NetworkOptions

  @Flag(help: "Accept what nothing in the file says and was taken to be PyTorch's default.")
  var assumeDefaults = false

  /// The files that may be read: the model, and what belongs to it.
  var inputs: [FilePath] { network.inputs(with: model) }

  /// Loads the model, and says on stderr what was found on the way, unless nobody wants to know.
  func load(isQuiet: Bool = false) throws -> LoadedModel {
    let loaded = try LoadedModel(
      contentsOf: model, architecture: network.architecture, limits: network.limits.values,
      layout: network.axes.layout)
    if network.axes.layout != nil, loaded.architecture.source != .exportedProgram {
      throw CommandError.noProgram(model)
    }
    guard !isQuiet else { return loaded }
    StandardStream.say("note: architecture from \(loaded.architecture.source.summary)")
    for note in loaded.provenance.notes { StandardStream.say("note: \(note)") }
    return loaded
  }

  /// Reads a clip for the model, and says on stderr what its user may not expect, unless nobody wants to
  /// know.
  func clip(
    in path: FilePath, for model: LoadedModel, isQuiet: Bool = false
  ) throws -> ClipFile {
    let file = try ClipFile(checkpoint(path), at: path, for: model)
    guard !isQuiet else { return file }
    for note in file.notes { StandardStream.say("note: " + note.sentence(about: path)) }
    return file
  }

  /// Opens another file, which may ask for as much as the model.
  func checkpoint(_ path: FilePath) throws -> Checkpoint {
    try Checkpoint(contentsOf: path, limits: network.limits.values)
  }
}
