public import Tensors

/// Where a value flows in a plan: the output of one node, the input of others.
public struct Wire: Hashable, Sendable {
  package let id: Int

  /// The shape (B, C, S…) of the frames.
  public let frame: Shape
}

/// One entry of a plan: a kernel or a join, and the wires it is connected to.
public struct Node: Sendable {
  /// What a node does.
  enum Operation: Sendable {
    case kernel(any Kernel)
    case join(Join)
  }

  /// The dotted path of the module that made the node; empty for the root.
  public let path: String

  /// PyTorch's name of the class of that module.
  public let typeName: String

  let operation: Operation

  /// The wires that come in; one for a kernel.
  public let inputs: [Wire]

  /// The wire that goes out.
  public let output: Wire

  /// How the time of the output relates to the time of the plan's input.
  public let timing: Timing

  /// What one stream remembers for this node.
  public var state: StateLayout {
    switch operation {
    case .kernel(let kernel): kernel.state
    case .join(let join): join.state
    }
  }
}

extension Array where Element == Node {
  /// How the time of a wire relates to the time of others, from which it comes.
  ///
  /// - Parameters:
  ///   - inputs: the others.
  ///   - output: the wire.
  ///   - isDelayed: whether the delays that are modules of their own count.
  /// - Returns: the timing; that of the identity where the wire does not come from them.
  func timing(from inputs: [Wire], to output: Wire, isDelayed: Bool = true) -> Timing {
    var timings: [Int: Timing] = [:]
    for input in inputs { timings[input.id] = .identity }
    let first = inputs.map(\.id).min() ?? 0
    // Each node makes one wire; the first wire is the input.
    for node in dropFirst(first).prefix(Swift.max(output.id - first, 0)) {
      let known = node.inputs.compactMap { timings[$0.id] }
      guard !known.isEmpty, timings[node.output.id] == nil else { continue }
      switch node.operation {
      case .kernel(let kernel):
        let isDelay = (kernel as? HoldingKernel)?.isDelay ?? false
        timings[node.output.id] = known[0].then(isDelay && !isDelayed ? .identity : kernel.timing)
      case .join: timings[node.output.id] = .joining(known)
      }
    }
    return timings[output.id] ?? .identity
  }
}

/// Makes a plan: modules append what they do, wire by wire.
public struct PlanBuilder {
  private(set) var nodes: [Node] = []
  private(set) var modules: [PlacedModule] = []
  /// The modules inside the one that is being lowered.
  private var inside: [Int] = []
  private var flows: [Flow] = []
  private var path: [String] = []
  private var typeName = ""
  /// The wires whose frames have only the delays that are written.
  private var undelayed: Set<Int> = []

  /// What is known of the frames on a wire.
  private struct Flow {
    var timing: Timing
    /// How many frames a clip of the assumed length has here; nil where it is unknown or too short.
    var clipLength: Int?
    /// Whether a clip has one frame here, whatever its length.
    var isWholeClip: Bool
  }

  /// The most floats that frames and state may have together, and those of the nodes so far.
  private let budget: Int
  private(set) var size = 0
  /// About how many steps it took to compare the branches of all joins.
  private var comparisons = 0
  /// What is wrong where the budget is passed.
  private var excess: ModuleError?

  /// Where the input comes in.
  let input: Wire

  init(frame: Shape, clipLength: Int?, budget: Int = .max) {
    self.budget = budget
    input = Wire(id: 0, frame: frame)
    flows.append(Flow(timing: .identity, clipLength: clipLength, isWholeClip: false))
  }

  /// How the time of a wire relates to the time of the plan's input.
  public func timing(of wire: Wire) -> Timing { flows[wire.id].timing }

  /// How the time of a wire relates to the time of another wire, from which it comes.
  public func timing(from input: Wire, to output: Wire) -> Timing {
    nodes.timing(from: [input], to: output)
  }

  /// How many frames a clip of the plan's assumed length has on a wire.
  ///
  /// Nil where the plan is made without a clip length.
  public func clipLength(of wire: Wire) -> Int? { flows[wire.id].clipLength }

  /// Whether a clip has one frame on a wire, whatever its length.
  package func isWholeClip(_ wire: Wire) -> Bool { flows[wire.id].isWholeClip }

  /// Appends a kernel that reads `input`.
  ///
  /// - Parameters:
  ///   - kernel: made for the frames of `input`.
  ///   - input: where its frames come from.
  /// - Returns: where its frames go.
  public mutating func append(_ kernel: any Kernel, to input: Wire) -> Wire {
    let before = flows[input.id]
    count(comparing: [before.timing.count], branches: before.timing.count.chains.count)
    let flow = Flow(
      timing: before.timing.then(kernel.timing),
      clipLength: before.clipLength.flatMap { try? kernel.outputLength(ofClip: $0) },
      isWholeClip: before.isWholeClip || kernel.wholeClipWindow != nil)
    return append(.kernel(kernel), inputs: [input], frame: kernel.outputFrame, flow: flow)
  }

  /// Appends a join: output `j` is made of frame `j` of each input, which is kept until all are there.
  ///
  /// - Parameters:
  ///   - inputs: at least one.
  ///   - reduction: how they become one.
  ///   - pairing: what the network that is described does; a stream of this library matches frames by
  ///     their index in any case.
  /// - Returns: where the joined frames go.
  /// - Throws: ``ModuleError`` where the frames do not fit or their rates differ.
  public mutating func join(
    _ inputs: [Wire], by reduction: Reduction, pairing: Pairing = .byIndex
  ) throws(ModuleError) -> Wire {
    let timings = inputs.map { flows[$0.id].timing }
    let rates = timings.map(\.rate)
    if Set(rates).count > 1 {
      throw ModuleError(.branches(.rates(rates)))
    }
    count(comparing: timings.map(\.count), branches: inputs.count)
    if let excess { throw excess }
    let join = try Join(
      reduction, frames: inputs.map(\.frame), timings: timings,
      isWholeClip: inputs.map { flows[$0.id].isWholeClip }, pairing: pairing)
    let lengths = inputs.map { flows[$0.id].clipLength }
    let flow = Flow(
      timing: .joining(timings),
      clipLength: lengths.contains(nil) ? nil : lengths.compactMap(\.self).max(),
      isWholeClip: inputs.allSatisfy { flows[$0.id].isWholeClip })
    return append(.join(join), inputs: inputs, frame: join.outputFrame, flow: flow)
  }

  /// Notes that the frames on wires have only the delays that are written, so that a `Reduce` behind them
  /// pairs frames by step.
  mutating func leaveDelays(of wires: [Wire]) {
    for wire in wires { undelayed.insert(wire.id) }
  }

  /// How a `Reduce` pairs the frames of wires.
  func pairing(of wires: [Wire]) -> Pairing {
    wires.contains { undelayed.contains($0.id) } ? .byStep : .byIndex
  }

  /// Lowers a module inside another; what it appends gets `name` added to its path.
  public mutating func lower(
    _ child: NamedModule, input: Wire
  ) throws(ModuleError) -> Wire {
    try enter(child) { plan throws(ModuleError) in
      let output = try child.module.lower(input, into: &plan)
      plan.place(child, inputs: [input], output: output)
      return output
    }
  }

  /// Notes where the module that is being lowered has its frames from, and puts them.
  mutating func place(_ child: NamedModule, inputs: [Wire], output: Wire) {
    modules.append(
      PlacedModule(
        path: path.joined(separator: "."), name: child.name, module: child.module,
        inputs: inputs, output: output, inside: inside))
    inside = [modules.count - 1]
  }

  /// Runs `body` with the path of a module inside the present one.
  mutating func enter<Result>(
    _ child: NamedModule, _ body: (inout PlanBuilder) throws(ModuleError) -> Result
  ) throws(ModuleError) -> Result {
    let outer = (path, typeName)
    // Handed back and forth and not copied: there can be many before this one.
    var others: [Int] = []
    swap(&others, &inside)
    if !child.name.isEmpty { path.append(child.name) }
    typeName = child.module.typeName
    // A module of several streams has no place of its own; those inside it count for the outer one.
    defer {
      (path, typeName) = outer
      others += inside
      swap(&others, &inside)
    }
    do throws(ModuleError) {
      if let excess { throw excess }
      let result = try body(&self)
      if let excess { throw excess }
      return result
    } catch {
      var error = error
      // It has its place already.
      if error == excess { throw error }
      if !child.name.isEmpty { error.path.insert(child.name, at: 0) }
      throw error
    }
  }

  /// Throws where the wires carry more than can be counted or held.
  func check() throws(ModuleError) {
    for node in nodes {
      let most = node.timing.mostOutputsOfStep
      guard Size.product([most] + node.output.frame.axes) != nil else {
        throw ModuleError(.size(.wire(frames: most, node.output.frame))).at(node)
      }
      guard node.timing.stageCount <= PlanBuilder.mostStages else {
        throw ModuleError(.size(.rateChanges)).at(node)
      }
    }
  }

  private static let mostStages = 256

  /// Less than a second's work, and as much as two thousand joins of two branches with strides inside.
  private static let mostComparisons = 1 << 27

  private mutating func append(
    _ operation: Node.Operation, inputs: [Wire], frame: Shape, flow: Flow
  ) -> Wire {
    let output = Wire(id: flows.count, frame: frame)
    flows.append(flow)
    nodes.append(
      Node(
        path: path.joined(separator: "."), typeName: typeName, operation: operation,
        inputs: inputs, output: output, timing: flow.timing))
    addSize(of: nodes[nodes.count - 1])
    return output
  }

  /// Counts how long it takes to compare the times of branches, and notes where that is too long.
  private mutating func count(comparing counts: [FrameCount], branches: Int) {
    comparisons = comparisons.plus(FrameCount.costOfComparing(counts))
    guard comparisons > PlanBuilder.mostComparisons, excess == nil else { return }
    excess = ModuleError(.stream(.rates(branches: branches)), path: path)
  }

  /// Adds up what a node needs, and notes where that is too much for all of them.
  private mutating func addSize(of node: Node) {
    let frames = node.output.frame.count.multipliedReportingOverflow(
      by: node.timing.mostOutputsOfStep)
    let own = frames.partialValue.addingReportingOverflow(node.state.floats)
    let sum = size.addingReportingOverflow(own.partialValue)
    let isHeld = !frames.overflow && !own.overflow && !sum.overflow
    size = isHeld ? sum.partialValue : .max
    guard size > budget, excess == nil else { return }
    excess = ModuleError(
      .size(
        .budget(
          .init(
            frame: node.output.frame, remembered: node.state.floats, needed: size,
            allowed: budget)))
    ).at(node)
  }
}
