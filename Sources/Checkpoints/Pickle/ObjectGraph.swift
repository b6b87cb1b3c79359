/// The values of a pickle, as plain data in a few arrays; whatever a value holds, it holds by index.
///
/// Nothing is constructed and nothing runs. Two places that hold the same object hold the same
/// index, cycles are representable, and freeing the graph cannot recurse. A value takes 20 bytes
/// beside its text or elements:
///
///     {"a": [1, 2]}    nodes     0 dict(0)  1 text(0)  2 list(1)  3 int(1)  4 int(2)
///                      texts     "a"
///                      lists     [1, 2]  [3, 4]
///
/// A dict's list holds its keys and values in turn, in the order of the file.
struct ObjectGraph: Sendable {
  typealias Index = Int32

  /// What a value is.
  ///
  /// The numbers are places in the array of that kind.
  enum Node: Sendable {
    case none
    case bool(Bool)
    case int(Int)
    /// An integer of more than 64 bits.
    case largeInteger
    case float(Double)
    case text(Int32)
    case bytes(Int32)
    /// A range of ``ObjectGraph/elements``: tuples do not change once they are made.
    case tuple(start: Int32, count: Int32)
    case list(Int32)
    case set(Int32)
    case dict(Int32)
    case global(module: Int32, name: Int32)
    case object(Int32)
    case persistent(id: Index)
  }

  /// The result of calling something that is never called: `callee(*arguments)`, and what was done
  /// to it afterwards.
  struct Object: Sendable {
    var callee: Index
    var arguments: Index
    var keywords: Index?
    var states: [Index] = []
    /// Keys and values in turn.
    var items: [Index] = []
    var appended: [Index] = []
  }

  private(set) var nodes: [Node] = []
  /// The byte in the pickle whose opcode made each value.
  private(set) var offsets: [UInt32] = []
  private(set) var texts: [String] = []
  private(set) var blobs: [[UInt8]] = []
  private(set) var elements: [Index] = []
  var lists: [[Index]] = []
  var objects: [Object] = []
  /// Texts of Python 2 that are not UTF-8.
  private(set) var undecodable: Set<Index> = []

  /// What the offsets count from, for messages: the name of the pickle.
  var entry = ""

  subscript(index: Index) -> Node { nodes[Int(index)] }

  /// The elements of a tuple.
  func tuple(_ start: Int32, _ count: Int32) -> ArraySlice<Index> {
    elements[Int(start)..<Int(start) + Int(count)]
  }

  /// The module and name of a value that is a global.
  func global(_ index: Index) -> (module: String, name: String)? {
    guard case .global(let module, let name) = self[index] else { return nil }
    return (texts[Int(module)], texts[Int(name)])
  }

  /// The text of a value that is one.
  func text(_ index: Index) -> String? {
    guard case .text(let place) = self[index] else { return nil }
    return texts[Int(place)]
  }
}

// Making the graph.
extension ObjectGraph {
  mutating func add(_ node: Node, at offset: UInt32) -> Index {
    nodes.append(node)
    offsets.append(offset)
    return Index(nodes.count - 1)
  }

  mutating func markUndecodable(_ index: Index) { undecodable.insert(index) }

  mutating func store(text: String) -> Int32 {
    texts.append(text)
    return Int32(texts.count - 1)
  }

  mutating func store(bytes: [UInt8]) -> Int32 {
    blobs.append(bytes)
    return Int32(blobs.count - 1)
  }

  mutating func store(list: [Index]) -> Int32 {
    lists.append(list)
    return Int32(lists.count - 1)
  }

  mutating func tuple(of values: ArraySlice<Index>) -> Node {
    defer { elements += values }
    return .tuple(start: Int32(elements.count), count: Int32(values.count))
  }

  mutating func object(_ object: Object) -> Node {
    objects.append(object)
    return .object(Int32(objects.count - 1))
  }
}

/// A finished graph, shared by all of its values.
final class SharedGraph: Sendable {
  let graph: ObjectGraph
  init(_ graph: ObjectGraph) { self.graph = graph }
}
