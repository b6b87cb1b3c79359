/// A way of computing a clip.
public enum Mode: String, Hashable, Sendable, CaseIterable {
  /// The whole clip at once: `forward`.
  case clip
  /// In chunks, with end padding: `forward_steps`.
  case steps
  /// Frame by frame: `forward_step`.
  case step
}
