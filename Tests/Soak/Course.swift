import Continual
import Tensors
import TestSupport

/// The frames that all streams of a soak take, and the outputs that belong to them.
///
/// The frames repeat. From the second time on a network with a finite receptive field yields the same
/// outputs each time, bit for bit, however long the stream has run.
struct Course: Sendable {
  let plan: Plan
  private let frames: [Tensor]
  /// What is due at each of the first steps: the warm-up, then the frames once.
  private let outputs: [Tensor?]

  /// Chooses frames, and runs a stream over them.
  ///
  /// - Throws: ``ModuleError`` where the plan takes other frames.
  init(_ plan: Plan) throws {
    self.plan = plan
    // A multiple of each stride up to 10, so that the phase of a strided network repeats as well.
    let period = 2520
    var random = SeededRandom(1)
    frames = (0..<period).map { _ in random.tensor(plan.inputFrame) }
    var stream = plan.makeStream()
    var outputs: [Tensor?] = []
    for step in 0..<(2 * period) { outputs.append(try stream.forwardStep(frames[step % period])) }
    self.outputs = outputs
  }

  /// The frame that every stream takes at a step.
  func frame(_ step: Int) -> Tensor { frames[step % frames.count] }

  /// Compares what a stream yielded, bit for bit.
  func check(_ output: Tensor?, at step: Int) throws {
    let place = step < outputs.count ? step : frames.count + step % frames.count
    guard
      output?.shape == outputs[place]?.shape,
      output?.scalars.map(\.bitPattern) == outputs[place]?.scalars.map(\.bitPattern)
    else { throw OtherOutput(step: step) }
  }

  /// A step whose output is not that of the same frames before.
  struct OtherOutput: Error, CustomStringConvertible {
    let step: Int
    var description: String { "step \(step) has another output than the same frames had before" }
  }
}
