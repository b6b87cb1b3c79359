import Continual
import Tensors
import TestSupport
import Testing

@Suite("entries of a batch")
struct BatchTests {
  /// Layers that work on several entries at once, or could.
  private static let cases = LayerCase.all.filter { layer in
    ["Linear", "LSTM", "GRU", "RNN", "ttention", "Transformer", "Conv", "Pool"]
      .contains { layer.node.contains($0) }
  }

  // A vector of columns and some more, and fewer than a vector.
  @Test("have the bits that they have alone", arguments: cases, [3, 21])
  func bits(_ layer: LayerCase, batch: Int) throws {
    let axes = layer.frame.axes.dropFirst()
    let (one, all) = (Shape([1] + axes), Shape([batch] + axes))
    let module = try layer.module()
    let alone = try Plan(module, frame: one, clipLength: layer.frames)
    // A layer that moves the axis of the batch has other frames then.
    guard let together = try? Plan(module, frame: all, clipLength: layer.frames),
      together.output.frame.axes.dropFirst() == alone.output.frame.axes.dropFirst()
    else { return }
    var random = SeededRandom(7)
    let clip = random.tensor(all.clip(frames: layer.frames))
    let outputs = try modes(together, clip)
    let size = clip.shape.count / batch
    for entry in [0, 1, batch - 1] {
      let own = Tensor(
        one.clip(frames: layer.frames), Array(clip.scalars[entry * size..<(entry + 1) * size]))
      for (mode, (expected, found)) in zip(["clip", "steps"], zip(try modes(alone, own), outputs)) {
        let part = found[entry * expected.count..<(entry + 1) * expected.count]
        #expect(part.elementsEqual(expected, by: isSame), "\(mode) of entry \(entry)")
      }
    }
  }

  private func isSame(_ one: Float, _ other: Float) -> Bool { one.bitPattern == other.bitPattern }

  /// What a clip becomes, at once and frame by frame.
  private func modes(_ plan: Plan, _ clip: Tensor) throws -> [[Float]] {
    var stream = plan.makeStream()
    var steps: [Tensor] = []
    for time in 0..<clip.shape[2] {
      if let made = try stream.forwardStep(clip.frame(time)) { steps.append(made) }
    }
    // Entry by entry, as the clip is.
    let batch = clip.shape[0]
    let entries = (0..<batch).flatMap { entry in
      steps.flatMap { step in
        let size = step.shape.count / batch
        return step.scalars[entry * size..<(entry + 1) * size]
      }
    }
    return [try plan.forward(clip).scalars, entries]
  }
}
