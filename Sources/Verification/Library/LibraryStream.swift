import Continual
import Tensors

/// How `continual` 1.2.4 steps through a network, its mistakes included.
///
/// Modules whose steps are right are streams of this program. The others, and the containers, are written
/// down here as the library computes them: each module takes what comes in a step, or nothing, and makes
/// what it makes in that step, or nothing. It shows how far somebody is off who steps the network with that
/// library; nothing else is judged by it.
struct LibraryStream {
  private var root: any LibraryStepper

  /// Starts a stream.
  ///
  /// - Parameters:
  ///   - module: the network.
  ///   - frame: the shape (B, C, S…) of its input frames.
  ///   - clipLength: the number of frames of clips, for modules that take their window from it.
  /// - Throws: ``ModuleError`` where a module cannot take such frames.
  init(_ module: any Module, frame: Shape, clipLength: Int) throws(ModuleError) {
    root = try LibraryBuilder(clipLength: clipLength).stepper(module, .one(frame)).0
  }

  /// Takes one frame (B, C, S…).
  ///
  /// - Returns: the output of this step; nil where there is none.
  /// - Throws: ``ModuleError`` where the library stops with an error.
  mutating func step(_ frame: Tensor) throws(ModuleError) -> Tensor? {
    guard case .one(let output) = try root.step(.one(frame)) else {
      throw ModuleError(.streams(.others))
    }
    return output
  }
}

/// What is on the wires of one stream, or of several, in a step.
indirect enum LibraryValue {
  case one(Tensor?)
  case many([LibraryValue])
}

/// The shapes of the frames of one stream, or of several.
indirect enum LibraryShape {
  case one(Shape)
  case many([LibraryShape])
}
