package import Checkpoints
import Foundation
package import OrderedCollections
package import PlainData
import Tensors

/// The tensors of a network, as they were found in a checkpoint.
package struct StateDict {
  /// By name, in the order of the file.
  package private(set) var tensors: OrderedDictionary<String, StoredTensor> = [:]

  /// The module paths that `_metadata` lists; empty where there is none.
  var modulePaths: [String] = []

  /// What `_metadata` says of modules, in its order: versions, mostly.
  package private(set) var moduleEntries: [(path: String, entry: PlainValue)] = []

  /// The keys that lead from the root of the checkpoint to the tensors.
  package private(set) var keys: [String] = []

  /// How it was found, for the report.
  package var notes: [String] = []

  /// The keys under which training scripts keep a state dict, the most specific first.
  static let wrappers = [
    "state_dict", "model_state_dict", "model_state", "model", "net", "network", "module", "weights",
    "params", "params_ema", "ema", "state_dict_ema", "model_ema", "generator", "encoder",
  ]

  /// Takes tensors by the names that modules ask for.
  init(_ tensors: OrderedDictionary<String, StoredTensor>) { self.tensors = tensors }

  /// Finds the tensors in a checkpoint.
  ///
  /// - Parameters:
  ///   - checkpoint: of any format.
  ///   - root: the dotted key that holds them; nil to look for it.
  /// - Throws: ``LoadError`` where they are not found.
  package init(in checkpoint: Checkpoint, root: String?) throws(LoadError) {
    guard let value = checkpoint.root else {
      for tensor in checkpoint.tensors where !NetworkNotes.isReference(tensor, of: checkpoint) {
        try add(tensor, of: checkpoint)
      }
      moduleEntries = NetworkNotes.moduleEntries(of: checkpoint)
      modulePaths = moduleEntries.map(\.path)
      guard root == nil else {
        throw .weights(file: checkpoint.name, .rootOfTensors(root ?? ""))
      }
      return
    }
    var node = value
    if let root {
      for part in root.split(separator: ".").map(String.init) {
        guard let next = node[part] ?? node.attribute(part) else {
          throw .weights(file: checkpoint.name, .noKey(root, keys: StateDict.keys(of: node)))
        }
        node = next
        keys.append(part)
      }
    } else if let key = StateDict.wrapper(in: node, checkpoint), let inner = node[key] {
      node = inner
      keys.append(key)
      notes.append("the tensors are under \"\(key)\"")
      // A trainer may keep the state dict of a wrapped model one level deeper.
      if let key = StateDict.wrapper(in: node, checkpoint), let inner = node[key] {
        node = inner
        keys.append(key)
        notes.append("and there under \"\(key)\"")
      }
    }
    try read(node, of: checkpoint)
    // A tensor whose elements are repeated can be larger than any memory, in the smallest file.
    for (name, tensor) in tensors where tensor.shape.count > StateDict.plainSize {
      let repeats = zip(tensor.shape.axes, tensor.strides).contains { $0 > 1 && $1 == 0 }
      guard !repeats else {
        throw .weights(file: checkpoint.name, .repeated(name, tensor.shape))
      }
    }
  }

  private mutating func read(
    _ node: PickledValue, of checkpoint: Checkpoint
  ) throws(LoadError) {
    if node.isModule {
      try PickledModule.collectTensors(node, of: checkpoint, into: &tensors)
      return
    }
    let items = node.items ?? []
    for (key, value) in items where value.mayBeTensor {
      guard let name = key.string, let tensor = try StateDict.tensor(value, name, checkpoint) else {
        continue
      }
      try add(tensor, of: checkpoint)
    }
    moduleEntries = (node.attribute("_metadata")?.items ?? []).compactMap { path, entry in
      path.string.map { ($0, PlainValue(entry) ?? .object([:])) }
    }
    modulePaths = moduleEntries.map(\.path)
    let others = items.count - tensors.count
    if !tensors.isEmpty, others > 0 {
      notes.append("\(others) entries beside the tensors are ignored")
    }
    guard !tensors.isEmpty || items.isEmpty && node.items != nil else {
      throw .weights(file: checkpoint.name, .noStateDict(keys: StateDict.keys(of: node)))
    }
  }

  /// Adds a tensor by its name.
  ///
  /// Swift takes two spellings of an accent for one text, and the file may have both.
  private mutating func add(
    _ tensor: StoredTensor, of checkpoint: Checkpoint
  ) throws(LoadError) {
    let name = tensor.path
    guard let other = tensors.updateValue(tensor, forKey: name),
      !other.path.utf8.elementsEqual(name.utf8)
    else { return }
    throw .weights(file: checkpoint.name, .sameName(name))
  }

  /// The most elements that a weight may have whatever its strides are.
  private static let plainSize = 1 << 26

  private static func tensor(
    _ value: PickledValue, _ path: String, _ checkpoint: Checkpoint
  ) throws(LoadError) -> StoredTensor? {
    try rethrowing(LoadError.checkpoint, try checkpoint.tensor(value, path: path))
  }

  /// The key under which a dict that is not a state dict itself keeps one.
  ///
  /// Dicts have millions of items: what an item is comes before how it is called, as texts are made of keys.
  private static func wrapper(in node: PickledValue, _ checkpoint: Checkpoint) -> String? {
    guard let items = node.items else { return nil }
    let usual = zip(wrappers, node.values(of: wrappers)).compactMap { key, value in
      value.map { (key: key, value: $0) }
    }
    if let found = usual.first(where: { holdsTensors($0.value, checkpoint) }) { return found.key }
    // A network without weights has a state dict all the same.
    if let found = usual.first(where: { $0.value.items?.isEmpty ?? false }) { return found.key }
    // Without a usual name, a single dict of tensors will be it.
    guard !holdsTensors(node, checkpoint) else { return nil }
    let candidates = items.filter { key, value in
      holdsTensors(value, checkpoint)
        && key.string.map { !$0.hasPrefix("optim") && $0 != "reference" } ?? false
    }
    return candidates.count == 1 ? candidates[0].key.string : nil
  }

  private static func holdsTensors(_ node: PickledValue, _ checkpoint: Checkpoint) -> Bool {
    if node.isModule { return true }
    return (node.items ?? []).contains { key, value in
      value.mayBeTensor && (try? checkpoint.tensor(value, path: "")) ?? nil != nil
        && key.string != nil
    }
  }

  /// The first keys of a dict.
  private static func keys(of node: PickledValue) -> [String] {
    Array((node.items ?? []).lazy.compactMap { $0.key.string }.prefix(12))
  }
}

// MARK: - Names

extension StateDict {
  /// The usual prefixes of wrappers around a network.
  private static let usualPrefixes = ["module.", "model.", "_orig_mod."]

  /// Takes prefixes off that all names have, and applies the renamings of an architecture.
  package func renamed(_ options: WeightsOptions) -> StateDict {
    var result = self
    for prefix in options.stripPrefixes ?? [] { result.strip(prefix) }
    if options.stripPrefixes == nil {
      while let prefix = StateDict.usualPrefixes.first(where: { result.isCommon($0) }) {
        result.strip(prefix)
      }
    }
    for rename in options.rename {
      guard let pattern = try? NamePattern(rename.pattern) else { continue }
      result.rename { pattern.replacingMatches(in: $0, with: rename.replacement) }
    }
    return result
  }

  /// The names without the prefixes that wrappers put before all of them, by the names as they are; nil
  /// where there are none.
  package var namesWithoutPrefixes: [String: String]? {
    var prefix = ""
    while let next = StateDict.usualPrefixes.first(where: { isCommon(prefix + $0) }) {
      prefix += next
    }
    guard !prefix.isEmpty else { return nil }
    return tensors.reduce(into: [:]) { $0[$1.key] = String($1.key.dropFirst(prefix.count)) }
  }

  /// The same tensors without the first part of their names, if all of them share it.
  func withoutCommonRoot() -> StateDict? {
    guard let first = tensors.keys.first?.split(separator: ".").first,
      isCommon(first + "."), Int(first) == nil
    else { return nil }
    var result = self
    result.strip(first + ".")
    return result
  }

  /// The same without some tensors.
  func without(_ names: Set<String>) -> StateDict {
    guard !names.isEmpty else { return self }
    var result = self
    result.tensors.removeAll { names.contains($0.key) }
    return result
  }

  private func isCommon(_ prefix: String) -> Bool {
    !tensors.isEmpty && tensors.keys.allSatisfy { $0.hasPrefix(prefix) && $0.count > prefix.count }
  }

  private mutating func strip(_ prefix: String) {
    guard isCommon(prefix) else { return }
    rename { String($0.dropFirst(prefix.count)) }
    modulePaths = modulePaths.compactMap { path in
      path.hasPrefix(prefix) ? String(path.dropFirst(prefix.count)) : nil
    }
    notes.append("the prefix \"\(prefix)\" is taken off all names")
  }

  private mutating func rename(_ change: (String) -> String) {
    var renamed: OrderedDictionary<String, StoredTensor> = [:]
    for (name, tensor) in tensors { renamed[change(name)] = tensor }
    tensors = renamed
  }

  /// The tensors as modules ask for them, which are read only then.
  var folded: FoldedWeights { FoldedWeights(tensors) }

  /// What names and shapes tell of the network.
  ///
  /// - Parameters:
  ///   - file: the model file, for messages.
  ///   - allowsGaps: whether it is for a draft that a person completes.
  ///   - catalog: the classes.
  /// - Returns: a chain, with what was assumed.
  /// - Throws: ``LoadError`` where the modules make no chain.
  func inferredArchitecture(
    file: String, allowsGaps: Bool = false, catalog: Catalog = .standard
  ) throws(LoadError) -> InferredArchitecture {
    // What a parametrization consists of is part of a weight.
    let paths = modulePaths.filter { !$0.split(separator: ".").contains("parametrizations") }
    return try rethrowing(
      LoadError.architecture,
      try InferredArchitecture(
        shapes: folded.parameters.mapValues(\.shape), modulePaths: paths, file: file,
        allowsGaps: allowsGaps, catalog: catalog))
  }
}
