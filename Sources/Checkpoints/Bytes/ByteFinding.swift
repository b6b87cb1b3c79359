/// Bytes that are missing, or cannot be taken for what they should be.
enum ByteFinding: CheckpointFinding {
  /// A length that is more than what is left.
  case length(UInt64, left: Int)
  /// Fewer bytes than are needed.
  case missing(Int, left: Int)
  /// Fewer bytes in the file than are needed at a place.
  case missingAt(Int, place: Int, size: Int)
  /// A line without an end.
  case openLine
  /// A line of more bytes than are allowed.
  case longLine(limit: Int)
  /// Bytes on both sides of the end of a frame.
  case frame(end: Int)
  /// Bytes with another checksum than the directory has.
  case checksum(UInt32, expected: UInt32)

  var code: CheckpointError.Code {
    switch self {
    case .length, .missing, .missingAt, .openLine: .truncated
    case .longLine: .limit
    case .frame: .malformed
    case .checksum: .checksum
    }
  }
}
