import OrderedCollections

/// Who reads the values of a program, which is so whatever the axes of its input are.
struct ExportedUse {
  /// The calls on which an output depends.
  let needed: Set<Int>

  /// Those on which the first output depends.
  let neededFirst: Set<Int>

  /// The number of these calls that read a value, by its name.
  private(set) var readerCounts: [String: Int] = [:]

  /// Which values share memory, and until when they are read.
  let memory: ExportedMemory

  /// Parts of values that are written and never read.
  let unreadParts: Set<String>

  /// Looks through a program.
  init(_ graph: ExportedGraph) {
    needed = graph.neededNodes(forOutputs: graph.outputs.count)
    neededFirst = graph.outputs.count > 1 ? graph.neededNodes() : needed
    memory = ExportedMemory(graph, needed: needed)
    unreadParts = ExportedTranslator.unreadParts(graph, needed: needed)
    for index in needed {
      for name in Set(graph.nodes[index].arguments.values.flatMap(\.names)) {
        readerCounts[name, default: 0] += 1
      }
    }
  }
}
