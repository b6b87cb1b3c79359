package import Checkpoints
import Continual
import Tensors
package import TorchModels
package import Verification

extension Subject {
  /// Names a network of a file, by a plan for the clips that it is judged with.
  ///
  /// - Parameters:
  ///   - model: the network.
  ///   - plan: a plan of it.
  ///   - path: the file, as the user named it.
  ///   - acceptsAssumptions: whether the user accepts what nothing in the file says.
  ///   - recordedSHA256: of the file that a fixture was recorded of; nil where there is none.
  /// - Throws: `CheckpointError` where the file cannot be read to be hashed.
  package init(
    _ model: LoadedModel, _ plan: LoadedModel.ClipPlan, path: String, acceptsAssumptions: Bool,
    recordedSHA256: String? = nil
  ) throws(CheckpointError) {
    let (provenance, checkpoint) = (model.provenance, model.provenance.file.checkpoint)
    let types = provenance.scalarTypes
    self.init(
      plan.plan, clipLength: plan.frames,
      weights: types.first { $0 == .float64 } ?? types.first ?? .float32,
      roundsWeights: provenance.roundsWeights,
      loading: LoadingFacts(
        path: path, byteCount: checkpoint.byteCount, sha256: try checkpoint.sha256(),
        recordedSHA256: recordedSHA256,
        format: checkpoint.format.rawValue, architecture: model.architecture.source.summary,
        tensorCount: provenance.tensorCount, assumptions: provenance.assumptions,
        acceptsAssumptions: acceptsAssumptions,
        stepless: provenance.stepless.map {
          SteplessCall(place: $0.place, reason: $0.reason, remedy: $0.remedy)
        }))
  }
}

extension PyTorchReference {
  /// Takes over what a fixture says.
  package init(_ fixture: Fixture) {
    self.init(fixture.reference, addingTime: false)
    truth = .fixture
    samples = fixture.samples
    source = fixture.path.name.description
  }

  /// Takes over what PyTorch computed.
  ///
  /// - Parameters:
  ///   - reference: of a file.
  ///   - addingTime: whether PyTorch's output lacks the axis of time, which has length one then.
  ///   - isLastFrame: whether it is the last frame of the clip alone.
  package init(_ reference: LoadedModel.Reference, addingTime: Bool, isLastFrame: Bool = false) {
    var forward = reference.forward
    if addingTime, let output = forward, output.shape.rank >= 2 {
      forward = output.reshaped(output.shape.clip(frames: 1))
    }
    self.init(
      forward: forward.map { Output($0, isFloat32: reference.isSinglePrecision) },
      steps: reference.steps.map { Output($0, isFloat32: reference.isSinglePrecision) },
      stepsIndex: reference.stepsIndex, source: reference.source)
    layers = reference.layers
    example = reference.isExample ? reference.input : nil
    self.isLastFrame = isLastFrame
    channelCount = reference.channelCount
  }
}
