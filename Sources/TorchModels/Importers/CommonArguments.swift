import Continual
import PlainData

/// Arguments that several classes have.
extension LayerDefinition.Argument {
  static let inplace = Self(
    "inplace", .bool, .ignored, "Whether PyTorch reuses the memory of the input.")

  static let bias = Self("bias", .bool, .told, "Whether there is a bias.")

  static let dropout = Self(
    "dropout", .number, .ignored, "The share that is dropped in training.")

  static let batchFirst = Self(
    "batch_first", .bool, .ignored, "Where PyTorch has the batch; clips are always (B, C, T).")

  static let eps = Self(
    "eps", .number, 1e-5, "Added to the variance before its root is taken.")

  static func axis(
    _ name: String, default axis: Int, _ summary: String = "The axis that is worked on."
  ) -> Self {
    Self(name, .int, .value(.int(axis)), summary)
  }

  static let reduce = Self(
    "reduce", .choice(of: Reduction.self), "sum", "How the results are joined.")

  static let aggregation = Self(
    "aggregation_fn", .choice(of: Reduction.self), .unset, "The older name of `reduce`.")

  static let autoDelay = Self(
    "auto_delay", .bool, true, "Whether branches are delayed until they agree in time.")

  static let returnIndices = Self(
    "return_indices", .bool, false, "Whether PyTorch gives the places as well; refused here.")

  /// The arguments of a window that slides.
  static func dilation(isOpen: Bool = false) -> Self {
    Self(
      "dilation", .sizes, 1, "The distance of neighbours in the window.", isOpenInDrafts: isOpen)
  }

  static func fill(_ modes: [PaddingMode]) -> Self {
    Self(
      "temporal_fill", .choice(of: modes), .unset,
      "What steps take for frames before the first; left out, what the clip has."
    )
  }
}
