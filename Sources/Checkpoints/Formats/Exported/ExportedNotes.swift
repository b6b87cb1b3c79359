import Foundation
package import OrderedCollections
import PlainData
import Tensors

/// What `scripts/describe_model.py` says of an exported program, in the extra files of its archive.
///
///     extra/coverify.json          {"format": "coverify-notes", "version": 1, "reference": …}
///     extra/coverify.reference     what PyTorch computed: safetensors, in base64
///
/// torch reads extra files as texts, so the numbers are written as one. All members but the first two may
/// be left out:
///
///     "layout": "BTC"              what the axes of the input are
///     "frames": 24                 how many of them the example has
///     "versions": {"torch": "…"}   what made the file
///     "notes": ["…"]               what the user was told then
///     "reference": "coverify.reference"
package struct ExportedNotes: Sendable {
  /// What the axes of the input are, as in `BTC`; nil where it does not say.
  package private(set) var layout: String?

  /// The number of frames of the example; nil where it does not say.
  package private(set) var frames: Int?

  /// The versions of what made the file, by name.
  package private(set) var versions: OrderedDictionary<String, String> = [:]

  /// What its user was told.
  package private(set) var remarks: [String] = []

  /// What PyTorch computed of the example: `forward`, `forward_1` and so on, and `layer.PATH` of modules.
  package private(set) var reference: OrderedDictionary<String, StoredTensor> = [:]

  /// The extra file that holds them.
  static let file = "coverify.json"

  private static let format = "coverify-notes"
  private static let newestVersion = 1
  private static let members = [
    "format", "version", "layout", "frames", "versions", "notes", "reference",
  ]
  private static let tensors: Set = ["forward", "steps", "steps_index"]

  /// Whether notes may have a tensor of a name: of several outputs the others are `forward_1`, `forward_2`, ….
  private static func holds(_ name: String) -> Bool {
    if tensors.contains(name) || name.hasPrefix("layer.") { return true }
    guard name.hasPrefix("forward_"), let number = Int(name.dropFirst("forward_".count)) else {
      return false
    }
    return number > 0 && name == "forward_\(number)"
  }

  /// Reads notes.
  ///
  /// - Parameters:
  ///   - document: the JSON.
  ///   - entry: where it is.
  ///   - decode: the tensors of an extra file in base64, by its name.
  /// - Throws: ``CheckpointError`` where they are not such notes.
  init(
    _ document: PlainValue, entry: String,
    decode: (String) throws(CheckpointError) -> [StoredTensor]
  ) throws(CheckpointError) {
    guard case .object(let members) = document, members["format"] == .string(Self.format) else {
      throw CheckpointError(ExportedFinding.notesFormat(expected: Self.format), entry: entry)
    }
    guard members["version"] == .int(Self.newestVersion) else {
      throw CheckpointError(
        ExportedFinding.notesVersion(
          members["version"] ?? .null, newest: Self.newestVersion), entry: entry)
    }
    if let unknown = members.keys.first(where: { !Self.members.contains($0) }) {
      throw CheckpointError(
        ExportedFinding.notesKey(unknown.bounded, known: Self.members), entry: entry)
    }
    let reader = Members(members, entry: entry)
    layout = try reader.text("layout")
    frames = try reader.count("frames")
    versions = try reader.texts("versions")
    remarks = try reader.list("notes")
    guard let name = try reader.text("reference") else { return }
    for tensor in try decode(name) {
      guard Self.holds(tensor.path) else {
        throw CheckpointError(
          ExportedFinding.notesTensor(tensor.path.bounded), entry: "extra/\(name)")
      }
      reference[tensor.path] = tensor
    }
  }
}

extension ExportedNotes {
  /// The tensors of safetensors in base64.
  ///
  /// - Parameters:
  ///   - text: all bytes of an extra file.
  ///   - file: what messages call the file.
  ///   - limits: how much it may ask for.
  /// - Returns: the tensors, by the names that the file has for them.
  /// - Throws: ``CheckpointError`` where it is something else.
  static func tensors(
    inBase64 text: [UInt8], file: String, limits: Limits
  ) throws(CheckpointError) -> [StoredTensor] {
    guard let data = Data(base64Encoded: Data(text)) else {
      throw CheckpointError(ExportedFinding.notBase64)
    }
    return try SafetensorsReader.read(FileContents(data), file: file, limits: limits).tensors
  }
}

/// Takes members of an object that are of one kind each, or are left out.
private struct Members {
  private let members: OrderedDictionary<String, PlainValue>
  private let entry: String

  init(_ members: OrderedDictionary<String, PlainValue>, entry: String) {
    (self.members, self.entry) = (members, entry)
  }

  private func misfit(_ name: String, _ expected: ExportedFinding.Expected) -> CheckpointError {
    CheckpointError(
      ExportedFinding.notesMember(name, members[name] ?? .null, expected: expected), entry: entry)
  }

  func text(_ name: String) throws(CheckpointError) -> String? {
    switch members[name] {
    case nil: return nil
    case .string(let text)?: return text
    default: throw misfit(name, .text)
    }
  }

  func count(_ name: String) throws(CheckpointError) -> Int? {
    switch members[name] {
    case nil: return nil
    case .int(let number)? where number > 0: return number
    default: throw misfit(name, .positiveInteger)
    }
  }

  func texts(_ name: String) throws(CheckpointError) -> OrderedDictionary<String, String> {
    guard let value = members[name] else { return [:] }
    guard case .object(let items) = value else { throw misfit(name, .texts) }
    var texts: OrderedDictionary<String, String> = [:]
    for (key, item) in items {
      guard case .string(let text) = item else { throw misfit(name, .texts) }
      texts[key] = text
    }
    return texts
  }

  func list(_ name: String) throws(CheckpointError) -> [String] {
    guard let value = members[name] else { return [] }
    guard case .list(let items) = value else { throw misfit(name, .listOfTexts) }
    var texts: [String] = []
    for item in items {
      guard case .string(let text) = item else { throw misfit(name, .listOfTexts) }
      texts.append(text)
    }
    return texts
  }
}
