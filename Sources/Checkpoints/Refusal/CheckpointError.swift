import PlainData

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

  /// What kind of trouble it is.
  public let code: Code

  /// The file.
  public internal(set) var file: String

  /// The entry of the archive, or another part of the file; empty for the file as a whole.
  public internal(set) var entry: String

  /// The byte offset in the entry; nil where it is the whole of it.
  public let offset: Int?

  /// The instruction of the pickle at that offset, as `pickletools` calls it; empty elsewhere.
  public internal(set) var operation = ""

  /// What was found, and what was expected.
  private let finding: String

  /// What to do about it, where what was found tells; nil where no more can be said than of any
  /// trouble with this code.
  package let advice: String?

  /// What was found, what was expected, what to do.
  public var message: String { advice.map { finding + "; " + $0 } ?? finding }

  /// All names in the pickle, where some of them make it ``Code/forbidden``; else empty.
  public internal(set) var globals: [GlobalUse] = []

  init(
    _ code: Code, _ finding: String, advice: String? = nil, file: String = "", entry: String = "",
    offset: Int? = nil
  ) {
    self.code = code
    self.finding = finding
    self.advice = advice
    self.file = file
    self.entry = entry
    self.offset = offset
  }

  /// What to do about a file that goes on behind its end.
  static let appended = "something was appended to the file, copy or download it again"

  /// The same error, with the file and entry added where they are not known yet.
  func at(file: String = "", entry: String = "") -> CheckpointError {
    var error = self
    if error.file.isEmpty { error.file = file }
    if error.entry.isEmpty { error.entry = entry }
    return error
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

extension CheckpointError: CustomStringConvertible {
  /// As in `model.pt: data.pkl, byte 1843 (REDUCE): …`.
  ///
  /// Names from the file are shown so that they cannot steer a terminal.
  public var description: String {
    var place = [file, entry].filter { !$0.isEmpty }.map(\.printable).joined(separator: ": ")
    if let offset { place += (place.isEmpty ? "" : ", ") + "byte \(offset)" }
    if !operation.isEmpty { place += " (\(operation))" }
    return place.isEmpty ? message.printable : place + ": " + message.printable
  }
}

extension String {
  /// The text in double quotes, cut after 100 characters.
  var quoted: String {
    let start = prefix(100)
    return "\"" + String(start).printable + (start.endIndex < endIndex ? "…\"" : "\"")
  }
}
