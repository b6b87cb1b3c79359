extension ModuleError {
  /// A clip of too few frames.
  public enum ClipMisfit: Hashable, Sendable {
    /// Nothing is made of so many frames.
    case empty(frames: Int)
    /// A kernel spans more frames than a clip and its padding have, in all.
    case kernel(frames: Int, span: Int, padding: Int)
    /// A pool spans more frames than a clip and its padding have; the padding is that of one end.
    case pool(frames: Int, span: Int, padding: Int)
    /// A clip has fewer frames than are mirrored or repeated in front of it.
    case padding(frames: Int, PaddingMode, Int)
    /// Nothing is left once outputs are cropped.
    case cropped(frames: Int, before: Int, after: Int)
    /// A clip has no more frames than are left out.
    case leftOut(Int, frames: Int)
    /// A place in a clip that it does not have.
    case position(Int, frames: Int)
    /// Nothing to attend to.
    case nothingToAttend
  }
}
