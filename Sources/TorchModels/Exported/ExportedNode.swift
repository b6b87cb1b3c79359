import OrderedCollections
import PlainData

/// One call in an exported program.
struct ExportedNode {
  /// The operator, as in `conv1d.default`; those of other libraries with their namespace.
  let target: String
  /// The operator without its overload, as in `conv1d`.
  let name: String
  /// The arguments that differ from the defaults of the operator, by name.
  var arguments: OrderedDictionary<String, ExportedArgument>
  /// The names of what it makes; nil for a result that nothing uses.
  let outputs: [String?]
  /// Where it is in the user's network.
  let place: ExportedPlace

  /// The name of the first value that it makes, or of the operator.
  var valueName: String { outputs.first.flatMap(\.self) ?? name }

  /// The number of axes that a window moves along, as the name says: 2 for `conv2d`.
  var windowRank: Int {
    name.last == "d" ? name.dropLast().last?.wholeNumberValue ?? 1 : 1
  }

  /// Reads a call; nil where it is none.
  ///
  /// - Parameters:
  ///   - node: the call.
  ///   - traces: those of the calls before.
  init?(_ node: ExportedJSON, _ traces: inout ExportedTraces) {
    guard let target = node["target"].string, let inputs = node["inputs"].list,
      let outputs = node["outputs"].list
    else { return nil }
    let prefix = "torch.ops.aten."
    self.target = target.hasPrefix(prefix) ? String(target.dropFirst(prefix.count)) : target
    name = String(self.target.prefix { $0 != "." })
    var arguments: OrderedDictionary<String, ExportedArgument> = [:]
    for (index, input) in inputs.map({ ExportedJSON($0) }).enumerated() {
      let name = input["name"].string ?? ""
      arguments[name.isEmpty ? "\(index)" : name] = ExportedArgument(input["arg"])
    }
    self.arguments = arguments
    self.outputs = outputs.flatMap { output -> [String?] in
      let output = ExportedJSON(output)
      if let several = output["as_tensors"].list {
        return several.map { ExportedJSON($0)["name"].string }
      }
      return [output["as_tensor"]["name"].string ?? output["as_sym_int"]["as_name"].string]
    }
    place = ExportedPlace(node["metadata"], &traces)
  }

  /// Argument names in the order in which the operator takes them, for messages.
  subscript(name: String) -> ExportedArgument { arguments[name] ?? .none }
}

/// What a call is given.
enum ExportedArgument: Hashable {
  case none
  case value(String)
  case values([String?])
  case size(String)
  case int(Int)
  /// Sizes can be names of values.
  case ints([Entry])
  case float(Double)
  case complex(real: Double, imaginary: Double)
  case floats([Double])
  case bool(Bool)
  case bools([Bool])
  case string(String)
  /// An element type, by torch's number.
  case scalarType(Int)
  /// What changes no number: a device, a memory format, a layout.
  case ignored(String)

  /// A number, or the name of a size.
  enum Entry: Hashable {
    case int(Int)
    case name(String)
  }

  init(_ argument: ExportedJSON) {
    guard let (kind, value) = argument.members.elements.first else {
      self = .none
      return
    }
    let content = ExportedJSON(value)
    switch kind {
    case "as_tensor": self = content["name"].string.map(ExportedArgument.value) ?? .none
    case "as_tensors": self = .values((content.list ?? []).map { ExportedJSON($0)["name"].string })
    case "as_optional_tensors":
      self = .values((content.list ?? []).map { ExportedJSON($0)["as_tensor"]["name"].string })
    case "as_optional_tensor":
      self = content["as_tensor"]["name"].string.map(ExportedArgument.value) ?? .none
    case "as_int": self = content.int.map(ExportedArgument.int) ?? .none
    case "as_ints":
      self = .ints((content.list ?? []).compactMap { ExportedJSON($0).int.map(Entry.int) })
    case "as_sym_int":
      self =
        content["as_int"].int.map(ExportedArgument.int)
        ?? content["as_name"].string.map(ExportedArgument.size) ?? .none
    case "as_sym_ints":
      self = .ints(
        (content.list ?? []).compactMap { item in
          let item = ExportedJSON(item)
          return item["as_int"].int.map(Entry.int) ?? item["as_name"].string.map(Entry.name)
        })
    case "as_float", "as_sym_float":
      self = ExportedArgument.number(value).map(ExportedArgument.float) ?? .none
    case "as_complex":
      guard let real = content["real"].value.flatMap(ExportedArgument.number),
        let imaginary = content["imag"].value.flatMap(ExportedArgument.number)
      else {
        self = .none
        return
      }
      self = .complex(real: real, imaginary: imaginary)
    case "as_floats": self = .floats((content.list ?? []).compactMap(ExportedArgument.number))
    case "as_bool", "as_sym_bool":
      if case .bool(let flag) = value { self = .bool(flag) } else { self = .none }
    case "as_bools":
      self = .bools((content.list ?? []).map { $0 == .bool(true) })
    case "as_string": self = content.string.map(ExportedArgument.string) ?? .none
    case "as_scalar_type": self = content.int.map(ExportedArgument.scalarType) ?? .none
    case "as_none": self = .none
    default: self = .ignored(kind)
    }
  }

  /// A number; torch writes infinities as texts.
  private static func number(_ value: PlainValue) -> Double? {
    if case .string(let text) = value { PlainValue.infinity(text) } else { value.double }
  }
}
