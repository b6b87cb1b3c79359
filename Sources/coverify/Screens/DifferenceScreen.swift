import CheckpointTools

/// What `coverify diff` says.
struct DifferenceScreen: Screen {
  /// The names of the files.
  let names: (String, String)

  let comparison: CheckpointComparison

  /// How many things of a kind the page lists.
  let top: Int

  var status: ExitStatus { ExitStatus(comparison.verdict) }

  /// The tensors of which the shape differs.
  var reshaped: [WeightComparison.Pair] { comparison.weights.pairs.filter(\.isReshaped) }

  /// The tensors of which the element type differs.
  var retyped: [WeightComparison.Pair] { comparison.weights.pairs.filter(\.isRetyped) }
}
