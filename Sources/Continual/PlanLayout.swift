import Tensors

/// Where the values of each node of a plan are while it runs.
///
/// Every stream owns one flat memory, cut into the parts of the nodes. The frames on the wires are in
/// buffers, which whoever runs the plan owns. A buffer is used again as soon as the last reader of a
/// wire has run, so a deep network needs only as many as there are wires alive at one time. The frames
/// that come in are read where the caller has them, and what goes out is written where the caller wants
/// it: neither has a buffer.
///
/// A node that can work in place and is the last to read its input leaves its output where the input is.
/// Of `Conv1d, BatchNorm1d, ReLU` only the convolution moves anything: it writes where the caller wants
/// the output, and the others work there. A sum of two branches is made where the later one is, so that only the
/// earlier one is read.
struct PlanLayout: Sendable {
  /// Where the frames on a wire are.
  enum Place: Hashable, Sendable {
    /// Where the caller has the input.
    case input
    /// Where the caller wants the output.
    case output
    case buffer(Int)
  }

  /// One node.
  struct Entry: Sendable {
    /// The parts of the stream's memory and counters that belong to the node.
    var memory: Range<Int>
    var counters: Range<Int>
    /// The wires of the inputs, and where they are.
    var inputs: [Int]
    var sources: [Place]
    /// The number of floats of a frame of the first input, and of the output.
    var inputCount: Int
    var outputCount: Int
    /// The wire of the output, and where it is.
    var output: Int
    var target: Place
    /// How many frames are on the output after so many of the plan's input, and for a kernel, of its own
    /// input.
    var count: FrameCount
    var ownCount: FrameCount
    /// Whether there are as many frames on the output as on the input, in every step.
    var isInStep: Bool
    /// The kernel where it works in place; the source is the target then.
    var inPlace: (any InPlaceKernel)?
    /// The input of a join whose frames are in the target already, so that the other one only has to be combined
    /// with them.
    var accumulated: Int?
  }

  private(set) var entries: [Entry] = []
  private(set) var memoryCount = 0
  private(set) var counterCount = 0
  /// How many buffers there are.
  private(set) var bufferCount = 0
  /// The length of the pieces that long chunks are cut into.
  private(set) var pieceFrames = 1
  /// Where the plan's output is.
  private(set) var output = Place.input

  init(nodes: [Node], input: Wire, output: Wire) {
    var lastUse: [Int: Int] = [:]
    var reads: [Int: Int] = [:]
    for (index, node) in nodes.enumerated() {
      // A wire that nobody reads is free again once it is written.
      lastUse[node.output.id] = index
      for wire in node.inputs {
        lastUse[wire.id] = index
        reads[wire.id, default: 0] += 1
      }
    }
    lastUse[output.id] = nil

    let inPlace = nodes.enumerated().map { index, node in
      lastUse[node.inputs[0].id] == index && node.inputs[0] != input ? node.inPlace : nil
    }
    // The input of each node that its output takes the place of.
    let replaced: [Int?] = nodes.enumerated().map { index, node in
      switch node.operation {
      case .kernel: inPlace[index] == nil ? nil : 0
      case .join(let join):
        join.accumulating.first {
          lastUse[node.inputs[$0].id] == index && reads[node.inputs[$0].id] == 1
            && node.inputs[$0] != input
        }
      }
    }
    // The wires whose frames become the output without being moved.
    var results: Set<Int> = reads[output.id] == nil && output != input ? [output.id] : []
    for (node, replaced) in zip(nodes, replaced).reversed() {
      guard let replaced, results.contains(node.output.id), reads[node.inputs[replaced].id] == 1
      else { continue }
      results.insert(node.inputs[replaced].id)
    }

    var places = [input.id: Place.input]
    var sizes: [Int] = []
    var free: [Int] = []
    for (index, node) in nodes.enumerated() {
      var ended = Set(node.inputs.map(\.id) + [node.output.id])
      let target: Place
      if let replaced = replaced[index], let place = places[node.inputs[replaced].id] {
        target = place
        ended.remove(node.inputs[replaced].id)
      } else if results.contains(node.output.id) {
        target = .output
      } else {
        target = .buffer(PlanLayout.take(node.output.frame.count, from: &free, of: &sizes))
      }
      places[node.output.id] = target
      for wire in ended where lastUse[wire] == index {
        if case .buffer(let buffer)? = places[wire] { free.append(buffer) }
      }
      append(
        node, places: places, target: target, inPlace: inPlace[index],
        accumulated: inPlace[index] == nil ? replaced[index] : nil)
    }
    bufferCount = sizes.count
    // The frames of the largest wire in half a megabyte, and enough of them for the loops to run well.
    let largest = nodes.reduce(input.frame.count) {
      max($0, $1.output.frame.count * $1.timing.mostOutputsOfStep)
    }
    pieceFrames = min(max(PlanLayout.pieceFloats / max(largest, 1), 1), 1024)
    self.output = places[output.id] ?? .input
  }

  private static let pieceFloats = 1 << 17

  private mutating func append(
    _ node: Node, places: [Int: Place], target: Place, inPlace: (any InPlaceKernel)?,
    accumulated: Int?
  ) {
    let state = node.state
    // What takes more than some lines of the cache starts at one.
    if state.floats >= 8 * DenseLoops.lineLength { memoryCount = DenseLoops.lines(memoryCount) }
    var own = FrameCount.identity
    if case .kernel(let kernel) = node.operation { own = kernel.timing.count }
    entries.append(
      Entry(
        memory: memoryCount..<memoryCount + state.floats,
        counters: counterCount..<counterCount + state.counters, inputs: node.inputs.map(\.id),
        sources: node.inputs.map { places[$0.id] ?? .input },
        inputCount: node.inputs[0].frame.count, outputCount: node.output.frame.count,
        output: node.output.id, target: target, count: node.timing.count, ownCount: own,
        isInStep: node.inputs.count == 1 && own == .identity, inPlace: inPlace,
        accumulated: accumulated))
    memoryCount += state.floats
    counterCount += state.counters
  }

  /// The free buffer that fits best, or a new one; frames of many numbers tend to be many numbers in
  /// longer chunks, too.
  private static func take(
    _ count: Int, from free: inout [Int], of sizes: inout [Int]
  ) -> Int {
    let best = free.indices.min { left, right in
      abs(sizes[free[left]] - count) < abs(sizes[free[right]] - count)
    }
    guard let best else {
      sizes.append(count)
      return sizes.count - 1
    }
    let buffer = free.remove(at: best)
    sizes[buffer] = max(sizes[buffer], count)
    return buffer
  }
}

extension Node {
  /// The kernel, if it can work in place.
  fileprivate var inPlace: (any InPlaceKernel)? {
    guard case .kernel(let kernel) = operation, kernel.timing == .identity,
      inputs[0].frame == output.frame
    else { return nil }
    return kernel as? any InPlaceKernel
  }
}
