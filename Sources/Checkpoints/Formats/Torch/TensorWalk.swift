import Tensors

/// Finds every tensor that can be reached from a value, in the order of the file.
///
/// Shared lists, dicts and modules are seen at each of their places, as a reader of paths expects;
/// what objects of unknown classes hold otherwise, at the first.
struct TensorWalk {
  private let reader: TensorReader
  private let survey: GraphSurvey
  private var found: [StoredTensor] = []
  /// For values that are one tensor, which of those that were found it is.
  private var places: [Int: Int] = [:]
  private var expansion: Expansion
  private var pending: [Child] = []
  private var seen: Set<Int> = []
  /// How many values were put on the list of pending ones, and the bytes of their paths.
  private var pushed = 0
  private var pathBytes = 0

  private typealias Child = (value: PickledValue, path: String)

  /// What is found below a value.
  struct Result {
    var tensors: [StoredTensor] = []
    /// For values that are one tensor, which of the tensors it is.
    var places: [Int: Int] = [:]
  }

  /// The tensors below a value that was surveyed.
  ///
  /// - Parameters:
  ///   - root: the value.
  ///   - reader: understands those that are tensors.
  ///   - survey: of the value.
  ///   - expansion: what the storages of the file take.
  /// - Returns: the tensors in the order of the file.
  /// - Throws: ``CheckpointError`` for a tensor that contradicts itself, and if there are too many.
  static func tensors(
    of root: PickledValue, reader: TensorReader, survey: GraphSurvey, expansion: Expansion
  ) throws(CheckpointError) -> Result {
    var walk = TensorWalk(reader: reader, survey: survey, expansion: expansion)
    walk.pending = [(root, "")]
    try walk.run()
    return Result(tensors: walk.found, places: walk.places)
  }

  private init(reader: TensorReader, survey: GraphSurvey, expansion: Expansion) {
    self.reader = reader
    self.survey = survey
    self.expansion = expansion
  }

  private mutating func run() throws(CheckpointError) {
    let limit = reader.limits.tensors(fileSize: reader.fileSize)
    while let (value, path) = pending.popLast() {
      guard survey.leadsToTensor[value.index] else { continue }
      let tensors = try tensors(of: value, path: path, room: limit - found.count)
      guard let tensors else {
        pending += try children(of: value, at: path).reversed()
        continue
      }
      guard found.count + tensors.count <= limit else {
        throw value.trouble(StorageFinding.tensors(limit: limit))
      }
      for tensor in tensors { try expansion.add(tensor) }
      found += tensors
    }
  }

  /// The tensors that a value is; nil for a value that merely holds some.
  private mutating func tensors(
    of value: PickledValue, path: String, room: Int
  ) throws(CheckpointError) -> [StoredTensor]? {
    if let place = places[value.index] { return [found[place].at(path)] }
    if let parts = try reader.parts(of: value, path: path, room: room) { return parts }
    guard let tensor = try reader.tensor(value, path: path) else { return nil }
    places[value.index] = found.count
    return [tensor]
  }

  /// Takes note of a value that is about to be pending.
  ///
  /// Both limits are checked before the path is made: below shared values, paths are long and many.
  private mutating func count(
    _ name: String, below path: String, _ value: PickledValue
  ) throws(CheckpointError) {
    let limits = reader.limits
    pushed += 1
    pathBytes += path.utf8.count + 1 + name.utf8.count
    let count = survey.leadsToTensor.count
    guard pushed <= limits.walkedValues, pushed - count <= limits.repeatedValues else {
      throw value.trouble(StorageFinding.repeatedValues(pushed, values: count))
    }
    guard pathBytes <= limits.pathBytes else {
      throw value.trouble(StorageFinding.paths(limit: limits.pathBytes))
    }
  }

  private mutating func children(
    of value: PickledValue, at path: String
  ) throws(CheckpointError) -> [Child] {
    var children: [Child] = []
    func add(
      _ child: PickledValue, _ name: @autoclosure () -> String, _ walk: inout TensorWalk
    ) throws(CheckpointError) {
      guard walk.survey.leadsToTensor[child.index] else { return }
      let name = name()
      try walk.count(name, below: path, child)
      children.append((child, path.adding(name)))
    }
    for (key, item) in value.items ?? [] { try add(item, TensorWalk.name(key), &self) }
    for (index, element) in (value.elements ?? []).enumerated() {
      try add(element, "\(index)", &self)
    }
    guard case .object(let place) = value.node else { return children }
    let role = survey.role(of: value.graph.objects[Int(place)])
    let isFirst = seen.insert(value.index).inserted
    for (name, attribute) in value.attributes {
      guard survey.leadsToTensor[attribute.index] else { continue }
      if GraphSurvey.moduleParts.contains(name) {
        // A module's tensors are known by their names alone, as in a state_dict.
        try count("", below: path, attribute)
        children.append((attribute, path))
      } else if isFirst || role == .data {
        try add(attribute, name, &self)
      }
    }
    guard role == .opaque, isFirst else { return children }
    for (index, argument) in value.arguments.enumerated() {
      try add(argument, "arguments.\(index)", &self)
    }
    for (key, argument) in value.keywords { try add(argument, TensorWalk.name(key), &self) }
    for (index, state) in value.states.enumerated() where state.items == nil {
      if value.attributes.isEmpty { try add(state, "states.\(index)", &self) }
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
