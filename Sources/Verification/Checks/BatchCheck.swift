import Continual
import Tensors

/// CV4 and CV505 on a batch of several clips, where it would take long to judge the modules on them.
///
/// Each entry of the batch has to be what it is alone. Where it does not have the same bits, which kernels
/// need not promise, the modules are judged on the whole batch.
struct BatchCheck: Check {
  static let codes = CaseCheck.codes.union([.isolation])

  /// Compares the modes on the batch.
  let modes: CaseCheck

  /// Judges the modules on the batch.
  let layers: CaseCheck

  /// The network for a batch of one.
  let alone: NetworkUnderTest

  var plans: [Plan] { [modes.network.plan, alone.plan] }

  func plan(_ evidence: inout Evidence) {
    modes.plan(&evidence)
    for clipCase in modes.cases { evidence.require(requirement(clipCase)) }
  }

  func run(_ evidence: inout Evidence) throws(VerificationError) {
    try modes.run(&evidence)
    for clipCase in modes.cases where !evidence.isOver {
      let clip = clipCase.second
      let whole = try modes.network.forward(clip).output
      var isSame = true
      for entry in 0..<clip.shape[0] where isSame {
        isSame = try alone.forward(clip.entry(entry)).output.hasSameBits(as: whole.entry(entry))
      }
      evidence.record(
        requirement(clipCase), Measurement(elements: whole.shape.count, worst: 0))
      guard isSame else {
        layers.plan(&evidence)
        return try layers.run(&evidence)
      }
    }
  }

  private func requirement(_ clipCase: ClipCase) -> Requirement {
    Requirement(.isolation, mode: .clip, profile: clipCase.name)
  }
}

extension Tensor {
  /// One entry of a batch of clips, as a batch of one.
  fileprivate func entry(_ index: Int) -> Tensor {
    let size = shape.count / shape[0]
    return Tensor(
      Shape([1] + shape.axes.dropFirst()), Array(scalars[index * size..<(index + 1) * size]))
  }
}
