/// What stands for the frames before the start and after the end of a clip, as `temporal_fill`.
public enum Fill: String, Hashable, Sendable, CaseIterable {
  /// Frames of zeros.
  case zeros
  /// The first frame, and at the end the last one.
  case replicate
  /// Frames of minus infinity.
  case negativeInfinity = "neg_inf"
}
