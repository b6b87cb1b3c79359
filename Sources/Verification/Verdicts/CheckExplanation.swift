/// What `coverify explain` says of a code, besides what has to hold.
package struct CheckExplanation: Hashable, Sendable {
  /// How it is found out.
  package let how: String
  /// What to do where it fails.
  package let mend: String
  /// A network that fails it.
  package let example: String
}

extension CheckDefinition {
  /// How it is computed, how to mend what it finds, and an example.
  package var explanation: CheckExplanation {
    switch code.family {
    case .load, .time: code.timeExplanation
    case .layers, .modes, .reference: code.valueExplanation
    case .state, .robustness, .drift: code.streamExplanation
    }
  }
}

/// A word on screens that not everybody knows.
package struct Term: Hashable, Sendable {
  package let name: String
  package let meaning: String

  private init(_ name: String, _ meaning: String) {
    self.name = name
    self.meaning = meaning
  }

  /// All of them, in the order of the alphabet.
  package static let all = [
    Term(
      "allowed",
      "the largest error that rounding explains: a bound on the roundings of the kernel, in "
        + "their order and with the numbers that were added; or the tolerance of a comparison "
        + "that has no such bound"),
    Term(
      "burst",
      "an input of ordinary numbers with one frame that is 25 times larger, so that what a frame "
        + "leaves behind shows"),
    Term(
      "clip", "all frames at once, (B, C, T, ...), as PyTorch's forward takes them"),
    Term(
      "delay",
      "how many frames an output comes after the newest frame of the middle of its window: with "
        + "a padding of 1, a window of 3 has a delay of 1, since its output for frame t needs "
        + "frame t + 1"),
    Term(
      "drain",
      "what the end padding makes possible behind the last frame; run prints it with --pad-end"),
    Term(
      "oracle",
      "a second implementation of a layer, in float64 and after PyTorch's documentation, which "
        + "shares no code with the kernels; each layer is compared with it"),
    Term(
      "receptive field",
      "how many frames, oldest to newest, one output can depend on; declared by the layers and "
        + "measured with a frame of NaN"),
    Term(
      "resolution",
      "the smallest error that would have been reported in any layer; \"same\" means the same up "
        + "to that size"),
    Term(
      "rms", "the root mean square of an output: its usual size"),
    Term(
      "stride", "how many frames go in for one output; a rate such as 3:2 says outputs to inputs"),
    Term(
      "warm-up", "how many steps yield nothing before the first output"),
  ]
}
