import PlainData

/// Reads the JSON of a safetensors header, and nothing that is not JSON.
///
/// The names keep their order and their bytes: two that differ only in how an accent is written are
/// two names. Numbers are integers written as such, so that a size cannot be rounded. No tree of the
/// header is made: it may have a million tensors.
struct HeaderParser {
  /// What the header says about one tensor.
  struct Header {
    var dtype = ""
    var shape: [Int] = []
    var offsets: [Int] = []
    /// The members that it does not have and has to.
    var missing: Set<String> = ["dtype", "shape", "data_offsets"]
  }

  private(set) var tensors: [(name: String, header: Header)] = []
  private(set) var metadata: [String: String] = [:]

  /// The tensor whose member is read.
  private var current: String?

  /// The bytes of the length before the header.
  private static let lengthSize = 8
  /// How deeply a member that nobody asked for may be nested, inside the two objects around it.
  private static let depth = 32 + 2

  /// Reads a header.
  ///
  /// - Throws: ``CheckpointError`` with the byte of the file where it is not JSON, or not of safetensors.
  init(_ text: [UInt8], limits: Limits) throws(CheckpointError) {
    do throws(JSONError) {
      let parserLimits = JSONLimits(depth: HeaderParser.depth, values: .max)
      var parser = try JSONParser(text, limits: parserLimits)
      try read(&parser, tensorLimit: limits.tensors)
    } catch {
      throw checkpointError(error)
    }
    guard tensors.count <= limits.tensors else {
      throw CheckpointError(SafetensorsFinding.tensors(limit: limits.tensors), entry: "header")
    }
    for (name, header) in tensors {
      if let key = header.missing.min() {
        throw CheckpointError(SafetensorsFinding.missing(key), entry: name)
      }
    }
  }

  /// The error that a mistake in the JSON is, in the words of the format.
  private func checkpointError(_ error: JSONError) -> CheckpointError {
    let finding: SafetensorsFinding =
      switch error.problem {
      case .duplicate(let key, let first):
        .repeated(
          key.bounded, of: current?.bounded, first: HeaderParser.lengthSize + first.offset)
      case .trailing: .trailing
      case .encoding, .wideEncoding: .encoding
      case .depth: .depth
      default: .json(error)
      }
    return CheckpointError(
      finding, entry: "header",
      offset: HeaderParser.lengthSize + error.place.offset)
  }
}

// MARK: - What safetensors has in its header

extension HeaderParser {
  private mutating func read(_ parser: inout JSONParser, tensorLimit: Int) throws(JSONError) {
    try parser.members { (parser, name, _) throws(JSONError) in
      current = name
      if name == "__metadata__" {
        metadata = try notes(&parser)
      } else if tensors.count <= tensorLimit {
        tensors.append((name, try header(&parser)))
      } else {
        // One more than allowed is enough to say so.
        try parser.skipValue()
      }
      current = nil
    }
    try parser.finish()
  }

  /// Texts by name; nothing where there is `null`.
  private func notes(_ parser: inout JSONParser) throws(JSONError) -> [String: String] {
    if parser.peek() == UInt8(ascii: "n") {
      try parser.word("null")
      return [:]
    }
    var notes: [String: String] = [:]
    try parser.members { (parser, name, _) throws(JSONError) in
      notes[name] = try parser.string()
    }
    return notes
  }

  private func header(_ parser: inout JSONParser) throws(JSONError) -> Header {
    var header = Header()
    try parser.members { (parser, key, _) throws(JSONError) in
      header.missing.remove(key)
      switch key {
      case "dtype": header.dtype = try parser.string()
      case "shape": header.shape = try integers(&parser)
      case "data_offsets": header.offsets = try integers(&parser)
      default: try parser.skipValue()
      }
    }
    return header
  }

  private func integers(_ parser: inout JSONParser) throws(JSONError) -> [Int] {
    var integers: [Int] = []
    try parser.elements { (parser) throws(JSONError) in integers.append(try parser.integer()) }
    return integers
  }
}
