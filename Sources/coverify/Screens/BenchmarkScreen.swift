import CheckpointTools
import PlainData
import Tensors
import TextLayout
import Verification

/// What `coverify bench` says.
struct BenchmarkScreen: Screen {
  let path: String
  let benchmark: Benchmark
  let verdict: ModelOutcome.Word
  /// How many frames come in a second; nil where nobody says.
  let rate: Double?
  /// How many times longer each mode takes than before.
  let changes: [(mode: String, factor: Double)]

  /// How many modules are listed, those first that take the longest.
  private static let shownLayers = 12

  var json: PlainValue {
    benchmark.document(
      of: path, verdict: verdict.rawValue, tool: Verifier.Options().toolVersion)
  }

  var human: String {
    var lines = ["\(path), clip \(benchmark.clip)".printable]
    lines += TextTable([.fitting, .right(10), .right(10), .right(10), .right(8)], indent: 2)
      .lines([["", "median", "spread", "99 %", "runs"]] + modes.map(cells))
    func row(_ title: String, _ text: String) {
      lines += Paragraph.labelled(title, text, column: 11)
    }
    lines.append("")
    if let step = benchmark.step {
      let frames = Number.count(benchmark.delay, "frame")
      let time = rate.map {
        ", \(Self.time(Double(benchmark.delay) / $0 + step.median)) at \(Number.short($0)) frames/s"
      }
      row("latency", "\(frames) and \(Self.time(step.median)) of work" + (time ?? ""))
      row(
        "speed-up",
        "\(Number.fixed(benchmark.speedUp ?? 0, decimals: 1)) times a window of "
          + "\(Number.count(benchmark.windowFrames, "frame")) that is computed anew")
      row(
        "work",
        "\(Number.large(Int(benchmark.operations))) operations a step, "
          + "\(Number.fixed(benchmark.operations / step.median / 1e9, decimals: 1)) GFLOP/s")
    }
    if benchmark.threads > 1 { row("threads", "\(benchmark.threads) at most") }
    row("state", "\(Number.bytes(benchmark.stateBytes)) a stream")
    row("verified", "\(verdict.rawValue): what the modes that were timed compute")
    for change in changes {
      row("before", "\(change.mode) takes \(Number.fixed(change.factor, decimals: 2)) of its time")
    }
    if !benchmark.layers.isEmpty {
      lines.append("")
      lines += layers
    }
    return lines.joined(separator: "\n")
  }

  private var modes: [(name: String, runs: TimedRuns)] {
    [
      ("step", benchmark.step), ("chunk of the clip", benchmark.chunk),
      ("clip at once", benchmark.forward), ("window at once", benchmark.window),
    ].compactMap { mode in mode.1.map { (mode.0, $0) } }
  }

  private func cells(_ mode: (name: String, runs: TimedRuns)) -> [String] {
    [
      mode.name, Self.time(mode.runs.median), Self.time(mode.runs.spread),
      Self.time(mode.runs.slowest), Number.grouped(mode.runs.count),
    ]
  }

  private var layers: [String] {
    let all = benchmark.layers.reduce(0) { $0 + $1.seconds }
    let shown = benchmark.layers.sorted { $0.seconds > $1.seconds }.prefix(Self.shownLayers)
    let rows = shown.map { layer in
      [
        "\(layer.path) \(layer.type)", Self.time(layer.seconds),
        "\(Number.fixed(100 * layer.seconds / max(all, 1e-12), decimals: 1)) %",
        layer.operations > 0
          ? "\(Number.fixed(layer.operations / layer.seconds / 1e9, decimals: 1))" : "-",
      ]
    }
    let rest = benchmark.layers.count - shown.count
    return TextTable([.fitting(atMost: 44), .right(10), .right(8), .right(8)], indent: 2)
      .lines([["module in a step", "median", "share", "GFLOP/s"]] + rows)
      + (rest > 0 ? ["  … and \(rest) more, which --format json lists"] : [])
  }

  /// A time in the unit that it is read best in.
  private static func time(_ seconds: Double) -> String {
    switch seconds {
    case 1...: Number.fixed(seconds, decimals: 2) + " s"
    case 1e-3...: Number.fixed(seconds * 1e3, decimals: 2) + " ms"
    default: Number.fixed(seconds * 1e6, decimals: 2) + " us"
    }
  }
}
