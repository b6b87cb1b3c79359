package import Continual

extension Plan {
  /// About how many multiplications a clip costs, computed once.
  ///
  /// The clip is the longest that the checks need: long enough for outputs, and for what paddings add.
  /// To step a layer costs something even where it hardly multiplies; that counts as so many.
  ///
  /// - Parameter frames: the frames of the clip.
  /// - Returns: the number, the frames it is for, and the path of the module that costs the most.
  package func work(frames: Int) -> (multiplications: Double, frames: Int, worst: String) {
    let overheadOfStep = 1000.0
    let longest = max(frames, timing.step(ofOutput: 4), outputLength(ofClip: frames) ?? 0)
    let costs = judgedModules.map { (path: modules[$0].path, cost: oracleCost(ofModule: $0)) }
    let frameCost = costs.reduce(overheadOfStep * Double(nodes.count)) { $0 + $1.cost }
    let worst = costs.max { $0.cost < $1.cost }?.path ?? ""
    return (frameCost * Double(longest), longest, worst)
  }
}
