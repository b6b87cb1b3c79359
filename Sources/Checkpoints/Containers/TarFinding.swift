/// What is wrong with the structure of a tar archive.
enum TarFinding: CheckpointFinding {
  /// A header with a wrong checksum.
  case checksum
  /// A member that reaches beyond the end of the file.
  case reach
  /// A name that is not UTF-8.
  case name
  /// A name that leads out of the archive.
  case path(String)
  /// A name that a member before has.
  case repeated(String)
  /// A member that is not a file.
  case notAFile
  /// No end.
  case noEnd

  var code: CheckpointError.Code {
    if case .noEnd = self { .truncated } else { .malformed }
  }
}
