package import Checkpoints
import OrderedCollections

/// How two checkpoints differ beside their tensors: in epochs, settings, notes.
package struct EntryComparison: Sendable {
  /// An entry that is not the same in both files.
  package struct Change: Hashable, Sendable {
    /// Its path.
    package let path: String
    /// What it is in the first file; nil where that has none.
    package let first: String?
    /// What it is in the second file; nil where that has none.
    package let second: String?
  }

  /// What differs: first what the first file has, in its order, then what only the second has.
  package private(set) var changes: [Change] = []

  /// How many entries are the same.
  package private(set) var sameCount = 0

  /// Whether all entries were compared; files with very many have more.
  package let isComplete: Bool

  /// What a safetensors file says of its own form; other formats have other ways for it.
  private static let formNotes: Set = ["format", "modules", "reference"]

  /// Compares the entries of two checkpoints.
  package init(_ first: Checkpoint, _ second: Checkpoint) {
    let entries = (PlainEntries(first), PlainEntries(second))
    isComplete = entries.0.isComplete && entries.1.isComplete
    func byPath(
      _ entries: PlainEntries, _ file: Checkpoint
    ) -> OrderedDictionary<String, PlainEntries.Entry> {
      let kept = entries.entries.filter {
        file.format != .safetensors || !EntryComparison.formNotes.contains($0.path)
      }
      return OrderedDictionary(kept.map { ($0.path, $0) }, uniquingKeysWith: { $1 })
    }
    let (one, other) = (byPath(entries.0, first), byPath(entries.1, second))
    for (path, entry) in one {
      if entry == other[path] {
        sameCount += 1
      } else {
        changes.append(Change(path: path, first: entry.text, second: other[path]?.text))
      }
    }
    for (path, entry) in other where one[path] == nil {
      changes.append(Change(path: path, first: nil, second: entry.text))
    }
  }
}
