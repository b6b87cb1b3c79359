import ArgumentParser
import Tensors

/// Which clip is made up where none is given.
///
/// A command that takes no clip does not have these options, so that none is ignored.
struct ClipOptions: ParsableArguments {
  @Option(help: "The number of frames of the made-up clips.")
  var frames: Int?

  @Option(help: "The number of samples in the made-up clips; by default few, as the command needs.")
  var batch: Int?

  @Option(help: "Starts the random numbers.")
  var seed: UInt64 = 1

  func validate() throws {
    if let frames, frames < 1 { throw ValidationError("--frames needs a positive number.") }
    if let batch, batch < 1 { throw ValidationError("--batch needs a positive number.") }
  }

  /// Whether clips of another size are asked for than of this one, (B, C, T, S…).
  func replace(_ clip: Shape) -> Bool {
    frames ?? clip[2] != clip[2] || batch ?? clip[0] != clip[0]
  }
}
