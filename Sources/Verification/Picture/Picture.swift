import Continual
import Tensors

/// What a page shows of a run, beside what its report says.
struct Picture: Sendable {
  /// Frames in a row, as those of a module in one mode.
  struct Row: Sendable {
    /// The dotted path of the module, or a pair of ways to compute the output, as `clip/step`.
    let name: String
    /// The class of the module; empty for a pair.
    let typeName: String
    /// Whether two outputs are compared, and no module.
    let isPair: Bool
    /// The frames, several to a cell where there are many.
    let cells: [FrameError]
    /// How many frames there are.
    let frames: Int
    /// How the time of the row relates to that of the input.
    let timing: Timing
  }

  /// Something that runs: one row of the graph.
  struct Node: Sendable {
    let path: String
    let typeName: String
    /// The module as PyTorch prints it, without its class.
    let summary: String
    /// The numbers of the wires that come in and of the one that goes out.
    let inputs: [Int]
    let output: Int
    let frame: Shape
    let timing: Timing
  }

  /// The modules in steps, or in both modes where they have the same cells, and then the outputs.
  let steps: [Row]
  /// The modules in clips; empty where they have the same cells as in steps.
  let clips: [Row]
  /// The outputs.
  let pairs: [Row]
  /// How many modules there are, of which some may have no row.
  let judgedCount: Int
  /// Elements over time, the worst one first.
  let traces: [Trace]
  /// All that runs, in order.
  let nodes: [Node]
  /// How many nodes there are.
  let nodeCount: Int
  let joins: [PlacedJoin]
  /// The number of frames of the clips, and how many outputs each has.
  let clipLength: Int
  let outputLength: Int
  let timing: Timing

  /// How many nodes are shown at most.
  private static let mostNodes = 3_000

  /// How many joins are looked at.
  private static let mostJoins = 300
}

extension Picture {
  /// Lays out what a run has seen.
  init(_ evidence: Evidence, _ network: NetworkUnderTest) {
    let plan = network.plan
    let seen = evidence.seen
    func rows(_ mode: Mode) -> [Row] {
      network.judged.compactMap { index in
        let subject = SeenFrames.Subject.layer(LayerKey(index: index, mode: mode))
        guard let cells = seen.rows[subject] else { return nil }
        let place = plan.modules[index]
        return Row(
          name: place.path, typeName: place.module.typeName, isPair: false, cells: cells,
          frames: seen.frameCounts[subject] ?? cells.count, timing: plan.timing(of: place.output))
      }
    }
    let (inSteps, inClips) = (rows(.step), rows(.clip))
    steps = inSteps
    clips = inSteps.map(\.cells) == inClips.map(\.cells) ? [] : inClips
    let order = [
      "clip/steps", "clip/step", "clip/as written", "clip/PyTorch", "steps/PyTorch",
      "step/PyTorch",
    ]
    pairs = order.compactMap { pair in
      seen.rows[.pair(pair)].map { cells in
        Row(
          name: pair, typeName: "", isPair: true, cells: cells,
          frames: seen.frameCounts[.pair(pair)] ?? cells.count, timing: plan.timing)
      }
    }
    judgedCount = network.judged.count
    traces = seen.traces.enumerated().sorted {
      $0.element.ratio == $1.element.ratio
        ? $0.offset < $1.offset : $0.element.ratio > $1.element.ratio
    }.map(\.element)
    let descriptions = plan.modules.reduce(into: [String: String]()) {
      $0[$1.path] = $0[$1.path] ?? $1.module.summary
    }
    nodes = plan.nodes.prefix(Picture.mostNodes).map { node in
      Node(
        path: node.path, typeName: node.typeName, summary: descriptions[node.path] ?? "",
        inputs: node.inputs.map(\.id), output: node.output.id, frame: node.output.frame,
        timing: node.timing)
    }
    nodeCount = plan.nodes.count
    joins = plan.joins(most: Picture.mostJoins)
    clipLength = network.clipLength
    outputLength = plan.outputLength(ofClip: network.clipLength) ?? 0
    timing = plan.timing
  }
}
