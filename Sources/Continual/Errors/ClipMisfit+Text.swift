extension ModuleError.ClipMisfit {
  /// What was found and what was expected.
  var text: String {
    switch self {
    case .empty(let frames): "the clip has \(frames) frames, of which nothing is made"
    case .kernel(let frames, let span, let padding):
      "the clip has \(frames) frames and \(padding) of padding, but the kernel spans \(span) frames"
    case .pool(let frames, let span, let padding):
      "the clip has \(frames) frames, and the window spans \(span) with a padding of \(padding) on "
        + "both ends"
    case .padding(let frames, let mode, let padding):
      "the clip has \(frames) frames, too few for \(mode.rawValue) padding of \(padding) frames"
    case .cropped(let frames, let before, let after):
      "the clip has \(frames) frames, of which nothing is left once \(before) outputs are cropped "
        + "before and \(after) after"
    case .leftOut(let count, let frames):
      "leaves out \(count) frames of a clip of \(frames); it needs more"
    case .position(let position, let frames):
      "asks for position \(position) of a clip of \(frames) frames"
    case .nothingToAttend: "attends to the frames of a clip, and there are none"
    }
  }
}
