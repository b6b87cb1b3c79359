public import Continual
public import Tensors

/// One clip computed in all ways by one plan.
public struct ClipModes {
  /// All at once; nil where the clip is too short.
  public let forward: Tensor?
  /// What each step yields.
  public let steps: [Tensor?]
  /// One chunk without end padding.
  public let chunk: Tensor
  /// One chunk with end padding.
  public let padded: Tensor

  /// Computes `clip`, each time from a fresh stream.
  public init(_ plan: Plan, _ clip: Tensor) throws {
    forward = try? plan.forward(clip)
    var stream = plan.makeStream()
    var steps: [Tensor?] = []
    for time in 0..<clip.shape[2] { steps.append(try stream.forwardStep(clip.frame(time))) }
    self.steps = steps
    stream = plan.makeStream()
    chunk = try stream.forwardSteps(clip)
    stream = plan.makeStream()
    padded = try stream.forwardSteps(clip, padEnd: true)
  }

  /// The outputs of the steps, as a clip.
  public func stacked(of plan: Plan) -> Tensor {
    Tensor(frames: steps.compactMap { $0?.scalars }, of: plan.output.frame)
  }
}

extension DenseTensor where Scalar == Float {
  /// Whether shape and all bits are the same.
  public func isIdentical(to other: Tensor) -> Bool {
    shape == other.shape
      && zip(scalars, other.scalars).allSatisfy { $0.bitPattern == $1.bitPattern }
  }
}
