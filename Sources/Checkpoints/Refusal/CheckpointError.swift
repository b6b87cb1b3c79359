/// Why a file cannot be read as a checkpoint, and where in the file that shows.
public struct CheckpointError: Error, Hashable, Sendable {
  /// What kind of trouble it is.
  ///
  /// More kinds can come; compare with the ones you know.
  public struct Code: RawRepresentable, Hashable, Sendable {
    /// The name of the code, as reports show it.
    public let rawValue: String

    /// Makes a code from its name.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The file cannot be opened, read or written.
    public static let file = Code(rawValue: "file")
    /// There is a file already where one was to be written.
    public static let exists = Code(rawValue: "exists")
    /// The file is something other than a checkpoint.
    public static let notACheckpoint = Code(rawValue: "notACheckpoint")
    /// Bytes are missing at the end.
    public static let truncated = Code(rawValue: "truncated")
    /// Bytes contradict the format.
    public static let malformed = Code(rawValue: "malformed")
    /// A checksum does not fit its bytes.
    public static let checksum = Code(rawValue: "checksum")
    /// A size or a count is beyond ``Limits``.
    public static let limit = Code(rawValue: "limit")
    /// The pickle names functions that start programs or load code.
    public static let forbidden = Code(rawValue: "forbidden")
    /// A feature of the format that is not read.
    public static let unsupported = Code(rawValue: "unsupported")
  }

  /// What was found, and what was expected: of one of the types that each part of the reader has for
  /// that.
  let finding: any CheckpointFinding

  /// The file.
  public internal(set) var file: String

  /// The entry of the archive, or another part of the file; empty for the file as a whole.
  public internal(set) var entry: String

  /// The byte offset in the entry; nil where it is the whole of it.
  public let offset: Int?

  /// The instruction of the pickle at that offset, as `pickletools` calls it; empty elsewhere.
  public internal(set) var operation = ""

  /// All names in the pickle, where some of them make it ``Code/forbidden``; else empty.
  public internal(set) var globals: [GlobalUse] = []

  init(
    _ finding: some CheckpointFinding, file: String = "", entry: String = "", offset: Int? = nil
  ) {
    self.finding = finding
    self.file = file
    self.entry = entry
    self.offset = offset
  }

  /// What kind of trouble it is.
  public var code: Code { finding.code }

  /// The same error, with the file and entry added where they are not known yet.
  func at(file: String = "", entry: String = "") -> CheckpointError {
    var error = self
    if error.file.isEmpty { error.file = file }
    if error.entry.isEmpty { error.entry = entry }
    return error
  }

  /// What `work` gives; its errors are at a place in an entry that is a file itself.
  static func inside<Result>(
    file: String, entry: String, _ work: () throws(CheckpointError) -> Result
  ) throws(CheckpointError) -> Result {
    do throws(CheckpointError) {
      return try work()
    } catch {
      var error = error.at(file: file, entry: entry)
      if error.entry != entry { error.entry = "\(entry): \(error.entry)" }
      throw error
    }
  }

  /// What `work` gives; to its errors file and entry are added where they are not known yet.
  static func at<Result>(
    file: String, entry: String = "", _ work: () throws(CheckpointError) -> Result
  ) throws(CheckpointError) -> Result {
    do throws(CheckpointError) {
      return try work()
    } catch {
      throw error.at(file: file, entry: entry)
    }
  }

  /// The same error about a file that has another name for now.
  func renaming(file: String) -> CheckpointError {
    var error = self
    error.file = file
    return error
  }
}

extension CheckpointError {
  /// Whether both are the same finding at the same place.
  public static func == (left: CheckpointError, right: CheckpointError) -> Bool {
    left.identity == right.identity
  }

  /// Feeds everything that makes errors the same into a hasher.
  public func hash(into hasher: inout Hasher) { hasher.combine(identity) }

  private var identity: [AnyHashable] {
    [AnyHashable(finding), file, entry, offset, operation, globals]
  }
}
