/// The values of a pickle, as plain data in one array; whatever a value holds, it holds by index.
///
/// Nothing is constructed and nothing runs. Two places that hold the same object hold the same
/// index, cycles are representable, and freeing the graph cannot recurse.
public struct ObjectGraph: Sendable {
  /// What a value is.
  enum Content: Sendable {
    case none
    case bool(Bool)
    case int(Int)
    /// An integer of more than 64 bits, or a number written out that is none.
    case largeInteger
    case float(Double)
    case string(String)
    case bytes([UInt8])
    case tuple([Int])
    case list([Int])
    case set([Int])
    case dict([(key: Int, value: Int)])
    case global(module: String, name: String)
    case object(Object)
    case persistent(id: Int)
  }

  /// The result of calling something that is never called: `callee(*arguments)`, and what was done
  /// to it afterwards.
  struct Object: Sendable {
    var callee: Int
    var arguments: Int
    var keywords: Int?
    var states: [Int] = []
    var items: [(key: Int, value: Int)] = []
    var appended: [Int] = []
  }

  var contents: [Content] = []
  /// The byte in the pickle whose opcode made each value.
  var offsets: [Int] = []

  /// A value, to be asked what it is.
  subscript(index: Int) -> PickledValue { PickledValue(graph: self, index: index) }
}

/// One value of a pickle.
///
/// All accessors answer nil where the value is of another kind.
public struct PickledValue: Sendable {
  /// The graph that holds it.
  let graph: ObjectGraph

  /// Its index; equal for two values that are the same object.
  public let index: Int

  var content: ObjectGraph.Content { graph.contents[index] }

  /// The byte in the pickle whose opcode made the value.
  public var offset: Int { graph.offsets[index] }

  /// Whether the value is None.
  public var isNone: Bool { if case .none = content { true } else { false } }

  /// A truth value.
  public var bool: Bool? { if case .bool(let value) = content { value } else { nil } }

  /// An integer; also a scalar of numpy.
  public var int: Int? {
    switch content {
    case .int(let value): value
    case .object: numpyScalar.flatMap { Int(exactly: $0) }
    default: nil
    }
  }

  /// A number; also an integer, or a scalar of numpy.
  public var double: Double? {
    switch content {
    case .float(let value): value
    case .int(let value): Double(value)
    case .object: numpyScalar
    default: nil
    }
  }

  /// A text; bytes of Python 2 that are UTF-8 as well.
  public var string: String? {
    switch content {
    case .string(let text): text
    case .bytes(let bytes): String(validating: bytes, as: UTF8.self)
    default: nil
    }
  }

  /// Bytes.
  public var bytes: [UInt8]? {
    switch content {
    case .bytes(let bytes): return bytes
    case .object:
      // Before protocol 3, bytes are a text of the code points 0 to 255, encoded as latin-1.
      guard isCall(to: "_codecs", "encode"), let text = arguments.first?.string else { return nil }
      let bytes = text.unicodeScalars.map { UInt8(exactly: $0.value) }
      return bytes.contains(nil) ? nil : bytes.compactMap(\.self)
    default: return nil
    }
  }

  /// The elements of a tuple, a list, a set or a `torch.Size`.
  public var elements: [PickledValue]? {
    switch content {
    case .tuple(let indices), .list(let indices), .set(let indices):
      return indices.map { graph[$0] }
    case .object(let object):
      if isCall(to: "torch", "Size") || isCall(to: "__builtin__", "set")
        || isCall(to: "builtins", "set") || isCall(to: "builtins", "frozenset")
      {
        return arguments.first?.elements ?? []
      }
      return object.appended.isEmpty ? nil : object.appended.map { graph[$0] }
    default: return nil
    }
  }

  /// The keys and values of a dict, or of an object that is one, in their order.
  public var items: [(key: PickledValue, value: PickledValue)]? {
    switch content {
    case .dict(let pairs): return pairs.map { (graph[$0.key], graph[$0.value]) }
    case .object(let object):
      var pairs = object.items.map { (key: graph[$0.key], value: graph[$0.value]) }
      guard let name = calleeName, PickledValue.dictClasses.contains(name.name) || !pairs.isEmpty
      else { return nil }
      // Python 2 gives an OrderedDict its content as a list of pairs, a Counter as a dict.
      if let first = arguments.first {
        pairs =
          (first.items
            ?? (first.elements ?? []).compactMap { pair in
              guard let both = pair.elements, both.count == 2 else { return nil }
              return (both[0], both[1])
            }) + pairs
      }
      return pairs
    default: return nil
    }
  }

  private static let dictClasses: Set = ["OrderedDict", "defaultdict", "Counter", "AttributeDict"]

  /// The value of a key that is a text.
  public subscript(key: String) -> PickledValue? {
    items?.last { $0.key.string == key }?.value
  }

  /// The module and name of a global.
  public var global: (module: String, name: String)? {
    if case .global(let module, let name) = content { (module, name) } else { nil }
  }

  /// For an object: the module and name of the class or function it comes from.
  public var calleeName: (module: String, name: String)? {
    guard case .object(let object) = content else { return nil }
    // copy_reg._reconstructor(cls, base, state) makes an object of its first argument.
    if let name = graph[object.callee].global, name.name == "_reconstructor",
      let first = graph[object.arguments].elements?.first
    {
      return first.global
    }
    // dill names builtin types by a call: _load_type("set").
    let callee = graph[object.callee]
    if callee.isCall(to: "dill._dill", "_load_type"), let type = callee.arguments.first?.string {
      return type == "PartialType" ? ("functools", "partial") : ("builtins", type)
    }
    return callee.global
  }

  /// For an object: what it was called with.
  public var arguments: [PickledValue] {
    guard case .object(let object) = content else { return [] }
    return graph[object.arguments].elements ?? []
  }

  /// For an object whose callee is an object itself: that one.
  public var callee: PickledValue? {
    if case .object(let object) = content { graph[object.callee] } else { nil }
  }

  /// The attributes of an object, as its pickled `__dict__` has them.
  public var attributes: [(key: String, value: PickledValue)] {
    guard case .object(let object) = content else { return [] }
    var all: [(key: String, value: PickledValue)] = []
    for state in object.states.map({ graph[$0] }) {
      // A pair is the dict and the slots.
      let dicts = state.items == nil ? state.elements ?? [] : [state]
      for dict in dicts {
        for (key, value) in dict.items ?? [] {
          if let key = key.string { all.append((key, value)) }
        }
      }
    }
    return all
  }

  /// The elements of an object's state where that is a tuple, as `functools.partial` has it.
  public var stateElements: [PickledValue] {
    guard case .object(let object) = content, let state = object.states.last else { return [] }
    return graph[state].elements ?? []
  }

  /// One attribute of an object.
  public func attribute(_ name: String) -> PickledValue? {
    attributes.last { $0.key == name }?.value
  }

  func isCall(to module: String, _ name: String) -> Bool {
    calleeName.map { $0 == (module, name) } ?? false
  }

  /// `numpy.core.multiarray.scalar(dtype, bytes)`.
  private var numpyScalar: Double? {
    guard let name = calleeName, name.name == "scalar", name.module.hasSuffix("core.multiarray"),
      arguments.count == 2, let code = arguments[0].arguments.first?.string,
      var bytes = arguments[1].bytes
    else { return nil }
    let order = arguments[0].states.first?.elements?.dropFirst().first?.string
    if order == ">" { bytes.reverse() }
    var bits: UInt64 = 0
    guard bytes.count <= 8 else { return nil }
    for (index, byte) in bytes.enumerated() { bits |= UInt64(byte) << (8 * index) }
    return switch code {
    case "f8": Double(bitPattern: bits)
    case "f4": Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
    case "f2": Double(Float16(bitPattern: UInt16(truncatingIfNeeded: bits)))
    case "i8": Double(Int64(bitPattern: bits))
    case "i4": Double(Int32(truncatingIfNeeded: bits))
    case "i2": Double(Int16(truncatingIfNeeded: bits))
    case "i1": Double(Int8(truncatingIfNeeded: bits))
    case "u8", "u4", "u2", "u1": Double(bits)
    case "b1": bits == 0 ? 0 : 1
    default: nil
    }
  }

  private var states: [PickledValue] {
    if case .object(let object) = content { object.states.map { graph[$0] } } else { [] }
  }
}
