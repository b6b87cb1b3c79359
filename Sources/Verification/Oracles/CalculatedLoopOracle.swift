package import Continual
package import Tensors

/// The function once more, frame by frame from the beginning: it is in `Double` as it is.
///
/// So this oracle finds only what happens around the function: a state that is lost, or comes from another sample.
/// What the function makes is compared with PyTorch's output.
extension CalculatedLoop: ReferencedLeaf, RoundingKnown {
  package var operationsPerElement: Int { max(operationCount / max(outputCount, 1), 1) }

  package var remembersEverything: Bool { true }

  package func reference(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    var states = [[Double]](
      repeating: initial.map(CalculatedLoop.remembered), count: clip.shape[0])
    var frames: [[Double]] = []
    for time in 0..<clip.shape[2] {
      let frame = clip.frame(time).scalars
      frames.append(
        (0..<clip.shape[0]).flatMap { sample in
          let made = function(
            Array(frame[sample * inputCount..<(sample + 1) * inputCount]), states[sample])
          states[sample] = made.state.map(CalculatedLoop.remembered)
          return made.output
        })
    }
    return Tensor64(frames: frames, of: Shape([clip.shape[0], outputCount]))
  }

  func rounding(of values: Tensor64, from clip: Tensor64) -> Rounding { .rounded() }
}
