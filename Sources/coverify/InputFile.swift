import Checkpoints
import Continual
import Tensors
import TorchModels

/// A clip that the user gives in a file of tensors.
enum InputFile {
  /// Reads the tensor called `input`, or the only one of the file.
  ///
  /// A sample without a batch axis gets one, and that is said.
  ///
  /// - Parameters:
  ///   - path: `.safetensors`, `.npy`, `.npz` or `.pt`.
  ///   - model: tells how many axes a clip has.
  ///   - limits: how much the file may ask for.
  /// - Returns: (B, C, T, S…).
  /// - Throws: `CheckpointError` or ``CommandError`` where there is no such clip.
  static func read(_ path: FilePath, for model: LoadedModel, limits: Limits) throws -> Tensor {
    let file = try Checkpoint(contentsOf: path, limits: limits)
    guard
      let tensor = file.tensors.first(where: { $0.path == "input" })
        ?? (file.tensors.count == 1 ? file.tensors[0] : nil)
    else {
      let names = file.tensors.prefix(8).map(\.path).joined(separator: ", ")
      throw CommandError(
        "\(path): has \(file.tensors.count) tensors (\(names)); call the clip \"input\"")
    }
    let clip = try tensor.values()
    if let bad = clip.scalars.firstIndex(where: { !$0.isFinite }) {
      Trouble.say("note: \(path) is \(clip.scalars[bad]) at \(clip.shape.place(ofElement: bad))")
    }
    return try withBatch(clip, path, for: model)
  }

  private static func withBatch(
    _ clip: Tensor, _ path: FilePath, for model: LoadedModel
  ) throws -> Tensor {
    guard let sample = model.sample, sample.hasKnownAxes else { return clip }
    let rank = sample.space.count + 3
    if clip.shape.rank == rank { return clip }
    guard clip.shape.rank == rank - 1 else {
      throw CommandError(
        "\(path): has shape \(clip.shape), expected \(rank) axes: (B, C, T\(", S…".prefix(rank > 3 ? 4 : 0)))"
      )
    }
    Trouble.say("note: \(path) has no batch axis; it is taken as one sample")
    return clip.reshaped(Shape([1] + clip.shape.axes))
  }
}
