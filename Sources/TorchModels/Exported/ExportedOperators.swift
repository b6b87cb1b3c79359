import OrderedCollections
import PlainData
import Tensors

/// torch's operators, and what each makes of a network.
enum ExportedOperators {
  /// Says a call as modules, and gives what it makes.
  typealias Operation =
    @Sendable (inout ExportedTranslator, ExportedNode) throws(ExportedProblem) -> ExportedValue

  /// By name, without the overload; forms that work in place mean the same.
  static let all: [String: Operation] = {
    var all: [String: Operation] = [:]
    let tables = [
      unary, passing, arithmetic, layers, pools, sums, moving, parts, joining, products, attention,
      recurrent, constants, orders, places, spectra, inverseSpectra,
      complexNumbers, unfolding,
    ]
    for table in tables {
      all.merge(table) { first, _ in first }
    }
    for (name, operation) in all where !name.hasSuffix("_") { all[name + "_"] = operation }
    return all
  }()

  private static let unary: [String: Operation] = {
    var table: [String: Operation] = [:]
    for name in TorchFunctions.elementaryNames { table[name] = elementary }
    for name in Catalog.standard.functions where isElementwise(name) { table[name] = function }
    for name in otherNames.keys { table[name] = function }
    table.merge(["pow": power, "prelu": prelu]) { $1 }
    return table
  }()

  /// Operators that have another name than the function of PyTorch.
  private static let otherNames = [
    "log_sigmoid": "logsigmoid", "clamp_min": "clamp", "clamp_max": "clamp",
  ]

  /// Whether a function is one of each element by itself.
  static func isElementwise(_ function: String) -> Bool {
    if TorchFunctions.elementaryNames.contains(function) || otherNames[function] != nil {
      return true
    }
    let type = Catalog.standard.meaning(ofFunction: function)?.type
    return type.flatMap { Catalog.standard[$0] }?.effect == .elementwise
  }

  /// A function of each element that has a class, as the definition of that says.
  private static let function: Operation = { translator, node throws(ExportedProblem) in
    let name = node.name.without(suffix: "_") ?? node.name
    let catalog = Catalog.standard
    guard let meaning = catalog.meaning(ofFunction: otherNames[name] ?? name),
      let definition = catalog[meaning.type]
    else { throw .unknownFunction }
    let known = Set(definition.arguments.map(\.name))
    var arguments = OrderedDictionary(
      uniqueKeysWithValues: meaning.defaults.sorted { $0.key < $1.key }.map { ($0, $1) })
    for (key, value) in node.arguments.elements.dropFirst() {
      let argument = meaning.renames[key] ?? key
      if known.contains(argument) {
        arguments[argument] = value.plainValue
      } else if !value.isNeutral {
        throw .unknownArgument(key)
      }
    }
    return try translator.same(meaning.type, node, try translator.input(node), arguments)
  }

  private static let elementary: Operation = { translator, node throws(ExportedProblem) in
    try translator.same(
      "Lambda", node, try translator.input(node), ["function": .string(node.name)])
  }

  private static let prelu: Operation = { translator, node throws(ExportedProblem) in
    let input = try translator.signal(node)
    let path = try translator.weights([("weight", translator.value(node, "weight"))], of: node)
    return try translator.same(
      "PReLU", node, try translator.withChannels(input, node), name: path)
  }

  private static let power: Operation = { translator, node throws(ExportedProblem) in
    let input = try translator.signal(node)
    let exponent = translator.double(node, "exponent", or: .nan)
    switch exponent {
    case 1: return .signal(input)
    case 2: return try translator.same("Lambda", node, input, ["function": .string("square")])
    case 0.5: return .signal(try translator.lambda("sqrt", input, node))
    case -0.5: return .signal(try translator.lambda("rsqrt", input, node))
    case -1: return .signal(try translator.lambda("reciprocal", input, node))
    case 3, 4:
      let square = try translator.lambda("square", input, node)
      if exponent == 4 { return .signal(try translator.lambda("square", square, node)) }
      return try translator.joined([input, square], "Multiply", node)
    case let other where other.isFinite && other.rounded() != other:
      // Of numbers below zero there is no such power, and no logarithm either.
      let logarithm = try translator.lambda("log", input, node)
      return .signal(
        try translator.lambda("exp", try translator.scaled(logarithm, by: other, node), node))
    default:
      throw .exponent(exponent)
    }
  }

  /// What leaves the numbers as they are.
  private static let passing: [String: Operation] = {
    var table: [String: Operation] = [:]
    let names = [
      "contiguous", "clone", "detach", "detach_", "alias", "lift_fresh_copy", "positive",
    ]
    for name in names + ["_to_copy", "to", "type_as", "requires_grad_"] {
      table[name] = pass
    }
    for name in ["dropout", "feature_dropout", "alpha_dropout", "feature_alpha_dropout"] {
      table[name] = dropout
    }
    return table
  }()

  private static let pass: Operation = { translator, node throws(ExportedProblem) in
    if case .scalarType(let type) = node["dtype"], !(6...8).contains(type), type != 13 {
      throw .wholeNumbers
    }
    guard let first = node.arguments.keys.first, let value = translator.value(node, first) else {
      throw .missing("input")
    }
    return value
  }

  private static let dropout: Operation = { translator, node throws(ExportedProblem) in
    guard !translator.bool(node, "train", or: false) else {
      throw .training(.dropout)
    }
    if case .scores(let scores)? = translator.value(node, node.arguments.keys.first ?? "input") {
      return .scores(scores)
    }
    return .signal(try translator.input(node))
  }
}

extension ExportedArgument {
  /// The same for a class; nil where it is left out.
  var plainValue: PlainValue? {
    switch self {
    case .int(let number): .int(number)
    case .float(let number): .double(number)
    case .bool(let flag): .bool(flag)
    case .string(let text): .string(text)
    default: nil
    }
  }

  /// Whether it leaves things as they are: the scales of an ELU, which only SELU has other than one,
  /// and that this is not a training.
  fileprivate var isNeutral: Bool { [.int(1), .float(1), .bool(false), .none].contains(self) }
}
