/// A join at which, as the network is written, frames meet that do not belong together.
public struct Misalignment: Hashable, Sendable {
  /// One of the streams that are joined.
  public struct Branch: Hashable, Sendable {
    /// How many steps its frames come later than those of the place where the branches part.
    public let delay: Int

    /// How many steps later they would have to come, to meet the frames of the slowest module.
    public let needed: Int
  }

  /// The dotted path of the module that joins.
  public let path: String

  /// PyTorch's name of the class of that module.
  public let typeName: String

  /// The streams, in the order of the module's inputs.
  public let branches: [Branch]

  /// The index of the first step in which one of the streams has a frame and another has not, or has
  /// another one.
  public let step: Int
}

extension Plan {
  /// Whether, as the network is written, a join pairs what comes in the same step.
  public var pairsBySteps: Bool {
    nodes.contains { $0.join?.pairing == .byStep }
  }

  /// The joins at which, as the network is written, frames meet that do not belong together, the first
  /// one first.
  ///
  /// Nothing is computed for that: how many frames of each stream are due after each step is known.
  /// Streams of the plan itself are not concerned, since they match frames by their index.
  public var misalignments: [Misalignment] {
    nodes.compactMap { node in
      guard let join = node.join, join.pairing == .byStep, !join.takesWholeClips else { return nil }
      let counts = node.inputs.map { timing(of: $0).count }
      guard node.inputs.indices.contains(where: { join.capacity(ofInput: $0) > 0 }) else {
        return nil
      }
      return Misalignment(
        path: node.path, typeName: node.typeName, branches: branches(of: node),
        step: Plan.partingStep(of: counts))
    }
  }

  /// How the time of a wire relates to the time of the plan's input.
  package func timing(of wire: Wire) -> Timing {
    // Each node makes one wire; the first wire is the input.
    wire.id == 0 ? .identity : nodes[wire.id - 1].timing
  }

  /// The first step after which the counts differ.
  private static func partingStep(of counts: [FrameCount]) -> Int {
    // No two counts part later than in the step that yields the first frame of the slower one, or in
    // the period that follows; a bound keeps numbers that a file makes up from being counted to.
    let first = counts.map { $0.needed(for: 1) }.min() ?? 1
    let last = first + (1 << 16)
    return (first...last).first { steps in Set(counts.map { $0(steps) }).count > 1 }.map { $0 - 1 }
      ?? first - 1
  }

  func branches(of node: Node) -> [Misalignment.Branch] {
    let fork = fork(of: node.inputs)
    let delays = node.inputs.map { nodes.timing(from: [fork], to: $0).warmUp }
    // What a branch would need without any delay that was written.
    let own = node.inputs.map { nodes.timing(from: [fork], to: $0, isDelayed: false).warmUp }
    let slowest = own.max() ?? 0
    return delays.map { Misalignment.Branch(delay: $0, needed: slowest) }
  }

  /// The last wire from which all of several come.
  func fork(of wires: [Wire]) -> Wire {
    let common = wires.map { ancestors(of: $0) }.reduce(nil) { (common: Set<Int>?, next) in
      common?.intersection(next) ?? next
    }
    let last = common?.max() ?? 0
    return last == 0 ? Wire(id: 0, frame: inputFrame) : nodes[last - 1].output
  }

  /// A wire and those from which it comes.
  private func ancestors(of wire: Wire) -> Set<Int> {
    var found: Set<Int> = []
    var pending = [wire.id]
    while let next = pending.popLast() {
      guard found.insert(next).inserted, next > 0 else { continue }
      pending += nodes[next - 1].inputs.map(\.id)
    }
    return found
  }
}

extension Node {
  /// The join, where the node is one.
  var join: Join? {
    if case .join(let join) = operation { join } else { nil }
  }
}
