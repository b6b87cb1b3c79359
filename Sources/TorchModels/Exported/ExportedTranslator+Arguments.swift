import OrderedCollections

// What a call is given, by the names of torch's operators.
extension ExportedTranslator {
  /// A tensor; nil where it is left out.
  func value(_ node: ExportedNode, _ name: String) -> ExportedValue? {
    guard case .value(let key) = node[name] else { return nil }
    return values[key] ?? .unusable(.unmade(key))
  }

  /// A value with time.
  func signal(
    _ node: ExportedNode, _ name: String = "self"
  ) throws(ExportedProblem) -> ExportedSignal {
    switch value(node, name) {
    case .signal(let signal)?: return signal
    case .unusable(let reason)?: throw .unusable(as: nil, reason)
    case .scores?: throw .operand(.scores)
    case .unsplit?: throw .moreThanFiveAxes
    case .states?: throw .unusable(as: nil, .lastState)
    case nil: throw .missing(name)
    default: throw .notOfTheClip(name)
    }
  }

  /// The first argument, whatever it is called.
  func input(_ node: ExportedNode) throws(ExportedProblem) -> ExportedSignal {
    try signal(node, node.arguments.keys.first ?? "self")
  }

  func int(_ node: ExportedNode, _ name: String, or standard: Int) throws(ExportedProblem) -> Int {
    switch node[name] {
    case .none: return standard
    case .int(let number): return ExportedTranslator.clamped(number)
    case .size(let key):
      if let size = graph.sizes[key] { return ExportedTranslator.clamped(size) }
      throw .computed(name)
    default: throw .kind(name, expected: .integer)
    }
  }

  func double(_ node: ExportedNode, _ name: String, or standard: Double) -> Double {
    switch node[name] {
    case .int(let number): Double(number)
    case .float(let number): number
    default: standard
    }
  }

  func bool(_ node: ExportedNode, _ name: String, or standard: Bool) -> Bool {
    if case .bool(let flag) = node[name] { flag } else { standard }
  }

  /// Integers, one for each axis; one stands for all.
  func ints(
    _ node: ExportedNode, _ name: String, or standard: [Int]
  ) throws(ExportedProblem) -> [Int] {
    switch node[name] {
    case .none: return standard
    case .int(let number):
      return [Int](
        repeating: ExportedTranslator.clamped(number), count: max(standard.count, 1))
    case .ints(let entries):
      var numbers: [Int] = []
      for entry in entries {
        switch entry {
        case .int(let number): numbers.append(ExportedTranslator.clamped(number))
        case .name(let key):
          guard let size = graph.sizes[key] else {
            throw .computed(name)
          }
          numbers.append(ExportedTranslator.clamped(size))
        }
      }
      if standard.isEmpty || numbers.count == standard.count { return numbers }
      // A stride that is left out can be a list of none.
      if numbers.isEmpty, entries.isEmpty { return standard }
      guard numbers.count == 1 else {
        throw .count(name, found: numbers, expected: standard.count)
      }
      return [Int](repeating: numbers[0], count: standard.count)
    default: throw .kind(name, expected: .integers)
    }
  }

  /// An axis, counted from the front.
  func dim(
    _ node: ExportedNode, _ name: String = "dim", or standard: Int? = nil, rank: Int
  ) throws(ExportedProblem) -> Int {
    let given = try int(node, name, or: standard ?? .min)
    guard given != .min else { throw .missing(name) }
    let dim = given < 0 ? given + rank : given
    guard (0..<rank).contains(dim) else {
      throw .axis(name, found: given, rank: rank)
    }
    return dim
  }

  /// The shape of what a call makes, in the example.
  func shape(of node: ExportedNode) -> [Int] {
    node.outputs.first.flatMap(\.self).flatMap { graph.shapes[$0] } ?? []
  }

  /// A number that is an axis, or part of one: none is longer, and sums of a few of them still are numbers.
  private static func clamped(_ number: Int) -> Int { min(max(number, -1 << 40), 1 << 40) }

  /// A place on an axis of so many as Python counts it, from the front, and not beyond the ends.
  static func place(_ number: Int, within length: Int) -> Int {
    min(max(number < 0 ? number + length : number, 0), length)
  }
}
