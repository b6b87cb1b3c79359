import OrderedCollections
import PlainData
import Tensors

/// A call of one of torch's operators with everything it is given, to be calculated as it is.
struct TensorCall {
  /// The operator with its overload, as in `conv1d.default`.
  var target: String
  var arguments: OrderedDictionary<String, ExportedArgument>
  /// The names of what it makes.
  var outputs: [String?]
  /// The shapes of these in the example; nil where they are not known.
  var shapes: [[Int]?]

  /// The operator without its overload; whether it works in place is said apart.
  var name: String {
    let name = String(target.prefix { $0 != "." })
    return isInPlace ? String(name.dropLast()) : name
  }

  /// Whether the first argument is changed.
  var isInPlace: Bool {
    let name = target.prefix { $0 != "." }
    return name.hasSuffix("_") && !name.hasSuffix("__")
  }

  init(_ node: ExportedNode, _ graph: ExportedGraph) {
    target = node.target
    arguments = node.arguments.mapValues { $0.resolved(graph.sizes) }
    outputs = node.outputs
    shapes = node.outputs.map { $0.flatMap { graph.shapes[$0] } }
  }
}

extension ExportedArgument {
  /// With the lengths of the example in place of their names.
  fileprivate func resolved(_ sizes: [String: Int]) -> ExportedArgument {
    switch self {
    case .size(let name): sizes[name].map(ExportedArgument.int) ?? self
    case .ints(let entries):
      .ints(
        entries.map { entry in
          if case .name(let name) = entry, let size = sizes[name] { return .int(size) }
          return entry
        })
    default: self
    }
  }
}

// MARK: - As a part of an architecture

extension TensorCall {
  /// The call as an argument of a module.
  var plain: PlainValue {
    .object([
      "operator": .string(target),
      "arguments": .object(arguments.compactMapValues(\.plain)),
      "outputs": .list(outputs.map { $0.map(PlainValue.string) ?? .null }),
      "shapes": .list(
        shapes.map { shape in shape.map { .list($0.map(PlainValue.int)) } ?? .null }),
    ])
  }

  /// Reads a call; nil where it is none.
  init?(_ plain: PlainValue) {
    guard case .object(let members) = plain, case .string(let target)? = members["operator"],
      case .object(let arguments)? = members["arguments"],
      case .list(let outputs)? = members["outputs"], case .list(let shapes)? = members["shapes"],
      shapes.count == outputs.count
    else { return nil }
    self.target = target
    self.arguments = arguments.compactMapValues(ExportedArgument.init(plain:))
    guard self.arguments.count == arguments.count else { return nil }
    self.outputs = outputs.map { if case .string(let name) = $0 { name } else { nil } }
    self.shapes = shapes.map { $0.integers }
  }
}

extension ExportedArgument {
  /// As a part of an architecture; nil for what changes no number.
  fileprivate var plain: PlainValue? {
    func tagged(_ tag: String, _ value: PlainValue) -> PlainValue { .object([tag: value]) }
    return switch self {
    case .none, .ignored, .size: nil
    case .value(let name): tagged("value", .string(name))
    case .values(let names):
      tagged("values", .list(names.map { $0.map(PlainValue.string) ?? .null }))
    case .int(let number): .int(number)
    case .ints(let entries):
      .list(entries.map { if case .int(let number) = $0 { .int(number) } else { .null } })
    case .float(let number): tagged("float", PlainValue.number(number))
    case .complex(let real, let imaginary):
      tagged("complex", .list([real, imaginary].map { PlainValue.number($0) }))
    case .floats(let numbers): tagged("floats", .list(numbers.map { PlainValue.number($0) }))
    case .bool(let flag): .bool(flag)
    case .bools(let flags): tagged("flags", .list(flags.map { PlainValue.bool($0) }))
    case .string(let text): .string(text)
    case .scalarType(let type): tagged("type", .int(type))
    }
  }

  fileprivate init?(plain: PlainValue) {
    switch plain {
    case .int(let number): self = .int(number)
    case .bool(let flag): self = .bool(flag)
    case .string(let text): self = .string(text)
    case .list(let entries):
      var numbers: [Entry] = []
      for entry in entries {
        guard case .int(let number) = entry else { return nil }
        numbers.append(.int(number))
      }
      self = .ints(numbers)
    case .object(let members):
      guard let (tag, value) = members.elements.first else { return nil }
      switch (tag, value) {
      case ("value", .string(let name)): self = .value(name)
      case ("values", .list(let names)):
        self = .values(names.map { if case .string(let name) = $0 { name } else { nil } })
      case ("float", _):
        guard let number = value.wideNumber else { return nil }
        self = .float(number)
      case ("complex", .list(let parts)):
        let numbers = parts.compactMap(\.wideNumber)
        guard numbers.count == 2 else { return nil }
        self = .complex(real: numbers[0], imaginary: numbers[1])
      case ("floats", .list(let numbers)): self = .floats(numbers.compactMap(\.wideNumber))
      case ("flags", .list(let flags)): self = .bools(flags.map { $0 == .bool(true) })
      case ("type", .int(let type)): self = .scalarType(type)
      default: return nil
      }
    default: return nil
    }
  }
}

extension PlainValue {
  /// Integers of a list; nil for anything else.
  fileprivate var integers: [Int]? {
    guard case .list(let entries) = self else { return nil }
    var numbers: [Int] = []
    for case .int(let number) in entries { numbers.append(number) }
    return numbers.count == entries.count ? numbers : nil
  }

  /// A number; as a text where it is not finite, which JSON cannot say.
  fileprivate static func number(_ number: Double) -> PlainValue {
    number.isFinite ? .double(number) : .string("\(number)")
  }

  fileprivate var wideNumber: Double? {
    if case .string(let text) = self { Double(text) } else { double }
  }
}
