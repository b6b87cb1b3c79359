import OrderedCollections
import PlainData
import Tensors

/// Puts an architecture together from the names and shapes of tensors where nothing else says it.
///
/// Kernel sizes, channels, groups and features are facts. Everything else is PyTorch's default, and
/// is listed: the result is a hypothesis. A `state_dict` that carries `_metadata` also names the
/// modules without tensors, in the order in which they were registered; what they do is not said
/// anywhere, so they are left out.
struct InferredArchitecture {
  /// The network, every node placed by the name of its module.
  let model: ModuleDescription

  /// Everything that no fact backs, in the order of the network.
  let assumptions: [String]

  /// - Parameters:
  ///   - shapes: the tensors in the order of the file.
  ///   - modulePaths: the paths that `_metadata` lists, in its order; empty where there is none.
  ///   - file: the model file, for messages.
  ///   - allowsGaps: whether modules may follow each other whose channels do not fit, for a draft
  ///     that a person completes.
  ///   - catalog: the classes.
  /// - Throws: ``ArchitectureError`` where the modules make no chain.
  init(
    shapes: OrderedDictionary<String, Shape>, modulePaths: [String], file: String,
    allowsGaps: Bool = false, catalog: Catalog = .standard
  ) throws(ArchitectureError) {
    let root = ModuleNode(path: "")
    for name in shapes.keys + modulePaths where name.utf8.count(where: { $0 == 0x2E }) > 100 {
      throw ArchitectureError(
        source: file, place: String(name.prefix(60)), .nestedName(limit: 100))
    }
    for path in modulePaths where !path.isEmpty { _ = root.descendant(path) }
    for (name, shape) in shapes {
      let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
      root.descendant(parts.dropLast().joined(separator: "."))
        .tensors[parts.last ?? name] = shape
    }
    var chain = Chain(
      allowsGaps: allowsGaps, inferences: catalog.definitions.compactMap(\.inference))
    guard let model = chain.describe(root) else {
      throw ArchitectureError(
        source: file, place: chain.trouble.place, .tensors(chain.trouble.problem))
    }
    self.model = model
    assumptions = chain.listed
  }
}

/// One module path, with the tensors and modules right below it.
private final class ModuleNode {
  let path: String
  var tensors: OrderedDictionary<String, Shape> = [:]
  var children: OrderedDictionary<String, ModuleNode> = [:]

  init(path: String) { self.path = path }

  func descendant(_ relative: String) -> ModuleNode {
    guard !relative.isEmpty else { return self }
    var node = self
    for part in relative.split(separator: ".", omittingEmptySubsequences: false).map(String.init) {
      let child =
        node.children[part] ?? ModuleNode(path: node.path.adding(part))
      node.children[part] = child
      node = child
    }
    return node
  }
}

/// The modules one after the other, each fed by the one before.
private struct Chain {
  let allowsGaps: Bool
  let inferences: [Inference]

  /// What keeps the modules from being a chain.
  private(set) var trouble = (place: "$", problem: InferenceProblem.noTensors)

  init(allowsGaps: Bool, inferences: [Inference]) {
    (self.allowsGaps, self.inferences) = (allowsGaps, inferences)
  }

  /// The channels that the last module makes; nil before the first.
  private var channels: Int?
  private var dimensions = 1
  private var last = ""

  /// Paths by assumption, in the order in which each first came up.
  private var assumed: OrderedDictionary<String, [String]> = [:]

  /// One line for each assumption.
  var listed: [String] {
    assumed.map { assumption, paths in
      let shown = paths.prefix(4).joined(separator: ", ")
      return assumption + ": " + shown + (paths.count > 4 ? " and \(paths.count - 4) more" : "")
    }
  }

  mutating func describe(_ node: ModuleNode) -> ModuleDescription? {
    let name = node.path.split(separator: ".").last.map(String.init)
    var description = ModuleDescription(type: LayerDefinition.chain, name: name, place: node.path)
    if !node.tensors.isEmpty {
      guard node.children.isEmpty else {
        return fail(node, .tensorsBesideModules)
      }
      guard let leaf = leaf(node) else { return nil }
      description.type = leaf.type
      description.arguments = leaf.arguments
      last = node.path
      return description
    }
    guard !node.children.isEmpty else {
      assume("a module without tensors (activation, pool, dropout, …) does nothing", node.path)
      description.type = LayerDefinition.nothing
      return description
    }
    let names = Array(node.children.keys)
    if !names.allSatisfy({ Int($0) != nil }) {
      assume("modules run in the order of the file", node.path.isEmpty ? "the network" : node.path)
    }
    noteGaps(in: names, of: node)
    for child in node.children.values {
      guard let module = describe(child) else { return nil }
      description.modules.append(module)
    }
    return node.path.isEmpty && description.modules.isEmpty
      ? fail(node, .empty) : description
  }

  /// Numbers that are left out were modules without tensors.
  private mutating func noteGaps(in names: [String], of node: ModuleNode) {
    let numbers = names.compactMap { Int($0) }
    guard numbers.count == names.count else { return }
    // Numbers can be of any size, so a gap is not counted through.
    var next = 0
    for number in numbers.sorted() where number >= next {
      if number > next {
        let last = number > next + 1 ? " to \(number - 1)" : ""
        assume(
          "a module without tensors (activation, pool, dropout, …) does nothing",
          node.path.adding(String(next)) + last)
      }
      guard number < .max else { return }
      next = number + 1
    }
  }

  private mutating func leaf(
    _ node: ModuleNode
  ) -> (type: String, arguments: OrderedDictionary<String, PlainValue>)? {
    let evidence = Inference.Evidence(
      tensors: node.tensors, dimensions: dimensions, path: node.path)
    guard let layer = inferences.lazy.compactMap({ $0.layer(evidence) }).first else {
      if let weight = node.tensors["weight"] {
        return fail(node, .normalization(weight))
      }
      return fail(node, .unknownTensors(Array(node.tensors.keys)))
    }
    for assumption in layer.assumptions { assume(assumption, node.path) }
    dimensions = layer.dimensions ?? dimensions
    if let problem = layer.problem { return fail(node, problem) }
    var arguments = layer.arguments
    switch layer.channels {
    case .unchanged: break
    case .fixed(let inputs, let outputs):
      if let channels, channels != inputs, !allowsGaps {
        return fail(node, .channels(taken: inputs, last: last, made: channels))
      }
      channels = outputs
    case .grouped(let size, let outputs):
      guard let groups = groups(of: size, node) else { return nil }
      arguments["groups"] = groups
      channels = outputs
    }
    return (layer.type, arguments)
  }

  /// In how many groups of a size the channels go in: a weight need only divide them.
  private mutating func groups(of size: Int, _ node: ModuleNode) -> PlainValue? {
    guard let channels else {
      assume("groups 1", node.path)
      return .int(1)
    }
    guard size > 0, channels.isMultiple(of: size) else {
      if allowsGaps { return .string("?") }
      return fail(node, .channels(taken: size, last: last, made: channels))
    }
    return .int(channels / size)
  }

  private mutating func assume(_ assumption: String, _ path: String) {
    assumed[assumption, default: []].append(path)
  }

  private mutating func fail<Result>(_ node: ModuleNode, _ problem: InferenceProblem) -> Result? {
    trouble = (node.path.isEmpty ? "the network" : node.path, problem)
    return nil
  }
}
