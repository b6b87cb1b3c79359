package import Checkpoints
import OrderedCollections
import PlainData
package import Tensors
import TorchModels

/// Turns a checkpoint into another file, bit for bit: what is written, in which form.
///
/// ```swift
/// let contents = try NetworkContents(try NetworkFile(contentsOf: "model.pth"))
/// let conversion = try Conversion(of: contents, in: "model.pth", to: .safetensors)
/// try conversion.write(to: "model.safetensors")
/// ```
package struct Conversion: Sendable {
  /// The format of the file that is written.
  package enum Format: String, Hashable, Sendable, CaseIterable {
    /// The zip archive of `torch.save`.
    case torch = "zip"
    /// The format of Hugging Face.
    case safetensors
  }

  /// The format of the file.
  package let format: Format

  /// The weights that are written, by name, in order.
  package let weights: [(name: String, tensor: TensorSource)]

  /// What a cast changes in one tensor.
  package struct CastChange: Hashable, Sendable {
    /// The tensor's name.
    package let name: String
    /// The type before.
    package let from: ScalarType
    /// The type afterwards.
    package let to: ScalarType
    /// How far the element is moved that is moved most; infinite where one is too large.
    package let maxAbs: Double
  }

  /// What is written beside the weights, a word or two each.
  package var kept: [String] {
    (architecture == nil ? [] : ["architecture"])
      + reference.map { $0.name == "input" ? "input" : "reference.\($0.name)" }
  }

  /// The number of elements of the weights.
  package var elementCount: Int { weights.reduce(0) { $0 + $1.tensor.shape.count } }

  /// The element types of the weights, the most frequent first.
  package var scalarTypes: [ScalarType] {
    var counts: [ScalarType: Int] = [:]
    for (_, tensor) in weights { counts[tensor.scalarType, default: 0] += 1 }
    return counts.sorted { ($1.value, $0.key.name) < ($0.value, $1.key.name) }.map(\.key)
  }

  /// What the new file says otherwise than the old one, a sentence each.
  package private(set) var notes: [String] = []

  private let modules: [(path: String, entry: PlainValue)]
  private let architecture: PlainValue?
  private var reference: [(name: String, tensor: TensorSource)]

  /// Plans a conversion; nothing is read or written yet.
  ///
  /// - Parameters:
  ///   - contents: what is converted.
  ///   - file: what its file is called in messages.
  ///   - format: what is written.
  ///   - target: the type that floating-point weights are cast to; nil to keep theirs.
  ///   - weightsOnly: whether architecture and reference are left out.
  ///   - rewrite: the network in another form, which is written instead; nil to keep names and
  ///     weights.
  /// - Throws: ``ConversionError`` that names every tensor that cannot be written.
  package init(
    of contents: NetworkContents, in file: String, to format: Format,
    castTo target: ScalarType? = nil, weightsOnly: Bool = false, rewrite: NetworkRewrite? = nil
  ) throws(ConversionError) {
    self.format = format
    let plain = rewrite?.weights ?? contents.weights.map { ($0.name, TensorSource($0.tensor)) }
    weights = plain.map { name, tensor in
      (name, tensor.stored.map { TensorSource($0, castTo: target) } ?? tensor)
    }
    modules = rewrite?.modules ?? contents.modules
    let document = rewrite?.architecture.document ?? contents.architecture?.withoutWeightsRoot
    architecture = weightsOnly ? nil : document
    reference =
      weightsOnly ? [] : contents.reference.map { ($0.name, TensorSource($0.tensor)) }
    let problems = self.problems
    guard problems.isEmpty else { throw ConversionError(file, problems) }
    notes =
      sharing(
        plain.compactMap { name, tensor in tensor.stored.map { (name, $0) } })
      + (rewrite?.notes ?? [])
    let packed = weights.filter { $0.tensor.scalarType == .float4E2M1FNX2 }.map(\.name)
    if target != nil, !packed.isEmpty {
      notes.append("not cast, as two numbers share a byte: \(packed.joined(separator: ", "))")
    }
  }

  /// Reads all tensors that are cast, to tell what that changes.
  ///
  /// What PyTorch computed with the weights before is left out, once one of them changes.
  ///
  /// - Returns: one change for each tensor that is cast, in order.
  /// - Throws: `CheckpointError` where a tensor cannot be read.
  package mutating func castChanges() throws(CheckpointError) -> [CastChange] {
    var changes: [CastChange] = []
    for (name, tensor) in weights {
      guard let change = try tensor.castChange(), let stored = tensor.stored else { continue }
      changes.append(
        CastChange(name: name, from: stored.scalarType, to: tensor.scalarType, maxAbs: change))
    }
    if changes.contains(where: { $0.maxAbs > 0 }) {
      leaveOutReference(because: "the cast changes the weights it was computed with")
    }
    return changes
  }

  /// Leaves out what PyTorch computed, and says so.
  ///
  /// - Parameter reason: why it does not belong to the new weights.
  package mutating func leaveOutReference(because reason: String) {
    guard reference.contains(where: { $0.name != "input" }) else { return }
    reference = []
    notes.append("what PyTorch computed is left out: \(reason)")
  }

  /// Writes the file: completely and compared bit for bit, or not at all.
  ///
  /// - Parameters:
  ///   - path: where to.
  ///   - replacing: whether a file that is there is replaced; else it stays, and that is an error.
  /// - Returns: what became of shared storages, a sentence each.
  /// - Throws: `CheckpointError` where something cannot be read or written.
  @discardableResult
  package func write(
    to path: String, replacing: Bool = true
  ) throws(CheckpointError) -> [String] {
    try write(to: OutputFile(FilePath(path), replacing: replacing))
  }

  /// Writes the file at a place that was checked before: completely and compared bit for bit, or not at
  /// all.
  ///
  /// - Parameter target: where to.
  /// - Returns: what became of shared storages, a sentence each.
  /// - Throws: `CheckpointError` where something cannot be read or written.
  @discardableResult
  public func write(to target: OutputFile) throws(CheckpointError) -> [String] {
    switch format {
    case .safetensors:
      try SafetensorsFile.write(
        weights + prefixedReference, metadata: metadata, to: target)
      return []
    case .torch:
      return try TorchWriter.write(content, to: target).map { path in
        "\(path) shared its storage with a tensor of another type, and has its own now"
      }
    }
  }
}

// What is written.
extension Conversion {
  /// A state dict where there is nothing else; as `describe_model.py` saves it otherwise.
  private var content: TorchContent {
    let entries = modules.map { (path: $0.path, entry: TorchContent($0.entry)) }
    let state = TorchContent.stateDict(weights, modules: entries)
    guard architecture != nil || !reference.isEmpty else { return state }
    var items: [(key: String, value: TorchContent)] = [("state_dict", state)]
    if let architecture { items.append(("architecture", TorchContent(architecture))) }
    if let input = reference.first(where: { $0.name == "input" }) {
      items.append(("input", .tensor(input.tensor)))
    }
    let results = reference.filter { $0.name != "input" }
    if !results.isEmpty || !reference.isEmpty {
      items.append(("reference", .dict(results.map { ($0.name, .tensor($0.tensor)) })))
    }
    return .dict(items)
  }

  private static let referencePrefix = "reference."

  private var prefixedReference: [(name: String, tensor: TensorSource)] {
    reference.map { (Conversion.referencePrefix + $0.name, $0.tensor) }
  }

  /// The notes in the header of a safetensors file.
  private var metadata: [String: String] {
    var metadata = ["format": "pt"]
    switch architecture {
    case nil: break
    case .string(let text)?: metadata["architecture"] = text
    case let document?: metadata["architecture"] = document.json()
    }
    if !modules.isEmpty {
      let pairs = modules.map { PlainValue.list([.string($0.path), $0.entry]) }
      metadata["modules"] = PlainValue.list(pairs).json()
    }
    if !reference.isEmpty { metadata["reference"] = Conversion.referencePrefix }
    return metadata
  }
}

// MARK: - Notes

extension Conversion {
  private var problems: [ConversionError.Problem] {
    var problems: [ConversionError.Problem] = []
    let all = weights + prefixedReference
    for (name, tensor) in all {
      if let refusal = tensor.refusal {
        problems.append(.tensor(name, reason: refusal))
      } else if format == .safetensors, tensor.scalarType.safetensorsName == nil {
        problems.append(.type(name, tensor.scalarType))
      }
    }
    guard format == .safetensors else { return problems }
    let names = Set(weights.map(\.name))
    if names.contains("__metadata__") {
      problems.append(.metadata)
    }
    for (name, _) in prefixedReference where names.contains(name) {
      problems.append(.reference(name))
    }
    return problems
  }

  /// Which tensors share their storages, where the format cannot keep that.
  private func sharing(_ tensors: [(name: String, tensor: StoredTensor)]) -> [String] {
    guard format == .safetensors else { return [] }
    return SharedStorage.groups(of: tensors).map { group in
      "\(group.names.joined(separator: ", ")) share a storage, and are written each by itself"
    }
  }
}

extension TorchContent {
  /// What an architecture holds, as plain values.
  fileprivate init(_ value: PlainValue) {
    switch value {
    case .null: self = .none
    case .bool(let value): self = .bool(value)
    case .int(let value): self = .int(value)
    case .double(let value): self = .double(value)
    case .string(let value): self = .string(value)
    case .list(let values): self = .list(values.map { TorchContent($0) })
    case .object(let members):
      self = .dict(members.map { (key: $0.key, value: TorchContent($0.value)) })
    }
  }
}
