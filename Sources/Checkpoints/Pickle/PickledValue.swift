import Tensors

/// One value of a pickle, to be asked what it is.
///
/// All accessors answer nil where the value is of another kind. None of them runs anything, and
/// none follows more than a few values.
public struct PickledValue: Sendable {
  let shared: SharedGraph

  /// Its index; equal for two values that are the same object.
  public let index: Int

  init(_ shared: SharedGraph, _ index: ObjectGraph.Index) {
    self.shared = shared
    self.index = Int(index)
  }

  var graph: ObjectGraph { shared.graph }

  var node: ObjectGraph.Node { shared.graph.nodes[index] }

  /// The byte in the pickle whose opcode made the value.
  public var offset: Int { Int(shared.graph.offsets[index]) }

  func value(_ index: ObjectGraph.Index) -> PickledValue { PickledValue(shared, index) }

  func values(_ indices: some Sequence<ObjectGraph.Index>) -> [PickledValue] {
    indices.map { PickledValue(shared, $0) }
  }

  /// Keys and values that are stored in turn.
  func pairs(_ indices: [ObjectGraph.Index]) -> [(key: PickledValue, value: PickledValue)] {
    stride(from: 0, to: indices.count - 1, by: 2).map {
      (value(indices[$0]), value(indices[$0 + 1]))
    }
  }

  /// The same trouble with the place of this value.
  func trouble(_ finding: some CheckpointFinding) -> CheckpointError {
    CheckpointError(finding, entry: shared.graph.entry, offset: offset)
  }
}

// MARK: - What a value is

extension PickledValue {
  /// The kind of a value, by its name in Python.
  public enum Kind: String, Hashable, Sendable {
    case none = "None"
    case bool
    case int
    case float
    case string = "str"
    case bytes
    case tuple
    case list
    case set
    case dict
    /// A class or function that is named, and not called.
    case global
    /// What a call or a class would have made.
    case object
    /// A reference to something beside the pickle: a storage.
    case persistent
  }

  /// The kind of the value; an `OrderedDict` is an object here.
  public var kind: Kind {
    switch node {
    case .none: .none
    case .bool: .bool
    case .int, .largeInteger: .int
    case .float: .float
    case .text: .string
    case .bytes: .bytes
    case .tuple: .tuple
    case .list: .list
    case .set: .set
    case .dict: .dict
    case .global: .global
    case .object: .object
    case .persistent: .persistent
    }
  }

  /// Whether the value is None.
  public var isNone: Bool { if case .none = node { true } else { false } }

  /// A truth value; also a scalar of numpy.
  public var bool: Bool? {
    switch node {
    case .bool(let value): value
    case .object:
      if let array = numpyScalar, array.scalarType == .bool { array.integer != 0 } else { nil }
    default: nil
    }
  }

  /// An integer of 64 bits; also a scalar of numpy.
  public var int: Int? {
    switch node {
    case .int(let value): value
    case .object: numpyScalar?.integer
    default: nil
    }
  }

  /// An integer that was pickled as one; nothing that stands for one.
  var plainInt: Int? { if case .int(let value) = node { value } else { nil } }

  /// A number; also an integer, or a scalar of numpy.
  public var double: Double? {
    switch node {
    case .float(let value): value
    case .int(let value): Double(value)
    case .object: numpyScalar?.number
    default: nil
    }
  }

  /// A text; bytes of Python 2 that are UTF-8 as well.
  public var string: String? {
    switch node {
    case .text(let place): graph.texts[Int(place)]
    case .bytes(let place): String(validating: graph.blobs[Int(place)], as: UTF8.self)
    default: nil
    }
  }

  /// Bytes.
  public var bytes: [UInt8]? {
    switch node {
    case .bytes(let place): return graph.blobs[Int(place)]
    case .object:
      switch calleeName {
      // Before protocol 3, bytes are a text of the code points 0 to 255, encoded as latin-1.
      case ("_codecs", "encode")?:
        guard let text = arguments.first?.string else { return nil }
        let bytes = text.unicodeScalars.map { UInt8(exactly: $0.value) }
        return bytes.contains(nil) ? nil : bytes.compactMap(\.self)
      case ("__builtin__", "bytearray")?, ("builtins", "bytearray")?, ("__builtin__", "bytes")?,
        ("builtins", "bytes")?:
        guard let content = arguments.first else { return [] }
        if case .bytes(let place) = content.node { return graph.blobs[Int(place)] }
        // One level more, and no further.
        return content.calleeName?.name == "encode" ? content.bytes : nil
      default: return nil
      }
    default: return nil
    }
  }

  /// The module and name of a global.
  public var global: (module: String, name: String)? {
    graph.global(ObjectGraph.Index(index))
  }

  /// The number that a complex one is.
  package var complex: (real: Double, imaginary: Double)? {
    guard let name = calleeName, name.name == "complex",
      name.module.hasSuffix("builtin__")
        || name.module == "builtins", arguments.count == 2, let real = arguments[0].double,
      let imaginary = arguments[1].double
    else { return nil }
    return (real, imaginary)
  }

  /// Whether the value is a call that makes a tensor, or an array of numpy.
  package var isTensor: Bool {
    guard let name = calleeName else { return false }
    return Globals.isTensorFunction(name) || name == ("numpy", "ndarray")
      || name.name == "_reconstruct" && name.module.hasSuffix("multiarray")
  }

  /// Whether the value is of a kind that tensors are: a call, or a reference to something beside the pickle.
  package var mayBeTensor: Bool {
    switch node {
    case .object, .persistent: true
    default: false
    }
  }

  /// What the value is called where it is a key: a text as it is, anything else as Python writes it.
  package var keyText: String {
    if let string { return string }
    guard let elements = plainElements, elements.count <= 8 else { return summary }
    return "(" + elements.map(\.summary).joined(separator: ", ") + ")"
  }

  /// What the value is in a few words, for messages.
  package var summary: String {
    switch node {
    case .none: "None"
    case .bool(let value): value ? "True" : "False"
    case .int(let value): "\(value)"
    case .largeInteger: "an integer of more than 64 bits"
    case .float(let value): "\(value)"
    case .text(let place): graph.texts[Int(place)].quoted
    case .global: global.map { ($0.module + "." + $0.name) } ?? "a global"
    case .object: "an object of " + (calleeName.map { $0.module + "." + $0.name } ?? "no class")
    case .persistent: "a reference to a storage"
    case .bytes, .tuple, .list, .set, .dict: "a \(kind.rawValue)"
    }
  }
}
