import Checkpoints
import OrderedCollections
import PlainData
import Tensors

// What comes out, and what is needed for it.
extension ExportedTranslator {
  /// Makes the output one whose axes are those that it has in PyTorch.
  mutating func finishOutput() {
    guard let name = graph.outputs.first, let node = graph.nodes.last, let output = firstOutput,
      !output.isFlat
    else { return }
    report(node) { translator throws(ExportedProblem) in
      translator.values[name] = .signal(
        try translator.finished(try translator.settled(output, node), node))
    }
  }

  mutating func finished(
    _ output: ExportedSignal, _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal {
    var result = output
    let isFeatures =
      output.dims.count == 2 && output.dims[0] == [ExportedSignal.batch]
      && !output.dims[1].contains(ExportedSignal.time)
      && (output.isLastFrame || output.axes[ExportedSignal.time] == 1)
    if isFeatures, output.axis(of: 1) != ExportedSignal.channels {
      result = try withChannels(output, node)
    }
    if !isFeatures, !result.isLastFrame, result.padding == nil {
      // Axes that are products become axes of the clip, unless it is batch or time that they hold.
      result = (try? withWindows(result, count: result.dims.count, node)) ?? result
      // So do axes of length one that PyTorch's output has besides those of the clip.
      if result.layout.contains(-1) { result = (try? separated(result, node)) ?? result }
    }
    // Of what was pooled over a whole clip, nothing is left of time.
    if isFeatures, output.isWholeClip { return try flattened(result, node) }
    // Axes of length one that PyTorch's output does not have.
    let used = Set(result.dims.joined())
    let empty = result.dims.indices.count { result.axis(of: $0) == nil }
    let dropped = result.axes.indices.filter { result.axes[$0] == 1 && !used.contains($0) }
      .dropFirst(empty).filter { $0 > ExportedSignal.time }
    guard !dropped.isEmpty, result.padding == nil else { return result }
    return try rearranged(
      result, to: result.axes.indices.filter { !dropped.contains($0) }.map { [$0] }, node)
  }

  /// The output, or all of them in one; nil where the first could not be reached, which was reported.
  var output: ExportedSignal? { outputs?.joined ?? firstOutput }

  /// The first output; nil where it could not be reached, which was reported.
  var firstOutput: ExportedSignal? {
    guard let name = graph.outputs.first, case .signal(let signal)? = values[name] else {
      return nil
    }
    return signal
  }

  /// The nodes that lead to the output; others were made for calls that could do without them.
  var neededModules: [ModuleDescription] {
    guard let output else { return modules }
    var waiting = [output.node]
    var needed: Set<String> = [output.node]
    let inputs = Dictionary(
      modules.map { ($0.wiring?.id ?? "", $0.wiring?.inputs ?? []) }, uniquingKeysWith: { $1 })
    while let id = waiting.popLast() {
      for input in inputs[id] ?? [] where needed.insert(input).inserted { waiting.append(input) }
    }
    return modules.filter { needed.contains($0.wiring?.id ?? "") }
  }

  /// The tensors that these nodes read.
  var neededWeights: OrderedDictionary<String, StoredTensor> {
    let needed = neededModules
    guard needed.count < modules.count else { return weights }
    let (own, all) = (ReadNames(needed), ReadNames(modules))
    return weights.filter { own.contains($0.key) || !all.contains($0.key) }
  }
}

/// Which tensors some modules read: those below their paths, and those that an argument names.
private struct ReadNames {
  private var paths: Set<Substring> = []
  private var names: Set<String> = []

  init(_ modules: [ModuleDescription]) {
    for module in modules {
      if let name = module.name { paths.insert(name[...]) }
      for case .string(let name) in module.arguments.values { names.insert(name) }
    }
  }

  func contains(_ name: String) -> Bool {
    if names.contains(name) { return true }
    let dots = name.indices.filter { name[$0] == "." }
    // Below no path there are names without a dot.
    return dots.isEmpty ? paths.contains("") : dots.contains { paths.contains(name[..<$0]) }
  }
}
