import OrderedCollections
package import PlainData
import Tensors

extension Benchmark {
  /// The schema of the document.
  package static let schema = "coverify.bench/1"

  /// One object of the schema.
  ///
  /// - Parameters:
  ///   - path: the model, as the user named it.
  ///   - verdict: whether what was timed is right.
  ///   - tool: the version of the program.
  /// - Returns: the object.
  package func document(of path: String, verdict: String, tool: String) -> PlainValue {
    .members(
      ("schema", .string(Benchmark.schema)),
      ("tool", .members(("name", .string("coverify")), ("version", .string(tool)))),
      ("path", .string(path)), ("verdict", .string(verdict)),
      ("clip", .integers(clip.axes)), ("delay", .int(delay)), ("state_bytes", .int(stateBytes)),
      ("threads", .int(threads)),
      ("operations", .number(operations)),
      (
        "times",
        .members(
          ("step", step.map(runs)), ("clip", runs(forward)), ("chunk", chunk.map(runs)),
          ("window", runs(window)), ("calibration", runs(calibration)))
      ), ("window_frames", .int(windowFrames)), ("speed_up", speedUp.map(PlainValue.number)),
      (
        "layers",
        .list(
          layers.map {
            .members(
              ("path", .string($0.path)), ("class", .string($0.type)),
              ("median", .number($0.seconds)), ("operations", .number($0.operations)))
          })
      ))
  }

  private func runs(_ runs: TimedRuns) -> PlainValue {
    .members(
      ("median", .number(runs.median)), ("spread", .number(runs.spread)),
      ("slowest", .number(runs.slowest)), ("runs", .int(runs.count)))
  }
}

extension Benchmark {
  /// What is compared with an earlier report, by its name there.
  fileprivate static let comparedModes:
    [(name: String, runs: @Sendable (Benchmark) -> TimedRuns?)] = [
      ("step", { $0.step }), ("chunk", { $0.chunk }), ("clip", { $0.forward }),
    ]
}

/// Times of another run, in parts of its calibration loop.
package struct BenchmarkBaseline: Sendable {
  /// How many threads computed at most; one in reports that do not say it.
  package let threads: Int

  /// What is timed, by its name.
  private let ratios: [(mode: String, ratio: Double)]

  /// Takes times from a document.
  ///
  /// - Returns: nil for what is no document of a benchmark.
  package init?(_ document: PlainValue) {
    guard case .object(let members) = document, members["schema"] == .string(Benchmark.schema),
      case .object(let times) = members["times"],
      let calibration = BenchmarkBaseline.median(times["calibration"]), calibration > 0
    else { return nil }
    if case .int(let count) = members["threads"] { threads = count } else { threads = 1 }
    ratios = Benchmark.comparedModes.compactMap { mode, _ in
      BenchmarkBaseline.median(times[mode]).map { (mode, $0 / calibration) }
    }
  }

  private static func median(_ value: PlainValue?) -> Double? {
    guard case .object(let members) = value else { return nil }
    return members["median"]?.double
  }

  /// How many times longer each mode takes now, both in parts of the loop.
  package func changes(to now: Benchmark) -> [(mode: String, factor: Double)] {
    ratios.compactMap { before in
      let mode = Benchmark.comparedModes.first { $0.name == before.mode }
      return mode?.runs(now).map {
        (before.mode, $0.median / now.calibration.median / before.ratio)
      }
    }
  }
}
