import Tensors

/// Finds every tensor that can be reached from a value, in the order of the file.
///
/// Shared lists, dicts and modules are seen at each of their places, as a reader of paths expects;
/// what objects of unknown classes hold otherwise, at the first.
struct TensorWalk {
  private let reader: TensorReader
  private let survey: GraphSurvey
  private var found: [StoredTensor] = []
  private var pending: [(value: PickledValue, path: String)] = []
  private var seen: Set<Int> = []

  /// The tensors below a value that was surveyed.
  static func tensors(
    of root: PickledValue, reader: TensorReader, survey: GraphSurvey
  ) throws(CheckpointError) -> [StoredTensor] {
    var walk = TensorWalk(reader: reader, survey: survey)
    walk.pending = [(root, "")]
    try walk.run()
    return walk.found
  }

  private init(reader: TensorReader, survey: GraphSurvey) {
    self.reader = reader
    self.survey = survey
  }

  private mutating func run() throws(CheckpointError) {
    let count = survey.mayHoldTensors.count
    let limits = reader.limits
    var steps = 0
    var pathBytes = 0
    while let (value, path) = pending.popLast() {
      steps += 1
      // Deep below shared values, paths are long and many.
      pathBytes += path.utf8.count
      guard steps <= limits.walkedValues, steps - count <= limits.repeatedValues else {
        throw value.trouble(
          "is value number \(steps) that holds tensors, but the pickle has only \(count) values: "
            + "shared ones are repeated too often; save each tensor once, or raise the limits "
            + "repeated-values and walked-values", .limit)
      }
      guard pathBytes <= limits.pathBytes else {
        throw value.trouble(
          "the paths of all values take more than \(limits.pathBytes) bytes", .limit)
      }
      let room = limits.tensors - found.count
      var tensors = try reader.parts(of: value, path: path, room: room)
      if tensors == nil, let tensor = try reader.tensor(value, path: path) { tensors = [tensor] }
      if let tensors {
        guard tensors.count <= room else {
          throw value.trouble("is tensor number \(found.count + 1), which is too many", .limit)
        }
        found += tensors
        continue
      }
      pending += children(of: value, at: path).reversed()
    }
  }

  private mutating func children(
    of value: PickledValue, at path: String
  ) -> [(value: PickledValue, path: String)] {
    var children: [(value: PickledValue, path: String)] = []
    func add(_ child: PickledValue, _ name: @autoclosure () -> String) {
      guard survey.mayHoldTensors[child.index] else { return }
      children.append((child, path.adding(name())))
    }
    for (key, item) in value.items ?? [] { add(item, TensorWalk.name(key)) }
    for (index, element) in (value.elements ?? []).enumerated() { add(element, "\(index)") }
    guard case .object(let place) = value.node else { return children }
    let role = GraphSurvey.role(of: value.graph.objects[Int(place)], in: value.graph)
    let isFirst = seen.insert(value.index).inserted
    for (name, attribute) in value.attributes {
      guard survey.mayHoldTensors[attribute.index] else { continue }
      if GraphSurvey.moduleParts.contains(name) {
        // A module's tensors are known by their names alone, as in a state_dict.
        children.append((attribute, path))
      } else if isFirst || role == .data {
        add(attribute, name)
      }
    }
    guard role == .opaque, isFirst else { return children }
    for (index, argument) in value.arguments.enumerated() {
      add(argument, "arguments.\(index)")
    }
    for (key, argument) in value.keywords { add(argument, TensorWalk.name(key)) }
    for (index, state) in value.states.enumerated() where state.items == nil {
      if value.attributes.isEmpty { add(state, "states.\(index)") }
    }
    return children
  }

  /// A key as a part of a path: the text, or the number as Python prints it.
  ///
  /// An object of a class of texts or numbers, as a member of an enumeration, goes by that text.
  private static func name(_ key: PickledValue) -> String {
    if let text = key.string ?? key.numpyText { return text }
    if let number = key.int { return "\(number)" }
    if case .tuple = key.node, let elements = key.plainElements {
      let names = elements.map {
        $0.kind == .string ? "'\(name($0))'" : $0.int.map(String.init) ?? $0.summary
      }
      return "(" + names.joined(separator: ", ") + (names.count == 1 ? ",)" : ")")
    }
    guard key.kind == .object, let content = key.arguments.last,
      key.arguments.count == 1 || key.callee?.global?.name == "_reconstructor"
    else { return key.summary }
    return content.string ?? content.int.map { "\($0)" } ?? key.summary
  }
}
