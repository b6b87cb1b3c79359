import CheckpointTools
import PlainData

/// What `coverify diff` says.
struct DifferenceScreen: Screen {
  /// The names of the files.
  let names: (String, String)

  let comparison: CheckpointComparison

  /// How many things of a kind the page lists.
  let top: Int

  var status: ExitStatus { ExitStatus(comparison.verdict) }

  var json: PlainValue {
    comparison.document(names: names, verdict: status.word, exit: Int(status.rawValue))
  }
}
