/// The nodes of a network by the paths of their modules: those of one container that follow each other are
/// a group, which can be closed.
indirect enum GraphTree {
  case node(Int)
  case group(name: String, path: String, nodes: Range<Int>, inside: [GraphTree])

  /// How deep groups are inside each other at most.
  private static let deepest = 8

  /// Puts nodes into groups.
  static func all(_ paths: [String]) -> [GraphTree] {
    let parts = placed(paths.map { $0.split(separator: ".").map(String.init) })
    return trees(parts, 0..<paths.count, depth: 0, level: 0)
  }

  /// Puts what has no place in a container, as a function of a graph, into the one in which both the module
  /// before it and the one behind it are.
  private static func placed(_ parts: [[String]]) -> [[String]] {
    var behind = [[String]?](repeating: nil, count: parts.count)
    var next: [String]?
    for (index, part) in parts.enumerated().reversed() {
      behind[index] = next
      if part.count > 1 { next = part.dropLast() }
    }
    var before: [String]?
    return parts.enumerated().map { index, part in
      if part.count > 1 { before = part.dropLast() }
      guard part.count == 1, let before, let behind = behind[index] else { return part }
      return zip(before, behind).prefix { $0 == $1 }.map(\.0) + part
    }
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

extension [GraphTree] {
  /// The same without a group in which all is.
  var withoutSingleGroup: [GraphTree] {
    guard count == 1, case .group(_, _, _, let inside) = self[0] else { return self }
    return inside.withoutSingleGroup
  }

  /// The groups that can be open while no more rows are shown than so many, the outer ones first.
  func open(upTo most: Int) -> Set<Range<Int>> {
    var open: Set<Range<Int>> = []
    var rows = count
    var level = self
    while !level.isEmpty {
      var next: [GraphTree] = []
      for case .group(_, _, let nodes, let inside) in level where rows + inside.count <= most {
        rows += inside.count
        open.insert(nodes)
        next += inside
      }
      level = next
    }
    return open
  }
}
