package import Checkpoints
import OrderedCollections
import PlainData
package import Tensors
package import TorchModels
package import Verification

/// A file beside a model with a clip and what the network makes of it in float64.
///
/// It is a safetensors file, so that anybody can read it: `input`, `forward`, `steps`, `steps_index`, and
/// `layer.PATH` for the modules, all (B, C, T, S…). Of modules whose output is too large, `sample.PATH` has
/// some numbers, and `sample_index.PATH` their places. The entry `coverify` of its metadata says of which model
/// it was recorded.
package struct Fixture: Sendable {
  /// The schema of the metadata.
  package static let schema = "coverify.fixture/1"

  /// The end of the name of a fixture.
  package static let ending = ".fixture.safetensors"

  /// How many numbers all layers of a fixture may have together: 2 MB.
  package static let mostNumbers = 1 << 18

  private static let key = "coverify"
  private static let samplePrefix = "sample."
  private static let placePrefix = "sample_index."

  /// Where the fixture is.
  package let path: FilePath

  /// The model, by a path from the folder of the fixture.
  package let model: FilePath

  /// The SHA-256 of the model's file.
  package let sha256: String

  /// The SHA-256 of the architecture, as one that is read anew has it; nil where the fixture does not say.
  package let architectureSHA256: String?

  /// What nothing in the file of the model says, and was accepted when the fixture was recorded.
  package let accepted: [String]

  /// The clip (B, C, T, S…).
  package let input: Tensor

  /// The clip, and what was made of it.
  package let reference: LoadedModel.Reference

  /// Numbers of the modules whose outputs are too large to be kept.
  package let samples: [ModuleSample]

  /// Whether a file has the name of a fixture.
  package static func isFixture(_ path: FilePath) -> Bool {
    path.bytes.suffix(ending.utf8.count).elementsEqual(ending.utf8)
  }

  // MARK: - Reading

  /// Reads a fixture.
  ///
  /// - Throws: `CheckpointError` for a file that cannot be read, ``FixtureError`` for one that is no fixture.
  package init(contentsOf path: FilePath, limits: Limits) throws {
    let file = try Checkpoint(contentsOf: path, limits: limits)
    guard let text = file.metadata[Fixture.key] else { throw FixtureError(path, .noNotes) }
    let notes: PlainValue
    do {
      notes = try PlainValue(json: text.utf8)
    } catch {
      throw FixtureError(path, .notes("\(error)"))
    }
    guard case .object(let members) = notes else { throw FixtureError(path, .notes("no object")) }
    guard members["schema"] == .string(Fixture.schema) else {
      throw FixtureError(path, .schema(members["schema"].map { $0.json(.compact) } ?? "none"))
    }
    guard case .string(let model) = members["model"], case .string(let hash) = members["sha256"]
    else { throw FixtureError(path, .notes("no texts \"model\" and \"sha256\"")) }
    let reference = try LoadedModel.Reference(file)
    guard let input = reference.input, reference.forward != nil else {
      throw FixtureError(path, .notes("no tensors \"input\" and \"forward\""))
    }
    self.path = path
    self.model = FilePath(model)
    self.sha256 = hash
    accepted = Fixture.texts(members["accepted"])
    if case .string(let text) = members["architecture_sha256"] {
      architectureSHA256 = text
    } else {
      architectureSHA256 = nil
    }
    self.input = input
    self.reference = reference
    samples = try Fixture.samples(of: file, notes: members, path)
  }

  private static func texts(_ value: PlainValue?) -> [String] {
    guard case .list(let values) = value else { return [] }
    return values.compactMap { value in
      guard case .string(let text) = value else { return nil }
      return text
    }
  }

  private static func samples(
    of file: Checkpoint, notes: OrderedDictionary<String, PlainValue>, _ path: FilePath
  ) throws -> [ModuleSample] {
    guard let entry = notes["sampled"] else { return [] }
    guard case .object(let shapes) = entry else {
      throw FixtureError(path, .notes("\"sampled\" is no object"))
    }
    let tensors = Dictionary(file.tensors.map { ($0.path, $0) }) { first, _ in first }
    return try shapes.map { module, axes throws in
      guard let shape = Fixture.shape(axes), let values = tensors[samplePrefix + module],
        let places = tensors[placePrefix + module],
        let sample = ModuleSample(
          path: module, shape: shape, places: try places.integers(),
          values: try values.wideValues().scalars)
      else { throw FixtureError(path, .notes("the sample of \"\(module)\" is incomplete")) }
      return sample
    }
  }

  /// The shape of an output, as the metadata have it; nil for what is none.
  private static func shape(_ value: PlainValue) -> Shape? {
    guard case .list(let values) = value, values.count <= 8 else { return nil }
    let axes = values.compactMap { value -> Int? in
      guard case .int(let length) = value, (0..<1 << 40).contains(length) else { return nil }
      return length
    }
    return axes.count == values.count ? Shape(checking: axes) : nil
  }

  /// Where the model is.
  package var modelPath: FilePath {
    let place = path.folder == "." ? model : path.folder.appending(model)
    // Without the detours over the folder of the fixture.
    return path.bytes.first == UInt8(ascii: "/")
      ? FilePath(RelativePath.absolute(place)) : FilePath(RelativePath(to: place, from: ".").text)
  }

  // MARK: - Writing

  /// The SHA-256 of an architecture, whatever its file looks like.
  package static func hash(of architecture: Architecture) -> String {
    SHA256.hexadecimalDigest(of: Array(architecture.document.json(.compact).utf8))
  }

  /// Where the fixture of a model is.
  ///
  /// - Parameters:
  ///   - model: the file of the model.
  ///   - folder: the folder of all fixtures; nil for the folder of the model.
  /// - Returns: the path of the fixture.
  package static func path(of model: FilePath, in folder: FilePath?) -> FilePath {
    let beside = model.replacingExtension(with: Fixture.ending)
    return folder.map { $0.appending(beside.name) } ?? beside
  }

  /// Writes a fixture.
  ///
  /// - Parameters:
  ///   - target: where to.
  ///   - model: the file of the model.
  ///   - sha256: of that file.
  ///   - architecture: of the network.
  ///   - accepted: what was assumed of it, and accepted.
  ///   - input: the clip.
  ///   - outputs: what the network makes of it.
  ///   - tool: the version of the program.
  /// - Throws: `CheckpointError` where it cannot be written.
  package static func write(
    to target: OutputFile, of model: FilePath, sha256: String, architecture: Architecture,
    accepted: [String],
    input: Tensor,
    _ outputs: GoldenOutputs, tool: String
  ) throws(CheckpointError) {
    func wide(_ tensor: Tensor64) -> TensorSource {
      TensorSource(shape: tensor.shape, scalarType: .float64) { () throws(CheckpointError) in
        tensor.scalars
      }
    }
    var tensors: [(name: String, tensor: TensorSource)] = [
      ("input", TensorSource(input)), ("forward", wide(outputs.forward)),
    ]
    // A clip that is over before the first output says nothing of steps.
    if !outputs.stepsIndex.isEmpty {
      tensors.append(("steps", wide(outputs.steps)))
      tensors.append(("steps_index", TensorSource(integers: outputs.stepsIndex)))
    }
    tensors += outputs.layers.map {
      (LoadedModel.Reference.layerPrefix + $0.path, wide($0.output))
    }
    for sample in outputs.samples {
      let values = Tensor64(Shape([sample.values.count]), sample.values)
      tensors.append((samplePrefix + sample.path, wide(values)))
      tensors.append((placePrefix + sample.path, TensorSource(integers: sample.places)))
    }
    let sampled = outputs.samples.map { (name: $0.path, value: PlainValue.integers($0.shape.axes)) }
    let notes = PlainValue.members(
      ("schema", .string(schema)),
      ("model", .string(RelativePath(to: model, from: target.path.folder).text)),
      ("sha256", .string(sha256)), ("architecture_sha256", .string(hash(of: architecture))),
      ("tool", .string(tool)), ("accepted", .strings(accepted)),
      ("computed_by", .string(outputs.source == .pytorch ? "pytorch" : "coverify")),
      ("sampled", .members(sampled.map { ($0.name, $0.value) })))
    try SafetensorsFile.write(tensors, metadata: [key: notes.json(.compact)], to: target)
  }
}
