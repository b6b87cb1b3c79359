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
  /// - Throws: ``ArchitectureError`` where the modules make no chain.
  init(
    shapes: OrderedDictionary<String, Shape>, modulePaths: [String], file: String,
    allowsGaps: Bool = false
  ) throws(ArchitectureError) {
    let root = ModuleNode(path: "")
    for name in shapes.keys + modulePaths where name.utf8.count(where: { $0 == 0x2E }) > 100 {
      throw ArchitectureError(
        source: file, place: String(name.prefix(60)), "is nested more than 100 deep")
    }
    for path in modulePaths where !path.isEmpty { _ = root.descendant(path) }
    for (name, shape) in shapes {
      let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
      root.descendant(parts.dropLast().joined(separator: "."))
        .tensors[parts.last ?? name] = shape
    }
    var chain = Chain(allowsGaps: allowsGaps)
    guard let model = chain.describe(root) else {
      throw ArchitectureError(
        source: file,
        problems: [
          ArchitectureError.Problem(
            place: chain.trouble.place,
            message: "no architecture was found, and none can be told from the tensors: "
              + chain.trouble.message,
            hint: "let scripts/describe_model.py write one from the live network, or complete what "
              + "\"coverify draft MODEL\" prints, and put it beside the model as NAME.arch.json")
        ])
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

  /// What keeps the modules from being a chain.
  private(set) var trouble = (place: "$", message: "there are no tensors")

  init(allowsGaps: Bool) { self.allowsGaps = allowsGaps }

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
    var description = ModuleDescription(type: "Sequential", name: name, place: node.path)
    if !node.tensors.isEmpty {
      guard node.children.isEmpty else {
        return fail(node, "it has tensors of its own beside modules")
      }
      guard let leaf = leaf(node) else { return nil }
      description.type = leaf.type
      description.arguments = leaf.arguments
      last = node.path
      return description
    }
    guard !node.children.isEmpty else {
      assume("a module without tensors (activation, pool, dropout, …) does nothing", node.path)
      description.type = "Identity"
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
      ? fail(node, "it is empty") : description
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
    let tensors = node.tensors
    if let inputs = tensors["weight_ih_l0"], let hidden = tensors["weight_hh_l0"],
      inputs.rank == 2, hidden.rank == 2
    {
      let size = tensors["weight_hr_l0"]?.axes.last ?? hidden[1]
      let gates = size > 0 ? inputs[0] / size : 0
      guard let type = [1: "RNN", 3: "GRU", 4: "LSTM"][gates] else {
        return fail(node, "its tensors are of no known recurrent layer")
      }
      if gates == 1 { assume("nonlinearity \"tanh\"", node.path) }
      return chained(node, type, inputs: inputs[1], outputs: hidden[1])
    }
    if let mean = tensors["running_mean"], mean.rank == 1 {
      assume("eps 1e-05", node.path)
      return chained(node, "BatchNorm\(dimensions)d", inputs: mean[0], outputs: mean[0])
    }
    guard let weight = tensors["weight"] else {
      return fail(
        node, "its tensors (\(tensors.keys.joined(separator: ", "))) are of no known layer")
    }
    switch weight.rank {
    case 3...5:
      dimensions = weight.rank - 2
      assume("stride 1, padding 0, dilation 1", node.path)
      // As many biases as no convolution with such a weight has.
      if let bias = tensors["bias"], bias.rank == 1, bias[0] != weight[0] {
        return transposedConvolution(node, weight, outputs: bias[0])
      }
      return convolution(node, weight)
    case 2:
      assume("works on the channels (channel_dim 1)", node.path)
      return chained(
        node, "Linear", inputs: weight[1], outputs: weight[0], ["channel_dim": .int(1)])
    case 1 where tensors["bias"] == nil:
      assume("PReLU", node.path)
      return ("PReLU", [:])
    default:
      return fail(
        node, "a weight of shape \(weight) can belong to several kinds of normalization")
    }
  }

  /// A convolution takes its channels in groups, so its weight need only divide them.
  private mutating func convolution(
    _ node: ModuleNode, _ weight: Shape
  ) -> (type: String, arguments: OrderedDictionary<String, PlainValue>)? {
    let type = "Conv\(dimensions)d"
    guard let channels else {
      assume("groups 1", node.path)
      self.channels = weight[0]
      return (type, ["groups": .int(1)])
    }
    guard weight[1] > 0, channels.isMultiple(of: weight[1]) else {
      if allowsGaps {
        self.channels = weight[0]
        return (type, ["groups": .string("?")])
      }
      return fail(node, "it takes \(weight[1]) channels and \(last) before it makes \(channels)")
    }
    self.channels = weight[0]
    return (type, ["groups": .int(channels / weight[1])])
  }

  /// A transposed convolution makes its channels in groups, each of which has a part of the biases.
  private mutating func transposedConvolution(
    _ node: ModuleNode, _ weight: Shape, outputs: Int
  ) -> (type: String, arguments: OrderedDictionary<String, PlainValue>)? {
    guard weight[1] > 0, outputs.isMultiple(of: weight[1]),
      weight[0].isMultiple(of: max(outputs / weight[1], 1))
    else {
      return fail(node, "its bias has \(outputs) numbers, which no weight \(weight) goes with")
    }
    assume("output_padding 0", node.path)
    return chained(
      node, "ConvTranspose\(dimensions)d", inputs: weight[0], outputs: outputs,
      ["groups": .int(outputs / weight[1])])
  }

  private mutating func chained(
    _ node: ModuleNode, _ type: String, inputs: Int, outputs: Int,
    _ arguments: OrderedDictionary<String, PlainValue> = [:]
  ) -> (type: String, arguments: OrderedDictionary<String, PlainValue>)? {
    if let channels, channels != inputs, !allowsGaps {
      return fail(node, "it takes \(inputs) channels and \(last) before it makes \(channels)")
    }
    channels = outputs
    return (type, arguments)
  }

  private mutating func assume(_ assumption: String, _ path: String) {
    assumed[assumption, default: []].append(path)
  }

  private mutating func fail<Result>(_ node: ModuleNode, _ message: String) -> Result? {
    trouble = (node.path.isEmpty ? "the network" : node.path, message)
    return nil
  }
}
