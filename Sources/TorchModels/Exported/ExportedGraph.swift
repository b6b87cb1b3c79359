import Checkpoints
import OrderedCollections
import PlainData
import Tensors

/// The graph of an exported program, as torch's serializer writes it.
///
/// Of the JSON only what a network consists of is kept: what goes in, the calls in their order, what
/// comes out, and the shape of every value in the example.
struct ExportedGraph {
  /// What a name stands for when the program starts.
  enum Source: Hashable {
    /// A tensor of the file, by its name there.
    case tensor(String)
    /// A clip, or another input, by its number.
    case input(Int)
    /// A number that the example was exported with.
    case constant
  }

  /// What goes in, by the names that the graph has for it.
  private(set) var sources: OrderedDictionary<String, Source> = [:]

  /// The calls, in the order in which they run.
  private(set) var nodes: [ExportedNode] = []

  /// The names of what comes out.
  private(set) var outputs: [String] = []

  /// The shapes of the values in the example, by name.
  private(set) var shapes: [String: [Int]] = [:]

  /// The axes of values whose lengths are not those of the example alone, by name.
  private(set) var dynamicDims: [String: [Int]] = [:]

  /// The values that are flags, true or false.
  private(set) var flags: Set<String> = []

  /// The values of sizes in the example, by name.
  private(set) var sizes: [String: Int] = [:]

  /// The most numbers of a value; of larger ones, and of empty ones, no shape is kept.
  private static let sizeLimit = 1 << 40

  /// Reads a graph.
  ///
  /// - Parameters:
  ///   - program: of the file.
  ///   - source: the file, for messages.
  /// - Throws: ``ArchitectureError`` where it is not a graph that torch wrote.
  init(_ program: ExportedProgram, source: String) throws(ArchitectureError) {
    let document = ExportedJSON(program.document)
    let module = document["graph_module"]
    let graph = module["graph"]
    guard let nodes = graph["nodes"].list, let specs = module["signature"]["input_specs"].list,
      let results = module["signature"]["output_specs"].list
    else {
      throw ArchitectureError(source: source, place: "models/model.json", .program(.noGraph))
    }
    for (name, value) in graph["tensor_values"].members {
      let axes = (ExportedJSON(value)["sizes"].list ?? []).map { ExportedJSON($0) }
      let shape = axes.map { $0.size ?? 0 }
      let dynamic = axes.indices.filter { axes[$0]["as_expr"].isPresent }
      if !dynamic.isEmpty { dynamicDims[name] = dynamic }
      if ExportedJSON(value)["dtype"].int == 12 { flags.insert(name) }
      guard shape.allSatisfy({ $0 > 0 }),
        shape.reduce(1, { $0.times($1) }) <= ExportedGraph.sizeLimit
      else { continue }
      shapes[name] = shape
    }
    for (name, value) in graph["sym_int_values"].members { sizes[name] = ExportedJSON(value).size }
    var problems: [ArchitectureError.Problem] = []
    for spec in specs.map({ ExportedJSON($0) }) { add(input: spec, &problems) }
    for spec in results.map({ ExportedJSON($0) }) { add(output: spec, &problems) }
    var traces = ExportedTraces()
    for (index, node) in nodes.enumerated() {
      guard let node = ExportedNode(ExportedJSON(node), &traces) else {
        problems.append(
          .init(place: "models/model.json: nodes[\(index)]", .program(.notACall)))
        continue
      }
      self.nodes.append(node)
    }
    guard problems.isEmpty else { throw ArchitectureError(source: source, problems: problems) }
  }

  /// The inputs that are not tensors of the file, in order.
  var userInputs: [String] {
    sources.compactMap { if case .input = $0.value { $0.key } else { nil } }
  }

  /// Under which name an input of the example is found among the tensors of the file.
  static func key(ofInput number: Int) -> String { "(input \(number + 1))" }

  private mutating func add(input spec: ExportedJSON, _ problems: inout [ArchitectureError.Problem])
  {
    let kinds = [
      ("parameter", "parameter_name"), ("buffer", "buffer_name"),
      ("tensor_constant", "tensor_constant_name"),
    ]
    for (kind, key) in kinds where spec[kind].isPresent {
      guard let name = spec[kind]["arg"]["name"].string, let tensor = spec[kind][key].string else {
        continue
      }
      sources[name] = .tensor(tensor)
      return
    }
    if spec["user_input"].isPresent {
      let argument = spec["user_input"]["arg"]
      if let name = argument["as_tensor"]["name"].string {
        sources[name] = .input(userInputs.count)
      } else if let name = argument["as_sym_int"]["as_name"].string {
        sources[name] = .constant
      }
      return
    }
    if let name = spec["constant_input"]["name"].string {
      sources[name] = .constant
      return
    }
    problems.append(
      .init(place: "models/model.json: input_specs", .program(.inputKind(Array(spec.keys)))))
  }

  private mutating func add(
    output spec: ExportedJSON, _ problems: inout [ArchitectureError.Problem]
  ) {
    if spec["user_output"].isPresent {
      if let name = spec["user_output"]["arg"]["as_tensor"]["name"].string { outputs.append(name) }
      return
    }
    let kind = spec.keys.first ?? "nothing"
    guard kind == "buffer_mutation" || kind == "user_input_mutation" else { return }
    let buffer =
      spec[kind]["buffer_name"].string ?? spec[kind]["user_input_name"].string ?? "a tensor"
    problems.append(.init(place: buffer, .program(.changesState)))
  }
}

// MARK: - Outputs

extension ExportedGraph {
  /// Whether a value is what a recurrent layer remembers at the end of a clip.
  func isLastState(_ name: String) -> Bool {
    nodes.contains { node in
      ExportedOperators.recurrent[node.name] != nil && node.outputs.dropFirst().contains(name)
    }
  }
}

// MARK: - Loops

extension ExportedGraph {
  /// The axis of the clip whose places are taken one by one, all of them, as a loop over frames takes them; nil
  /// where there is none.
  var loopedDim: Int? {
    guard let input = userInputs.first, let shape = shapes[input] else { return nil }
    var places: [Int: Set<Int>] = [:]
    for node in nodes where node["self"] == .value(input) {
      var dim = if case .int(let dim) = node["dim"] { dim } else { 0 }
      if dim < 0 { dim += shape.count }
      if node.name == "select", case .int(let index) = node["index"] {
        places[dim, default: []].insert(index)
      } else if node.name == "unbind" {
        places[dim, default: []].formUnion(node.outputs.indices)
      }
    }
    return places.first { dim, found in
      shape.indices.contains(dim) && shape[dim] > 1 && found.count == shape[dim]
    }?.key
  }
}

// MARK: - What is needed

extension ExportedGraph {
  /// The calls on which the first output depends, or the first few: those that make what it is made of, and those
  /// that change that in place before it is read.
  func neededNodes(forOutputs count: Int = 1) -> Set<Int> {
    var makers: [String: Int] = [:]
    for (index, node) in nodes.enumerated() {
      for name in node.outputs { if let name { makers[name] = index } }
    }
    let memory = ExportedMemory(self, needed: Set(nodes.indices))
    func sources(of name: String, before index: Int) -> [Int] {
      (makers[name].map { [$0] } ?? []) + memory.changes(of: name, before: index)
    }
    var waiting = outputs.prefix(count).flatMap { sources(of: $0, before: .max) }
    var needed = Set(waiting)
    while let index = waiting.popLast() {
      for argument in nodes[index].arguments.values {
        for name in argument.names {
          for maker in sources(of: name, before: index) where needed.insert(maker).inserted {
            waiting.append(maker)
          }
        }
      }
    }
    return needed
  }
}
