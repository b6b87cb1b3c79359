import Foundation
import OrderedCollections
import Tensors

// An experiment: which call makes all that it makes of the first frame of a clip, and of the last one.
extension ExportedCalculation {
  /// The call behind which no number belongs to some frames of the clip alone.
  ///
  /// - Parameter dim: the axis of the input that is time.
  /// - Returns: its number in the graph; nil where there is none, or it is a pool at the end, which a stream can
  ///   have over a window.
  func mixingCall(alongTime dim: Int) -> Int? {
    guard clip.shape.indices.contains(dim), clip.shape[dim] > 2 else { return nil }
    let length = clip.shape[dim]
    guard let first = changed(dim, at: 0), let last = changed(dim, at: length - 1) else {
      return nil
    }
    var runs = [clip, first, last].map { input in
      values.merging(Dictionary(uniqueKeysWithValues: program.inputs.map { ($0, input) })) { $1 }
    }
    var mixed: Set<String> = []
    var moving: Set<String> = Set(program.inputs)
    var windowed: Set<String> = []
    var pool: Int?
    for (index, call) in program.calls.enumerated() {
      for run in runs.indices {
        guard (try? TensorProgram.run(call, &runs[run])) != nil else { return nil }
      }
      let inputs = Set(call.arguments.values.flatMap(\.names))
      for name in call.outputs.compactMap(\.self) {
        switch mixing(name, runs) {
        case .none: break
        case .some: moving.insert(name)
        // A window that is as long as the clip is one all the same.
        case .all where !isMixing(call, windowed) && inputs.isDisjoint(with: mixed):
          moving.insert(name)
          windowed.insert(name)
        case .all: mixed.insert(name)
        }
      }
      let isMixed = call.outputs.first.flatMap(\.self).map(mixed.contains) ?? false
      if let pool, !inputs.isDisjoint(with: mixed), !inputs.isDisjoint(with: moving) {
        // What was taken of the whole clip meets its frames again.
        return numbers[pool]
      }
      if isMixed, inputs.isDisjoint(with: mixed) {
        guard ExportedCalculation.pools.contains(where: call.name.hasPrefix) else {
          return numbers[index]
        }
        pool = pool ?? index
      }
    }
    return nil
  }

  /// Whether a call can make what depends on all frames otherwise than by a window, of which some of its inputs depend
  /// on all of them already.
  private func isMixing(_ call: TensorCall, _ windowed: Set<String>) -> Bool {
    if ExportedCalculation.mixers.contains(where: call.name.hasPrefix) { return true }
    return windowed.isDisjoint(with: call.arguments.values.flatMap(\.names))
      && !ExportedCalculation.windows.contains(where: call.name.hasPrefix)
  }

  /// How the numbers of a value depend on the frames of the clip.
  private enum Mixing { case none, some, all }

  private func mixing(_ name: String, _ runs: [[String: TensorView]]) -> Mixing {
    guard let values = runs[0][name]?.numbers, let first = runs[1][name]?.numbers,
      let last = runs[2][name]?.numbers, first.count == values.count, last.count == values.count
    else { return .none }
    var (either, both) = (0, 0)
    for index in values.indices {
      let (one, other) = (first[index] != values[index], last[index] != values[index])
      if one || other { either += 1 }
      if one, other { both += 1 }
    }
    if either == 0 { return .none }
    return Double(both) >= 0.999 * Double(either) && 2 * both >= values.count ? .all : .some
  }

  /// The example with another frame at one place.
  private func changed(_ dim: Int, at place: Int) -> TensorView? {
    let result = clip.copied
    guard let frame = try? result.narrowed(dim, from: place, count: 1),
      clip.storage.numbers.contains(where: { $0 != $0.rounded() })
    else { return nil }
    frame.write(frame.numbers.enumerated().map { $1 + 0.5 + 0.3 * sin(Double($0)) })
    return result
  }

  /// Calls that make what they make of a window of frames, or of those so far.
  private static let windows = [
    "conv", "avg_pool", "max_pool", "lstm", "gru", "rnn_", "select", "slice", "index", "cumsum",
    "narrow", "cat", "stack",
  ]

  /// Calls that bring frames together whatever they are given.
  private static let mixers = [
    "matmul", "bmm", "baddbmm", "softmax", "einsum", "scaled_dot", "group_norm", "instance_norm",
    "var", "std",
  ]

  /// Calls of which a window over time can be what steps have.
  private static let pools = ["adaptive_", "mean", "sum", "amax", "max"]
}
