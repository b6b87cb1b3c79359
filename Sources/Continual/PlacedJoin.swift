/// A join at its place in a plan, and the time of what meets there.
package struct PlacedJoin: Sendable {
  /// One of the streams that are joined.
  package struct Branch: Sendable {
    /// The dotted path of the module that its frames come from; nil where they come from the input of the
    /// network.
    package let path: String?

    /// PyTorch's name of the class of that module.
    package let typeName: String

    /// How its time relates to that of the place where the branches part.
    package let timing: Timing

    /// How many steps later than there its frames come, and would have to come to meet those of the slowest
    /// module.
    package let delay: Int
    package let needed: Int
  }

  /// The number of its node in ``Plan/nodes``.
  package let node: Int

  /// The dotted path of the module that joins.
  package let path: String

  /// PyTorch's name of the class of that module.
  package let typeName: String

  /// Which frames become one, as the network is written.
  package let pairing: Pairing

  /// The dotted path of the module whose output the branches share; nil where that is the input.
  package let fork: String?

  /// The streams, in the order of the inputs.
  package let branches: [Branch]
}

extension Plan {
  /// The first joins of the plan, without those of which one input has one frame for a whole clip.
  ///
  /// - Parameter most: how many.
  /// - Returns: the joins, in the order of ``nodes``.
  package func joins(most: Int) -> [PlacedJoin] {
    let joins = nodes.enumerated().lazy.filter { _, node in
      node.join.map { !$0.takesWholeClips } ?? false && node.inputs.count > 1
    }
    return joins.prefix(most).map { index, node in
      let fork = fork(of: node.inputs)
      let branches = zip(node.inputs, self.branches(of: node)).map { wire, branch in
        PlacedJoin.Branch(
          path: wire.id == fork.id ? nil : path(behind: wire),
          typeName: wire.id == 0 ? "" : nodes[wire.id - 1].typeName,
          timing: nodes.timing(from: [fork], to: wire), delay: branch.delay,
          needed: branch.needed)
      }
      return PlacedJoin(
        node: index, path: node.path, typeName: node.typeName,
        pairing: node.join?.pairing ?? .byIndex, fork: path(behind: fork), branches: branches)
    }
  }

  /// The module that puts frames on a wire; nil for the input.
  private func path(behind wire: Wire) -> String? {
    wire.id == 0 ? nil : nodes[wire.id - 1].path
  }
}
