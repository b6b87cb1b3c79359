import Continual
import Tensors
import Verification

/// How long a step spends in each module: the clock is read whenever a part of the plan has yielded frames.
struct LayerTimes {
  private let plan: Plan
  private let clip: Tensor

  /// For each node of the plan, the module that is done with it; -1 where none is.
  private let ends: [Int]

  init(_ plan: Plan, _ clip: Tensor) {
    self.plan = plan
    self.clip = clip
    var modules: [Wire: Int] = [:]
    for index in plan.judgedModules.reversed() { modules[plan.modules[index].output] = index }
    ends = plan.nodes.map { modules[$0.output] ?? -1 }
  }

  /// Times steps.
  ///
  /// - Parameters:
  ///   - seconds: how long, at most.
  ///   - operations: of a step in each module, by its index.
  /// - Returns: the modules that take time, in the order in which they work.
  func layers(seconds: Double, operations: [Int: Double]) -> [Benchmark.Layer] {
    var task = SteppingTask(plan, clip)
    var times = [[Double]](repeating: [], count: plan.modules.count)
    let end = ContinuousClock.now.advanced(by: .seconds(seconds))
    var steps = 0
    // Of a stride, several steps are one round of what happens.
    let round = max(1, plan.timing.rate.down)
    while steps < 15 * round || (ContinuousClock.now < end && steps < 20_000) {
      var spent = [Double](repeating: 0, count: plan.modules.count)
      for _ in 0..<round {
        var last = ContinuousClock.now
        task.run(1) { node in
          let module = ends[node]
          guard module >= 0 else { return }
          let now = ContinuousClock.now
          spent[module] += (now - last) / .seconds(1)
          last = now
        }
      }
      for (module, seconds) in spent.enumerated() where seconds > 0 {
        times[module].append(seconds / Double(round))
      }
      steps += round
    }
    return plan.modules.indices.compactMap { index in
      guard !times[index].isEmpty else { return nil }
      return Benchmark.Layer(
        path: plan.modules[index].path, type: plan.modules[index].module.typeName,
        seconds: TimedRuns(times[index], count: times[index].count).median,
        operations: operations[index] ?? 0)
    }
  }
}
