package import Continual
package import Tensors

/// What a network makes of a clip in float64, by the definitions of its layers: what a fixture keeps.
///
/// No plan, stream or kernel takes part, so that it is the same on every machine but for the last bits of
/// float64.
package struct GoldenOutputs: Sendable {
  /// The output of the clip (B, C', T', S'…).
  package private(set) var forward: Tensor64

  /// What the steps yield before the clip ends, one behind the other.
  package private(set) var steps: Tensor64

  /// The step that yields each of ``steps``.
  package private(set) var stepsIndex: [Int]

  /// What modules make of the clip, by their paths, in the order in which they are done.
  package private(set) var layers: [(path: String, output: Tensor64)]

  /// Who computed it.
  package private(set) var source = Truth.fixture

  /// Some numbers of the outputs that are too large to be kept.
  package let samples: [ModuleSample]

  /// How many numbers of such an output are kept.
  package static let sampleCount = 1024

  /// Computes them.
  ///
  /// - Parameters:
  ///   - plan: the network, for clips of this shape.
  ///   - clip: (B, C, T, S…).
  ///   - hasSteps: whether it has steps.
  ///   - mostNumbers: how many numbers all layers may have together; of the largest, samples are kept.
  /// - Throws: ``VerificationError``, with the path of a module that has no definition.
  package init(
    of plan: Plan, for clip: Tensor, hasSteps: Bool = true, mostNumbers: Int
  ) throws(VerificationError) {
    let oracle = NetworkOracle(plan.network)
    let recorder = OracleRecorder()
    forward = try oracle.forward(clip.widened, recordedBy: recorder)
    let all = hasSteps ? try oracle.steps(clip.widened) : forward.frames(0..<0)
    let timing = plan.timing
    stepsIndex = (0..<all.shape[2]).map(timing.step(ofOutput:)).filter { $0 < clip.shape[2] }
    steps = all.frames(0..<stepsIndex.count)

    let record = recorder.record
    let outputs = record.order.compactMap { path in
      record.entries[path].map { (path: path, output: $0.output) }
    }.filter { !$0.path.isEmpty }
    var room = mostNumbers
    var kept: Set<String> = []
    for layer in outputs.sorted(by: { $0.output.scalars.count < $1.output.scalars.count }) {
      room -= layer.output.scalars.count
      if room >= 0 { kept.insert(layer.path) }
    }
    layers = outputs.filter { kept.contains($0.path) }
    samples = outputs.filter { !kept.contains($0.path) }.map {
      ModuleSample(of: $0.output, path: $0.path, count: GoldenOutputs.sampleCount)
    }
  }

  /// The same with what PyTorch computed, as far as that is known and is float64.
  package func taking(_ reference: PyTorchReference) -> GoldenOutputs {
    var outputs = self
    if let output = reference.forward, !output.isFloat32, !reference.isLastFrame,
      reference.channelCount == nil
    {
      outputs.forward = output.values
      outputs.source = .pytorch
    }
    if let output = reference.steps, let index = reference.stepsIndex, !output.isFloat32 {
      (outputs.steps, outputs.stepsIndex) = (output.values, index)
      outputs.source = .pytorch
    }
    let theirs = Dictionary(reference.layers.map { ($0.path, $0.output) }) { first, _ in first }
    for index in layers.indices {
      guard let output = theirs[layers[index].path], output.shape == layers[index].output.shape
      else { continue }
      outputs.layers[index].output = output
    }
    return outputs
  }
}
