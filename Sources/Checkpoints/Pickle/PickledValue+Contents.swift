package import Tensors

// MARK: - What a value holds

extension PickledValue {
  /// The elements of a tuple, a list, a set or a `torch.Size`.
  public var elements: [PickledValue]? {
    switch node {
    case .tuple(let start, let count): return values(graph.tuple(start, count))
    case .list(let place), .set(let place): return values(graph.lists[Int(place)])
    case .object(let place):
      if Globals.isSequence(calleeName) {
        guard let content = arguments.first else { return [] }
        return content.plainElements
      }
      let appended = graph.objects[Int(place)].appended
      return appended.isEmpty ? nil : values(appended)
    default: return nil
    }
  }

  /// The elements of a tuple, list or set, and of nothing that stands for one.
  var plainElements: [PickledValue]? {
    switch node {
    case .tuple(let start, let count): values(graph.tuple(start, count))
    case .list(let place), .set(let place): values(graph.lists[Int(place)])
    default: nil
    }
  }

  /// The keys and values of a dict, or of an object that is one, in their order.
  public var items: [(key: PickledValue, value: PickledValue)]? {
    switch node {
    case .dict(let place): return pairs(graph.lists[Int(place)])
    case .object(let place):
      let own = pairs(graph.objects[Int(place)].items)
      guard Globals.isDictionary(calleeName) else { return own.isEmpty ? nil : own }
      // Python 2 gives an OrderedDict its content as a list of pairs, a Counter as a dict.
      guard let first = arguments.first else { return own }
      if case .dict(let place) = first.node { return pairs(graph.lists[Int(place)]) + own }
      let given = (first.plainElements ?? []).compactMap {
        pair -> (key: PickledValue, value: PickledValue)? in
        guard let both = pair.plainElements, both.count == 2 else { return nil }
        return (both[0], both[1])
      }
      return given + own
    default: return nil
    }
  }

  /// Whether there are ``items``, of which none is looked at.
  private var hasItems: Bool {
    switch node {
    case .dict: true
    case .object(let place):
      !graph.objects[Int(place)].items.isEmpty || Globals.isDictionary(calleeName)
    default: false
    }
  }

  /// The value of a key that is a text.
  public subscript(key: String) -> PickledValue? { values(of: [key])[0] }

  /// The values of keys that are texts.
  ///
  /// Looks at each item once, and makes nothing of those that are others: dicts have millions of items.
  package func values(of keys: [String]) -> [PickledValue?] {
    switch node {
    case .dict(let place): return last(keys, in: graph.lists[Int(place)])
    case .object(let place):
      let own = last(keys, in: graph.objects[Int(place)].items)
      guard own.contains(where: { $0 == nil }), Globals.isDictionary(calleeName),
        let first = arguments.first
      else { return own }
      let given =
        if case .dict(let place) = first.node {
          last(keys, in: graph.lists[Int(place)])
        } else {
          keys.map { key in items?.last { $0.key.string == key }?.value }
        }
      return zip(own, given).map { $0 ?? $1 }
    default: return keys.map { _ in nil }
    }
  }

  /// The last value of each key, among keys and values that are stored in turn.
  private func last(_ keys: [String], in items: [ObjectGraph.Index]) -> [PickledValue?] {
    var found = [PickledValue?](repeating: nil, count: keys.count)
    var missing = keys.count
    // The lengths first: most keys are told by them, and no text has to be made or walked.
    let lengths = keys.map(\.utf8.count)
    let usual = lengths.reduce(into: UInt64(0)) { $0 |= 1 << min($1, 63) }
    for place in stride(from: items.count / 2 * 2 - 2, through: 0, by: -2) where missing > 0 {
      let node = graph[items[place]]
      let length: Int
      switch node {
      case .text(let text): length = graph.texts[Int(text)].utf8.count
      case .bytes(let bytes): length = graph.blobs[Int(bytes)].count
      default: continue
      }
      guard usual & (1 << min(length, 63)) != 0 else { continue }
      for (index, key) in keys.enumerated() where lengths[index] == length && found[index] == nil {
        let isFound =
          switch node {
          case .text(let text): graph.texts[Int(text)] == key
          case .bytes(let bytes): graph.blobs[Int(bytes)].elementsEqual(key.utf8)
          default: false
          }
        guard isFound else { continue }
        found[index] = value(items[place + 1])
        missing -= 1
      }
    }
    return found
  }

  /// For an object: the module and name of the class or function it comes from.
  package var calleeName: (module: String, name: String)? {
    guard case .object(let place) = node else { return nil }
    let object = graph.objects[Int(place)]
    guard let name = graph.global(object.callee) else {
      if let name = value(object.callee).loadedType { return name }
      // A legacy file refers to the class of a module as it refers to a storage.
      guard case .persistent(let id) = graph[object.callee],
        case .tuple(let start, let count) = graph[id], count == 4
      else { return nil }
      return graph.global(graph.tuple(start, count)[Int(start) + 1])
    }
    // copy_reg._reconstructor(cls, base, state) makes an object of its first argument.
    if name.name == "_reconstructor", name.module == "copy_reg" || name.module == "copyreg",
      let first = arguments.first
    {
      return first.global
    }
    return name
  }

  /// dill names builtin types by a call: `_load_type("set")`.
  private var loadedType: (module: String, name: String)? {
    guard case .object(let place) = node,
      let name = graph.global(graph.objects[Int(place)].callee),
      name == ("dill._dill", "_load_type"), let type = arguments.first?.string
    else { return nil }
    return type == "PartialType" ? ("functools", "partial") : ("builtins", type)
  }

  /// For an object: what it was called with.
  package var arguments: [PickledValue] {
    guard case .object(let place) = node else { return [] }
    return value(graph.objects[Int(place)].arguments).plainElements ?? []
  }

  /// For an object: what it was called with by name.
  package var keywords: [(key: PickledValue, value: PickledValue)] {
    guard case .object(let place) = node, let keywords = graph.objects[Int(place)].keywords,
      case .dict(let list) = graph[keywords]
    else { return [] }
    return pairs(graph.lists[Int(list)])
  }

  /// For an object whose callee is an object itself: that one.
  package var callee: PickledValue? {
    guard case .object(let place) = node else { return nil }
    return value(graph.objects[Int(place)].callee)
  }

  /// For an object: the states it was given, as they are.
  package var states: [PickledValue] {
    guard case .object(let place) = node else { return [] }
    return values(graph.objects[Int(place)].states)
  }

  /// The elements of an object's state where that is a tuple, as `functools.partial` has it.
  package var stateElements: [PickledValue] { states.last?.plainElements ?? [] }

  /// The attributes of an object, as its pickled `__dict__` has them.
  public var attributes: [(key: String, value: PickledValue)] {
    var all: [(key: String, value: PickledValue)] = []
    for state in states {
      // A pair is the dict and the slots.
      let dicts = state.hasItems ? [state] : state.plainElements ?? []
      for dict in dicts {
        for (key, value) in dict.items ?? [] {
          if let key = key.string { all.append((key, value)) }
        }
      }
    }
    return all
  }

  /// One attribute of an object.
  public func attribute(_ name: String) -> PickledValue? {
    for state in states.reversed() {
      let dicts = state.hasItems ? [state] : state.plainElements ?? []
      for dict in dicts.reversed() {
        if let value = dict[name] { return value }
      }
    }
    return nil
  }
}

// Values that PyTorch and Python write often.
extension PickledValue {
  /// An element type, as `torch.float32`.
  package var scalarType: ScalarType? {
    guard let global, global.module == "torch" else { return nil }
    return ScalarType(rawValue: global.name).flatMap { $0 == .other ? nil : $0 }
  }

  /// For a `functools.partial`: what it calls, and with which arguments.
  package var partial:
    (
      function: PickledValue, arguments: [PickledValue],
      keywords: [(key: PickledValue, value: PickledValue)]
    )?
  {
    guard let name = calleeName, name == ("functools", "partial"),
      let state = states.last?.plainElements, state.count >= 3,
      let arguments = state[1].plainElements
    else { return nil }
    return (state[0], arguments, state[2].items ?? [])
  }
}
