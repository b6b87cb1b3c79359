/// Who computed what the outputs of a network are compared with.
public enum Truth: Hashable, Sendable {
  /// PyTorch, or whoever gives its outputs.
  case pytorch
  /// The definitions of the layers, when a fixture was recorded.
  case fixture

  /// A sentence about PyTorch, said of this one.
  func told(_ sentence: String) -> String {
    switch self {
    case .pytorch: sentence
    case .fixture:
      sentence.replacing("what PyTorch did", with: "what the fixture says")
        .replacing("PyTorch", with: "the fixture")
    }
  }
}
