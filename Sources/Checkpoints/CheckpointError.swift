/// Why a file cannot be read as a checkpoint, and where in the file that shows.
public struct CheckpointError: Error, Hashable, Sendable {
  /// What kind of trouble it is.
  public enum Code: String, Hashable, Sendable {
    /// The file cannot be opened, read or written.
    case file
    /// The file is something else than a checkpoint.
    case notACheckpoint
    /// Bytes are missing at the end.
    case truncated
    /// Bytes contradict the format.
    case malformed
    /// A checksum does not fit its bytes.
    case checksum
    /// A size or a count is beyond ``Limits``.
    case limit
    /// A feature of the format that is not read.
    case unsupported
  }

  /// What kind of trouble it is.
  public let code: Code

  /// The file.
  public let file: String

  /// The entry of the archive, or another part of the file; empty for the file as a whole.
  public let entry: String

  /// The byte offset in the entry; nil where it is the whole of it.
  public let offset: Int?

  /// What was found, what was expected, what to do.
  public let message: String

  init(
    _ code: Code, _ message: String, file: String = "", entry: String = "", offset: Int? = nil
  ) {
    self.code = code
    self.message = message
    self.file = file
    self.entry = entry
    self.offset = offset
  }

  /// The same error, with the file and entry added where they are not known yet.
  func at(file: String = "", entry: String = "") -> CheckpointError {
    CheckpointError(
      code, message, file: self.file.isEmpty ? file : self.file,
      entry: self.entry.isEmpty ? entry : self.entry, offset: offset)
  }
}

extension CheckpointError: CustomStringConvertible {
  /// As in `model.pt: data.pkl, byte 1843: …`.
  public var description: String {
    var place = [file, entry].filter { !$0.isEmpty }.joined(separator: ": ")
    if let offset { place += (place.isEmpty ? "" : ", ") + "byte \(offset)" }
    return place.isEmpty ? message : place + ": " + message
  }
}
