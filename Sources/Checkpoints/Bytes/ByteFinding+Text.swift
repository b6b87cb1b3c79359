extension ByteFinding {
  var text: String {
    switch self {
    case .length(let length, let left): "says that \(length) bytes follow, and \(left) are left"
    case .missing(let count, let left): "needs \(count) bytes, and \(left) are left"
    case .missingAt(let count, let place, let size):
      "needs \(count) bytes at \(place), and the file has \(size)"
    case .openLine: "a line has no end"
    case .longLine(let limit): "a line is longer than \(limit) bytes"
    case .frame(let end): "reaches across the end of its frame at byte \(end)"
    case .checksum(let found, let expected):
      "the bytes have CRC \(hexadecimal(found)), the directory says \(hexadecimal(expected))"
    }
  }

  var advice: String? {
    if case .checksum = self { CheckpointError.damaged } else { nil }
  }
}
