import OrderedCollections
import PlainData
import Tensors

/// Several outputs of a program in one: what each makes of a frame, one behind the other.
struct ExportedOutputs {
  /// (B, C, T): the channels and places of each output as channels.
  let joined: ExportedSignal
  /// The outputs that are in it, the first one first, with their axes as they were.
  let signals: [ExportedSignal]
  /// Which outputs are not in it, by their numbers from 1.
  let others: [Int]

  /// Where each output is among the channels of all.
  var parts: [AxisOrder.Part] {
    var start = 0
    let numbers = (0..<signals.count + others.count).filter { !others.contains($0 + 1) }
    return zip(numbers, signals).map { number, signal in
      let axes = ExportedOutputs.inside(of: signal)
      let count = axes.reduce(1) { $0 * signal.axes[$1] }
      defer { start += count }
      return AxisOrder.Part(
        number: number, channels: start..<start + count, axes: axes.map { signal.axes[$0] },
        order: signal.layout)
    }
  }

  /// The axes of a clip that are not the batch nor time.
  static func inside(of signal: ExportedSignal) -> [Int] {
    signal.axes.indices.filter { $0 != ExportedSignal.batch && $0 != ExportedSignal.time }
  }
}

extension ExportedTranslator {
  /// All outputs in one, as far as they can be; nil where there is one alone, or the first cannot be joined.
  mutating func joinedOutputs() -> ExportedOutputs? {
    guard problems.isEmpty, graph.outputs.count > 1, let first = firstOutput,
      let node = graph.nodes.last, !first.isFlat, first.padding == nil
    else { return nil }
    var signals = [first]
    var others: [Int] = []
    for (index, name) in graph.outputs.enumerated().dropFirst() {
      guard let signal = try? output(name, beside: first, node) else {
        others.append(index + 1)
        continue
      }
      signals.append(signal)
    }
    guard signals.count > 1 else { return nil }
    let before = modules.count
    guard let joined = try? joined(frames: signals, node) else {
      modules.removeLast(modules.count - before)
      return nil
    }
    return ExportedOutputs(joined: joined, signals: signals, others: others)
  }

  /// An output that has its frames when the first one has.
  private mutating func output(
    _ name: String, beside first: ExportedSignal, _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal {
    let before = modules.count
    do throws(ExportedProblem) {
      try paint(name, node)
      if case .places(let places, let axis)? = values[name] {
        values[name] = .signal(try numbers(of: places, axis, node))
      }
      guard case .signal(var signal)? = values[name] else { throw .notOfTheClip(name) }
      signal = try settled(try rejoined(signal, node), node)
      signal = try finished(signal, node)
      guard !signal.isFlat, signal.isLastFrame == first.isLastFrame,
        signal.isWholeClip == first.isWholeClip, !signal.layout.contains(-1),
        signal.axes[ExportedSignal.time] == first.axes[ExportedSignal.time],
        rates[signal.node] ?? 1 == rates[first.node] ?? 1
      else { throw .joinedOrders }
      return signal
    } catch {
      modules.removeLast(modules.count - before)
      throw error
    }
  }

  /// Clips with all axes of a frame as channels, one behind the other.
  private mutating func joined(
    frames signals: [ExportedSignal], _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal {
    var clips: [ExportedSignal] = []
    for signal in signals {
      clips.append(
        try withChannels(inside: ExportedOutputs.inside(of: signal), signal, node))
    }
    let result = try joined(
      clips, "Reduce", node, ["reduce": .string("concat")], addingChannels: true)
    guard case .signal(let joined) = result else { throw .joinsNothing }
    return joined
  }
}
