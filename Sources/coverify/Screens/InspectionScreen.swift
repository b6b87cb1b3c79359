import CheckpointTools
import PlainData

/// What `coverify inspect` says of some files.
struct InspectionScreen: Screen {
  /// How much of each file a page of text shows.
  struct View {
    /// How many tensors are listed, the largest first; nil for all of them, in the order of the file.
    var largest: Int?
    /// Whether also names are listed that every file of tensors has, and every entry.
    var isVerbose: Bool
  }

  let inspections: [Inspection]
  let view: View

  var human: String { inspections.map(page).joined(separator: "\n\n") }

  /// The document of one file; of several, a list.
  var json: PlainValue {
    let documents = inspections.map(\.document)
    return documents.count == 1 ? documents[0] : .list(documents)
  }
}
