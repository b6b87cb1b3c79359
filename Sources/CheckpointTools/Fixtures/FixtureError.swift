package import Checkpoints

/// Why a file is not a fixture.
package struct FixtureError: Error, CustomStringConvertible {
  /// What was found.
  package enum Reason: Hashable, Sendable {
    case noNotes
    case notes(String)
    case schema(String)
    /// The model of a fixture is not there.
    case unreferenced(FilePath)
    /// A model has no fixture.
    case missing(FilePath)
  }

  /// The file.
  package let path: FilePath
  /// What was found.
  package let reason: Reason

  /// Makes an error.
  package init(_ path: FilePath, _ reason: Reason) {
    self.path = path
    self.reason = reason
  }

  /// The kind of trouble, for programs.
  package var name: String {
    switch reason {
    case .noNotes, .notes: "notAFixture"
    case .schema: "unsupported"
    case .unreferenced: "unreferenced"
    case .missing: "missing"
    }
  }

  /// What was found, what was expected, and what to do.
  package var description: String {
    let text =
      switch reason {
      case .noNotes:
        "has no entry \"coverify\" in its metadata, expected a file that coverify record has written"
      case .notes(let what):
        "its entry \"coverify\" is not that of a fixture: \(what); record it again with coverify record"
      case .schema(let found):
        "is a fixture of the schema \(found), expected \"\(Fixture.schema)\"; record it again with this "
          + "version of coverify"
      case .unreferenced(let model):
        "is a fixture of \(model), which is not there; delete it where the model is gone"
      case .missing(let fixture):
        "has no fixture, expected \(fixture); record it: coverify record \(path)"
      }
    return "\(path): \(text)"
  }
}
