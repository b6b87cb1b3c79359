/// The nodes of a network by the paths of their modules: those of one container that follow each other are
/// a group, which can be closed.
indirect enum GraphTree {
  case node(Int)
  case group(name: String, path: String, nodes: Range<Int>, inside: [GraphTree])

  /// How deep groups are inside each other at most.
  private static let deepest = 8

  /// Puts nodes into groups.
  static func all(_ paths: [String]) -> [GraphTree] {
    let parts = paths.map { $0.isEmpty ? [] : $0.split(separator: ".").map(String.init) }
    return trees(parts, 0..<paths.count, depth: 0, level: 0)
  }

  private static func trees(
    _ parts: [[String]], _ range: Range<Int>, depth: Int, level: Int
  ) -> [GraphTree] {
    guard level < deepest else { return range.map(GraphTree.node) }
    var trees: [GraphTree] = []
    var start = range.lowerBound
    while start < range.upperBound {
      let name = parts[start].count > depth ? parts[start][depth] : nil
      var end = start + 1
      while let name, end < range.upperBound, parts[end].count > depth, parts[end][depth] == name {
        end += 1
      }
      trees.append(tree(parts, start..<end, depth: depth, level: level))
      start = end
    }
    return trees
  }

  /// A run of nodes that have a part of their path in common.
  private static func tree(
    _ parts: [[String]], _ range: Range<Int>, depth: Int, level: Int
  ) -> GraphTree {
    guard range.count > 1 else { return .node(range.lowerBound) }
    // What all of them have in common is one name.
    var common = depth + 1
    while range.allSatisfy({ parts[$0].count > common }),
      Set(range.map { parts[$0][common] }).count == 1
    {
      common += 1
    }
    let first = parts[range.lowerBound]
    return .group(
      name: first[depth..<min(common, first.count)].joined(separator: "."),
      path: first.prefix(common).joined(separator: "."), nodes: range,
      inside: trees(parts, range, depth: common, level: level + 1))
  }
}
