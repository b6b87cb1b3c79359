import Continual
import Tensors

/// CV3 and CV4 once more, on frames of other sizes: other batches, and odd numbers of places.
///
/// A loop that leaves out the last element, or takes a batch for granted, is right for sizes that are
/// multiples of a vector.
struct VariedSizes {
  /// The network with frames of its own.
  let network: NetworkUnderTest

  /// Judges modules; nil to leave them out.
  let layers: LayerCheck?

  /// Judges the modes; nil to leave them out.
  let modes: ModeCheck?

  /// About how many numbers may be recorded at a time.
  let recordingBudget: Int

  /// The checks for sizes that the network takes; none for one that takes its own only.
  var checks: [CaseCheck] {
    let frame = network.frame
    let batch = frame[0] == 1 ? 3 : 1
    guard network.isCostly, frame[0] == 1 else {
      let shapes = [odd(batch: batch), Shape([3] + frame.axes.dropFirst())]
      let count = network.isCostly || shapes[0] == shapes[1] ? 1 : 2
      return shapes.prefix(count).compactMap(varied).map { check($0) }
    }
    // Each entry of a batch is compared with what it is alone, which is judged.
    let alone = varied(odd(batch: 1))
    let frames = (alone ?? network).frame
    let batched = varied(Shape([batch] + frames.axes.dropFirst()))
    return [alone.map { check($0) }, batched.map { check($0, alone: alone ?? network) }]
      .compactMap(\.self)
  }

  /// The shape of frames whose space has odd numbers of places.
  private func odd(batch: Int) -> Shape {
    let space = network.frame.axes.dropFirst(2)
    return Shape(
      [batch, network.frame[1]] + space.map { $0 > 2 ? ($0 - 1) | 1 : $0 == 2 ? 3 : 1 })
  }

  /// The network with other frames; nil where it does not take them, or has them already.
  private func varied(_ frame: Shape) -> NetworkUnderTest? {
    guard let varied = network.with(frame), varied.judged == network.judged else { return nil }
    return varied
  }

  private func check(_ varied: NetworkUnderTest, alone: NetworkUnderTest? = nil) -> CaseCheck {
    // Where few clips are judged, this one has large numbers as well; a batch is about its entries.
    let isLarge = network.isCostly && varied.frame[0] == 1
    var clipCase = ClipCase(
      isLarge ? .burst : .normal, frame: varied.frame, frames: network.clipLength,
      seed: network.seed,
      name: "frames " + varied.frame.description + (isLarge ? ", burst x 30" : ""),
      factor: isLarge ? 30 : 1)
    clipCase.spoilsFirstEntry = alone != nil
    return CaseCheck(
      network: varied, cases: [clipCase],
      layers: layers.map { LayerCheck(network: varied, budget: $0.budget, path: $0.path) },
      modes: modes.map { ModeCheck(network: varied, path: $0.path) },
      recordingBudget: recordingBudget, alone: alone)
  }
}
