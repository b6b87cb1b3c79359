import TestSupport

/// A file, and perhaps an architecture to be read with it, as one run of bytes.
///
///     the file
///     the architecture        {"format": "coverify-architecture", …}
///     its length              in four bytes, the lowest first
///     "ARCH"
///
/// Bytes that do not end like this are a file alone.
struct Input {
  var bytes: [UInt8]
  var architecture: [UInt8]?

  private static let mark = Array("ARCH".utf8)

  init(bytes: [UInt8], architecture: [UInt8]? = nil) {
    (self.bytes, self.architecture) = (bytes, architecture)
  }

  /// What a seed is.
  init(_ seed: Seed) { self.init(bytes: seed.bytes, architecture: seed.architecture) }

  /// What a seed has become.
  init(_ mutant: Mutant) { self.init(bytes: mutant.bytes, architecture: mutant.architecture) }

  /// Takes bytes apart.
  init(packed: [UInt8]) {
    let end = packed.count - 8
    if end >= 0, packed[(end + 4)...].elementsEqual(Input.mark) {
      let length = packed[end..<end + 4].reversed().reduce(0) { $0 << 8 | Int($1) }
      if length <= end {
        bytes = Array(packed[..<(end - length)])
        architecture = Array(packed[(end - length)..<end])
        return
      }
    }
    bytes = packed
  }

  /// All bytes.
  var packed: [UInt8] {
    guard let architecture else { return bytes }
    return bytes + architecture + little(architecture.count, 4) + Input.mark
  }
}
