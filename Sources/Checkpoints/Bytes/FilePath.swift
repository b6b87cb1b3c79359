/// The path of a file: the bytes that the system knows it by, which need not be UTF-8.
///
/// A `String` would replace bytes that are not UTF-8, and name another file then.
///
/// ```swift
/// let path: FilePath = "runs/model.pt"
/// path.folder                                      // runs
/// path.replacingExtension(with: ".arch.json")      // runs/model.arch.json
/// ```
public struct FilePath: Hashable, Sendable {
  /// The bytes, without a zero at the end.
  public let bytes: [UInt8]

  /// Takes bytes as they are.
  public init(bytes: [UInt8]) { self.bytes = bytes }

  /// Takes a text, as UTF-8.
  public init(_ text: String) { bytes = Array(text.utf8) }

  private static let separator = UInt8(ascii: "/")

  /// The start of the last component: everything behind the last slash.
  private var nameStart: Int { (bytes.lastIndex(of: FilePath.separator) ?? -1) + 1 }

  /// The last component; empty where the path ends with a slash.
  public var name: FilePath { FilePath(bytes: Array(bytes[nameStart...])) }

  /// The folder that the last component is in; "." for a path of one component.
  package var folder: FilePath {
    let start = nameStart
    return start == 0 ? "." : FilePath(bytes: Array(bytes[..<max(1, start - 1)]))
  }

  /// Where the extension starts, with its dot; nil where there is none.
  ///
  /// A dot that starts a name starts no extension.
  private var extensionStart: Int? {
    let start = nameStart
    guard let dot = bytes[start...].lastIndex(of: UInt8(ascii: ".")), dot > start else {
      return nil
    }
    return dot
  }

  /// What is behind the last dot of the name, in lower case; empty where there is none.
  package var pathExtension: String {
    extensionStart.map { String(decoding: bytes[($0 + 1)...], as: UTF8.self).lowercased() } ?? ""
  }

  /// The path with another end: `.arch.json` instead of `.pt`.
  package func replacingExtension(with end: String) -> FilePath {
    FilePath(bytes: Array(bytes[..<(extensionStart ?? bytes.count)]) + Array(end.utf8))
  }

  /// A file in the folder that this path names.
  public func appending(_ name: FilePath) -> FilePath {
    FilePath(
      bytes: bytes + (bytes.last == FilePath.separator ? [] : [FilePath.separator]) + name.bytes)
  }

  /// The bytes as the system takes them, with a zero at the end; nil where there is one among them.
  var terminated: [CChar]? {
    bytes.contains(0) ? nil : bytes.map { CChar(bitPattern: $0) } + [0]
  }
}

extension FilePath: ExpressibleByStringLiteral {
  /// Takes a text, as UTF-8.
  public init(stringLiteral text: String) { self.init(text) }
}

extension FilePath: CustomStringConvertible {
  /// The path as text; a byte that is not UTF-8 is shown as `\xFF`.
  public var description: String {
    var text = ""
    for unit in TextUnit.units(of: bytes) {
      switch unit {
      case .scalar(let scalar): text.unicodeScalars.append(scalar)
      case .byte(let byte): text += "\\x" + hexadecimal([byte]).uppercased()
      }
    }
    return text
  }
}

// MARK: - Command lines

/// A part of bytes that are meant to be UTF-8.
private enum TextUnit {
  case scalar(Unicode.Scalar)
  /// A byte that belongs to no character.
  case byte(UInt8)

  static func units(of bytes: [UInt8]) -> [TextUnit] {
    var units: [TextUnit] = []
    var parser = Unicode.UTF8.ForwardParser()
    var rest = bytes.makeIterator()
    var place = 0
    while true {
      switch parser.parseScalar(from: &rest) {
      case .valid(let encoded):
        units.append(.scalar(UTF8.decode(encoded)))
        place += encoded.count
      case .error(let length):
        units += bytes[place..<place + length].map { .byte($0) }
        place += length
      case .emptyInput: return units
      }
    }
  }
}

extension FilePath {
  /// The private characters that stand for the bytes 0x80 to 0xFF in an argument.
  private static let standIns: ClosedRange<UInt32> = 0x10FE80...0x10FEFF

  /// The bytes of an argument as a text that no byte is lost in, for a parser that knows texts only.
  ///
  /// A byte that is not UTF-8 becomes a private character, and so do the bytes of such characters, so
  /// that ``init(fromArgument:)`` gives back exactly what was there.
  package static func argument(_ bytes: [UInt8]) -> String {
    var text = ""
    for unit in TextUnit.units(of: bytes) {
      switch unit {
      case .scalar(let scalar) where !standIns.contains(scalar.value):
        text.unicodeScalars.append(scalar)
      case .scalar(let scalar):
        for byte in String(scalar).utf8 { text.unicodeScalars.append(standIn(byte)) }
      case .byte(let byte): text.unicodeScalars.append(standIn(byte))
      }
    }
    return text
  }

  private static func standIn(_ byte: UInt8) -> Unicode.Scalar {
    Unicode.Scalar(standIns.lowerBound - 0x80 + UInt32(byte)) ?? "\u{FFFD}"
  }

  /// Takes an argument that ``argument(_:)`` made a text of.
  package init(fromArgument argument: String) {
    bytes = argument.unicodeScalars.flatMap { scalar in
      FilePath.standIns.contains(scalar.value)
        ? [UInt8(scalar.value - FilePath.standIns.lowerBound + 0x80)] : Array(String(scalar).utf8)
    }
  }
}
