/// Why a model could not be judged: a file that cannot be read, a network that cannot be run.
public struct Refusal: Hashable, Sendable {
  /// The code of all refusals.
  public static let code = CheckCode.refused

  /// What is wrong, where, and what was expected, as on stderr.
  public let message: String

  /// What kind of trouble it is, as `truncated`; nil where that has no name.
  public let reason: String?

  /// The entry of the archive, or another part of the file; nil for the file as a whole.
  public let entry: String?

  /// The byte offset in the entry; nil where it is the whole of it.
  public let offset: Int?

  /// What to do next; nil where the message says it.
  public let advice: String?

  /// Says why a model could not be judged.
  public init(
    message: String, reason: String? = nil, entry: String? = nil, offset: Int? = nil,
    advice: String? = nil
  ) {
    self.message = message
    self.reason = reason
    self.entry = entry
    self.offset = offset
    self.advice = advice
  }
}
