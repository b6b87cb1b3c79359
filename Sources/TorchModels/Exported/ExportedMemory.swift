import OrderedCollections

/// Which values of a program share memory, and until when they are read.
///
/// A program keeps the calls that work in place. What is changed so is another value from then on, under
/// all of its names: that of the call, that of the value, and those of all views of it.
struct ExportedMemory {
  /// The names of values that share memory, by one of them.
  private var names: [String: [String]] = [:]
  /// That one, by the names of all.
  private var roots: [String: String] = [:]
  /// The number of the call that makes a value.
  private var births: [String: Int] = [:]
  /// The number of the last call that reads a value.
  private var lastReads: [String: Int] = [:]
  /// The numbers of the calls that change memory in place, by the name that stands for it.
  private var changes: [String: [Int]] = [:]

  /// Nothing.
  init() {}

  /// Looks through the calls that are needed.
  init(_ graph: ExportedGraph, needed: Set<Int>) {
    for index in needed.sorted() {
      let node = graph.nodes[index]
      for name in node.arguments.values.flatMap(\.names) { lastReads[name] = index }
      guard node.sharesMemory, let first = node.arguments.values.first?.names.first else {
        continue
      }
      let root = roots[first] ?? first
      if node.changed != nil { changes[root, default: []].append(index) }
      for case let name? in node.outputs {
        roots[name] = root
        births[name] = index
        names[root, default: [root]].append(name)
      }
    }
    for name in graph.outputs { lastReads[name] = .max }
  }

  /// The calls before another one that change in place the memory of a value.
  func changes(of name: String, before index: Int) -> [Int] {
    (changes[roots[name] ?? name] ?? []).filter { $0 < index }
  }

  /// Makes sure that nobody reads under another name what a call changes in place.
  ///
  /// - Parameters:
  ///   - node: the call.
  ///   - index: its number.
  ///   - views: the parts of values. Of one that is changed, the whole is known to be changed as well.
  /// - Throws: ``ExportedProblem`` where somebody does.
  func check(
    _ node: ExportedNode, at index: Int, besides views: [String: ExportedView] = [:]
  ) throws(ExportedProblem) {
    guard let changed = node.changed else { return }
    let root = roots[changed] ?? changed
    let whole = views[changed]?.root
    for name in names[root] ?? []
    where name != changed && name != whole && births[name] ?? -1 < index
      && lastReads[name] ?? -1 > index
    {
      throw .changedAndReadAgain(as: name)
    }
  }
}

extension ExportedNode {
  /// The value that a call changes in place; nil for other calls.
  var changed: String? {
    guard name.hasSuffix("_"), !name.hasPrefix("_"), name != "requires_grad_", name != "detach_"
    else { return nil }
    return arguments.values.first?.names.first
  }

  /// Whether what it makes can be memory of its first argument.
  fileprivate var sharesMemory: Bool { changed != nil || ExportedNode.views.contains(name) }

  private static let views: Set = [
    "permute", "transpose", "swapaxes", "swapdims", "t", "unsqueeze", "squeeze", "view", "reshape",
    "flatten", "unflatten", "_unsafe_view", "view_as", "select", "slice", "expand", "expand_as",
    "contiguous", "detach", "detach_", "alias", "lift_fresh_copy", "to", "type_as", "positive",
    "requires_grad_", "dropout", "feature_dropout", "alpha_dropout", "feature_alpha_dropout",
    "chunk", "split", "unbind", "pad", "constant_pad_nd",
  ]
}
