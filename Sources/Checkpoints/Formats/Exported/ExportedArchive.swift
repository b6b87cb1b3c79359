import Foundation
import OrderedCollections
import PlainData
import Tensors

/// The zip archive that `torch.export.save` writes.
///
/// Since torch 2.8 everything is in one folder, and the weights are raw bytes beside a list of what they
/// are:
///
///     net/models/model.json                         the program
///     net/data/weights/model_weights_config.json    name -> record, type, shape, strides
///     net/data/weights/weight_0 …                   their bytes
///     net/data/constants/…                          the same for constants
///     net/data/sample_inputs/model.pt               the example, as torch.save writes it
///     net/extra/…                                   what the user added
///     net/archive_format                            pt2
///
/// Before, the records had no folder, and the tensors were in archives of `torch.save` inside:
///
///     serialized_exported_program.json, serialized_state_dict.pt, serialized_constants.pt,
///     serialized_example_inputs.pt, version, extra_files/…
struct ExportedArchive: Sendable {
  private let archive: ZipArchive
  private let records: OrderedDictionary<String, ZipArchive.Entry>
  private let file: String
  private let fileSize: Int
  private let limits: Limits
  private let isFlat: Bool

  /// What is read when a file is opened.
  struct Contents {
    let program: ExportedProgram
    let tensors: [StoredTensor]
  }

  private static let flatProgram = "serialized_exported_program.json"

  /// Finds the records of an archive; nil where it is another kind of archive.
  init?(_ archive: ZipArchive, file: String, fileSize: Int, limits: Limits) {
    let names = archive.entries.map(\.name)
    isFlat = names.contains(ExportedArchive.flatProgram)
    let folder = names.first.flatMap { name in name.firstIndex(of: "/").map { name[...$0] } } ?? ""
    guard isFlat || names.contains(folder + "archive_format") else { return nil }
    self.archive = archive
    (self.file, self.fileSize, self.limits) = (file, fileSize, limits)
    var records: OrderedDictionary<String, ZipArchive.Entry> = [:]
    for entry in archive.entries {
      let isInside = isFlat || entry.name.hasPrefix(folder)
      records[isFlat || !isInside ? entry.name : String(entry.name.dropFirst(folder.count))] = entry
    }
    self.records = records
  }

  /// Reads the program, and what its tensors are.
  ///
  /// - Throws: ``CheckpointError`` where the archive contradicts itself, or holds no graph.
  func contents() throws(CheckpointError) -> Contents {
    isFlat ? try flatContents() : try folderContents()
  }
}

// MARK: - Since torch 2.8

extension ExportedArchive {
  private func folderContents() throws(CheckpointError) -> Contents {
    try checkFormat()
    let models = records.keys.filter { $0.hasPrefix("models/") && $0.hasSuffix(".json") }
    guard let model = models.first else { throw withoutGraph() }
    guard models.count == 1 else {
      throw CheckpointError(ExportedFinding.programs(models.count))
    }
    let name = String(model.dropFirst("models/".count).dropLast(".json".count))
    // To read the program takes about as long as all else.
    let isLong = records[model].map { $0.size >= ExportedArchive.longProgram } ?? false
    let (read, others) = concurrently(if: isLong) {
      Result { () throws(CheckpointError) in try self.program(model) }
    } _: {
      Result { () throws(CheckpointError) in try self.others(of: name) }
    }
    // What is wrong first is told, whatever was found first.
    let (weights, constants, rest) = try others.get()
    let document = try read.get()
    let (notes, examples) = try rest.get()
    return Contents(
      program: ExportedProgram(
        document: document, notes: notes, exampleInputs: examples,
        constants: Set(constants.map(\.path))),
      tensors: weights + constants)
  }

  /// The bytes of a program from which on it is read beside the tensors.
  private static let longProgram = 1 << 16

  /// What the tensors of a program are, and what else there is, or what is wrong with that.
  private typealias Others = (
    weights: [StoredTensor], constants: [StoredTensor],
    rest: Result<(notes: ExportedNotes?, examples: [StoredTensor]), CheckpointError>
  )

  /// Reads what an archive holds beside the program of a name.
  private func others(of name: String) throws(CheckpointError) -> Others {
    var expansion = Expansion(fileSize: fileSize, limits: limits)
    let weights = try tensors(in: "data/weights/", list: "\(name)_weights_config.json", &expansion)
    let constants = try tensors(
      in: "data/constants/", list: "\(name)_constants_config.json", &expansion)
    let rest = Result { () throws(CheckpointError) in
      (
        notes: try notes(in: "extra/"),
        examples: try saved("data/sample_inputs/\(name).pt")?.tensors ?? []
      )
    }
    return (weights, constants, rest)
  }

  private func checkFormat() throws(CheckpointError) {
    let format = try text("archive_format").trimmingCharacters(in: .whitespacesAndNewlines)
    guard format == "pt2" else {
      throw CheckpointError(ExportedFinding.format(format.bounded), entry: "archive_format")
    }
    guard records["archive_version"] != nil else { return }
    let version = try text("archive_version").trimmingCharacters(in: .whitespacesAndNewlines)
    guard version == "0" else {
      throw CheckpointError(ExportedFinding.version(version.bounded), entry: "archive_version")
    }
  }

  private func withoutGraph() -> CheckpointError {
    guard records.keys.contains(where: { $0.hasPrefix("data/aotinductor/") }) else {
      return CheckpointError(ExportedFinding.noProgram)
    }
    return CheckpointError(ExportedFinding.machineCode)
  }

  /// The tensors that a list of records describes, in its order; none where there is no list.
  private func tensors(
    in folder: String, list: String, _ expansion: inout Expansion
  ) throws(CheckpointError) -> [StoredTensor] {
    guard records[folder + list] != nil else { return [] }
    guard case .object(let root) = try document(folder + list),
      case .object(let items)? = root["config"]
    else {
      throw CheckpointError(ExportedFinding.noTensors, entry: folder + list)
    }
    guard items.count <= limits.tensors(fileSize: fileSize) else {
      throw CheckpointError(
        ExportedFinding.tensors(items.count, limit: limits.tensors(fileSize: fileSize)),
        entry: folder + list)
    }
    var tensors: [StoredTensor] = []
    for (name, item) in items {
      // The tokens of custom classes and the like have no numbers.
      let tensor = try tensor(name, ExportedTensor(item, name: name), folder)
      if let storage = tensor.storage { try expansion.add(storage) }
      try expansion.add(tensor)
      tensors.append(tensor)
    }
    return tensors
  }

  private func tensor(
    _ name: String, _ described: ExportedTensor, _ folder: String
  ) throws(CheckpointError) -> StoredTensor {
    guard let entry = records[folder + described.record] else {
      throw CheckpointError(
        ExportedFinding.noRecord(described.record.bounded, folder: folder), entry: name)
    }
    let storage: Storage
    if entry.isDeflated {
      let (archive, limit) = (archive, limits.tensorBytes(fileSize: fileSize))
      storage = Storage(key: entry.name, byteCount: entry.size) { () throws(CheckpointError) in
        try archive.inflated(entry, limit: limit)
      }
    } else {
      storage = Storage(
        key: entry.name, archive.payload(of: entry), name: entry.name, crc: entry.knownCRC)
    }
    var tensor = StoredTensor(
      path: name, shape: described.shape, strides: described.strides,
      elementOffset: described.offset, scalarType: described.scalarType,
      contents: .strided(storage, StoredTensor.Signs()), file: file)
    tensor.isParameter = described.isParameter
    tensor.requiresGrad = described.requiresGrad
    guard described.shape.rank <= limits.axes, described.lastElement < storage.byteCount else {
      throw CheckpointError(
        ExportedFinding.reach(
          described.shape, strides: described.strides, offset: described.offset,
          described.scalarType, bytes: storage.byteCount), entry: name)
    }
    return tensor
  }
}

// MARK: - Before torch 2.8

extension ExportedArchive {
  private func flatContents() throws(CheckpointError) -> Contents {
    let weights = try saved("serialized_state_dict.pt")?.tensors ?? []
    let constants = try saved("serialized_constants.pt")?.tensors ?? []
    let program = ExportedProgram(
      document: try program(ExportedArchive.flatProgram), notes: try notes(in: "extra_files/"),
      exampleInputs: try saved("serialized_example_inputs.pt")?.tensors ?? [],
      constants: Set(constants.map(\.path)))
    return Contents(program: program, tensors: weights + constants)
  }
}

// MARK: - Notes

extension ExportedArchive {
  /// Our notes among the extra files, of which others are not looked at; nil where there are none.
  private func notes(in folder: String) throws(CheckpointError) -> ExportedNotes? {
    let entry = folder + ExportedNotes.file
    guard records[entry] != nil else { return nil }
    return try ExportedNotes(try document(entry), entry: entry) {
      name throws(CheckpointError) in
      try CheckpointError.inside(file: file, entry: folder + name) { () throws(CheckpointError) in
        try ExportedNotes.tensors(
          inBase64: try bytes(folder + name, limit: max(limits.jsonBytes, fileSize)), file: file,
          limits: limits)
      }
    }
  }
}

// MARK: - Records

extension ExportedArchive {
  private func bytes(_ name: String, limit: Int) throws(CheckpointError) -> [UInt8] {
    guard let entry = records[name] else {
      throw CheckpointError(ExportedFinding.missing, entry: name)
    }
    return try archive.contents(of: entry, limit: limit).bytes()
  }

  private func text(_ name: String) throws(CheckpointError) -> String {
    String(decoding: try bytes(name, limit: limits.jsonBytes), as: UTF8.self)
  }

  private func document(_ name: String) throws(CheckpointError) -> PlainValue {
    let bytes = try bytes(name, limit: max(limits.jsonBytes, fileSize))
    var json = limits.json
    // Each value takes bytes of the file; a graph has many.
    json.values = max(json.values, fileSize / 8)
    do throws(JSONError) {
      return try PlainValue(json: bytes, limits: json)
    } catch {
      throw CheckpointError(ExportedFinding.json(error), entry: name, offset: error.place.offset)
    }
  }

  private func program(_ name: String) throws(CheckpointError) -> PlainValue {
    let program = try document(name)
    guard case .object(let members) = program, case .object? = members["graph_module"] else {
      throw CheckpointError(ExportedFinding.noGraph, entry: name)
    }
    if case .object(let version)? = members["schema_version"],
      case .int(let major)? = version["major"],
      major > ExportedProgram.newestSchema
    {
      throw CheckpointError(ExportedFinding.schema(major), entry: name)
    }
    return program
  }

  /// What an archive of torch.save inside this one holds; nil where there is none.
  private func saved(_ name: String) throws(CheckpointError) -> TorchObjects? {
    guard let entry = records[name] else { return nil }
    return try CheckpointError.inside(file: file, entry: name) { () throws(CheckpointError) in
      let contents = try archive.contents(
        of: entry, limit: limits.tensorBytes(fileSize: fileSize))
      guard contents.count > 0 else { return nil }
      return try TorchArchive(ZipArchive(contents, limits: limits), limits: limits)
        .objects(file: file, fileSize: contents.count)
    }
  }
}
