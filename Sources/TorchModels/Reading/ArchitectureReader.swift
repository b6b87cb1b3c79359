import OrderedCollections
import PlainData

/// Reads the architecture format, version 1, and finds everything in it that is wrong.
///
/// Only the frame of the format is judged here: header, nodes, the kinds of values. Whether a class
/// and its arguments exist is known by its importer.
struct ArchitectureReader {
  private let source: String
  private let catalog: Catalog
  private var problems: [ArchitectureError.Problem] = []

  /// Reads an architecture.
  ///
  /// - Parameters:
  ///   - value: the whole of it.
  ///   - source: the file or entry, for messages.
  ///   - origin: what the architecture says of itself later.
  ///   - catalog: the classes.
  /// - Returns: the architecture.
  /// - Throws: ``ArchitectureError`` with everything that is wrong.
  static func read(
    _ value: PlainValue, source: String, origin: Architecture.Source,
    catalog: Catalog = .standard
  ) throws(ArchitectureError) -> Architecture {
    var reader = ArchitectureReader(source: source, catalog: catalog)
    guard case .object(let header) = value else {
      throw ArchitectureError(source: source, place: "$", .header(value))
    }
    try reader.checkVersion(header)
    // A draft is completed in one go, where all that is open is said at once.
    for part in ["input", "model"] {
      if let value = header[part] { reader.reportOpen(in: value, at: "$." + part) }
    }
    guard reader.problems.isEmpty else {
      throw ArchitectureError(source: source, problems: reader.problems)
    }
    let architecture = reader.architecture(header, origin: origin)
    guard let architecture, reader.problems.isEmpty else {
      throw ArchitectureError(source: source, problems: reader.problems)
    }
    return architecture
  }

  private init(source: String, catalog: Catalog) {
    (self.source, self.catalog) = (source, catalog)
  }

  /// A file of another format or version is not looked at any further.
  private func checkVersion(
    _ header: OrderedDictionary<String, PlainValue>
  ) throws(ArchitectureError) {
    guard header["format"] == .string("coverify-architecture") else {
      throw ArchitectureError(source: source, place: "$.format", .format(header["format"]))
    }
    let newest = Architecture.newestVersion
    guard case .int(let version)? = header["version"], (1...newest).contains(version) else {
      throw ArchitectureError(
        source: source, place: "$.version", .version(header["version"], newest: newest))
    }
  }

  /// What `coverify draft` left to be said.
  private mutating func reportOpen(in value: PlainValue, at place: String) {
    switch value {
    case .string("?"): problem(place, .open)
    case .list(let values):
      for (index, value) in values.enumerated() { reportOpen(in: value, at: "\(place)[\(index)]") }
    case .object(let members):
      for (name, value) in members { reportOpen(in: value, at: "\(place).\(name)") }
    case .null, .bool, .int, .double, .string: break
    }
  }

  private mutating func architecture(
    _ header: OrderedDictionary<String, PlainValue>, origin: Architecture.Source
  ) -> Architecture? {
    report(unknown: header, known: ["format", "version", "name", "input", "model", "weights"], "$")
    var name: String?
    if let value = header["name"] { name = string(value, at: "$.name") }
    var inputShape: [Int?]?
    var frames: Int?
    if let value = header["input"], let input = object(value, at: "$.input") {
      report(unknown: input, known: ["shape", "frames"], "$.input")
      if let value = input["shape"] { inputShape = shape(value) }
      if let value = input["frames"] { frames = positive(value, at: "$.input.frames") }
    }
    let weights = header["weights"].map { weightsOptions($0) } ?? WeightsOptions()
    guard let value = header["model"] else {
      problem("$", .missing(.model))
      return nil
    }
    guard let model = node(value, at: "$.model") else { return nil }
    return Architecture(
      name: name, inputShape: inputShape, frames: frames, weights: weights, model: model,
      source: origin)
  }

  private mutating func shape(_ value: PlainValue) -> [Int?]? {
    guard case .list(let axes) = value, (2...4).contains(axes.count), axes[1] == .string("T") else {
      problem("$.input.shape", .value(value, expected: .inputShape))
      return nil
    }
    var shape: [Int?] = []
    for (index, axis) in axes.enumerated() where index != 1 {
      guard case .int(let length) = axis, length > 0 else {
        problem("$.input.shape[\(index)]", .value(axis, expected: .positiveInteger))
        return nil
      }
      shape.append(length)
    }
    shape.insert(nil, at: 1)
    return shape
  }

  private mutating func weightsOptions(_ value: PlainValue) -> WeightsOptions {
    var options = WeightsOptions()
    guard let members = object(value, at: "$.weights") else { return options }
    report(unknown: members, known: ["root", "strip_prefix", "match", "rename"], "$.weights")
    if let root = members["root"] { options.root = string(root, at: "$.weights.root") }
    switch members["strip_prefix"] {
    case nil: break
    case .string(let prefix)?: options.stripPrefixes = [prefix]
    case let value?:
      options.stripPrefixes = list(value, at: "$.weights.strip_prefix").enumerated().compactMap {
        string($1, at: "$.weights.strip_prefix[\($0)]")
      }
    }
    if let value = members["match"], let text = string(value, at: "$.weights.match") {
      options.match = WeightsOptions.Match(rawValue: text)
      if options.match == nil {
        problem("$.weights.match", .value(value, expected: .match))
      }
    }
    if let value = members["rename"] {
      for (index, pair) in list(value, at: "$.weights.rename").enumerated() {
        let place = "$.weights.rename[\(index)]"
        guard case .list(let texts) = pair, texts.count == 2,
          case .string(let pattern) = texts[0], case .string(let replacement) = texts[1]
        else {
          problem(place, .value(pair, expected: .renaming))
          continue
        }
        do throws(PatternError) {
          _ = try NamePattern(pattern)
          options.rename.append(.init(pattern: pattern, replacement: replacement))
        } catch {
          problem(place, .pattern(pattern, error))
        }
      }
    }
    return options
  }

  /// One node, and all below it.
  ///
  /// The depth of nesting is bounded by the parser of the JSON, or of the pickle.
  ///
  /// - Parameters:
  ///   - value: an object.
  ///   - place: its JSON path.
  ///   - isWired: whether it stands in a graph, and has an id and inputs.
  /// - Returns: the node; nil where it cannot be read, which is reported.
  private mutating func node(
    _ value: PlainValue, at place: String, isWired: Bool = false
  ) -> ModuleDescription? {
    guard var members = object(value, at: place) else { return nil }
    let wiring = isWired ? wiring(takenFrom: &members, at: place) : nil
    guard let typeValue = members["type"] else {
      problem(place, .missing(.type))
      return nil
    }
    guard let type = string(typeValue, at: place + ".type") else { return nil }
    var description = ModuleDescription(type: type, place: place)
    description.wiring = wiring
    // Only the children of a graph are wired; they have a word of their own.
    let isGraph = catalog[type]?.structure == .graph
    let children = catalog[type]?.structure.key ?? "modules"
    for (key, value) in members {
      switch key {
      case "type": break
      case "name": description.name = string(value, at: place + ".name")
      case children:
        for (index, child) in list(value, at: "\(place).\(children)").enumerated() {
          if let child = node(child, at: "\(place).\(children)[\(index)]", isWired: isGraph) {
            description.modules.append(child)
          }
        }
      default: description.arguments[key] = value
      }
    }
    return description
  }

  /// The id and the inputs of a node of a graph.
  private mutating func wiring(
    takenFrom members: inout OrderedDictionary<String, PlainValue>, at place: String
  ) -> ModuleDescription.Wiring? {
    var id: String?
    if let value = members.removeValue(forKey: "id") {
      id = string(value, at: place + ".id")
    } else {
      problem(place, .missing(.id))
    }
    var inputs: [String] = []
    if let value = members.removeValue(forKey: "inputs") {
      for (index, input) in list(value, at: place + ".inputs").enumerated() {
        if let input = string(input, at: "\(place).inputs[\(index)]") { inputs.append(input) }
      }
    } else {
      problem(place, .missing(.inputs))
    }
    return id.map { ModuleDescription.Wiring(id: $0, inputs: inputs) }
  }
}

extension ArchitectureReader {
  private mutating func problem(_ place: String, _ finding: ArchitectureError.Finding) {
    problems.append(.init(place: place, finding))
  }

  private mutating func report(
    unknown members: OrderedDictionary<String, PlainValue>, known: [String], _ place: String
  ) {
    for key in members.keys where !known.contains(key) {
      problem("\(place).\(key)", .unknownKey(key, known: known))
    }
  }

  private mutating func object(
    _ value: PlainValue, at place: String
  ) -> OrderedDictionary<String, PlainValue>? {
    if case .object(let members) = value { return members }
    problem(place, .kind(value, expected: .object))
    return nil
  }

  private mutating func list(_ value: PlainValue, at place: String) -> [PlainValue] {
    if case .list(let values) = value { return values }
    problem(place, .kind(value, expected: .list))
    return []
  }

  private mutating func string(_ value: PlainValue, at place: String) -> String? {
    if case .string(let text) = value { return text }
    problem(place, .kind(value, expected: .string))
    return nil
  }

  private mutating func positive(_ value: PlainValue, at place: String) -> Int? {
    if case .int(let number) = value, number > 0 { return number }
    problem(place, .value(value, expected: .positiveInteger))
    return nil
  }
}
