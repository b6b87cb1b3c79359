import Continual
import Tensors

/// CV3 and CV4 once more, on frames of other sizes: other batches, and odd numbers of places.
///
/// A loop that leaves out the last element, or takes a batch for granted, is right for sizes that are
/// multiples of a vector.
enum VariedSizes {
  /// The checks for sizes that the network takes; none for one that takes its own only.
  static func checks(
    _ network: NetworkUnderTest, layers: LayerCheck?, modes: ModeCheck?, recordingBudget: Int
  ) -> [CaseCheck] {
    let frame = network.frame
    let space = frame.axes.dropFirst(2)
    let odd = space.map { $0 > 2 ? ($0 - 1) | 1 : $0 == 2 ? 3 : 1 }
    let shapes = [frame[0] == 1 ? 3 : 1, 3].enumerated().map { index, batch in
      Shape([batch, frame[1]] + (index == 0 ? odd : Array(space)))
    }
    var checks: [CaseCheck] = []
    for shape in network.isCostly ? Array(shapes.prefix(1)) : shapes
    where shape != frame && !checks.contains(where: { $0.network.frame == shape }) {
      guard
        let plan = try? Plan(network.plan.network, frame: shape, clipLength: network.clipLength),
        plan.modules.count == network.plan.modules.count,
        let varied = try? NetworkUnderTest(
          plan, clipLength: network.clipLength, seed: network.seed),
        varied.judged == network.judged
      else { continue }
      let name = "frames " + shape.description
      checks.append(
        CaseCheck(
          network: varied,
          cases: [
            ClipCase(
              .normal, frame: shape, frames: network.clipLength, seed: network.seed, name: name)
          ],
          layers: layers.map { LayerCheck(network: varied, budget: $0.budget, path: $0.path) },
          modes: modes.map { ModeCheck(network: varied, path: $0.path) },
          recordingBudget: recordingBudget))
    }
    return checks
  }
}
