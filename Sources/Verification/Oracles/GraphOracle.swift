public import Continual
public import Tensors

/// A graph: its nodes are asked in an order in which each comes behind those that it reads.
extension Graph: Referenced {
  public func reference(
    _ clip: Tensor64, inside: any InsideReference
  ) throws(VerificationError) -> Tensor64 {
    try StreamWalk.clips(through: self, clip, inside, isSteps: false)
  }

  public func referenceSteps(
    _ clip: Tensor64, inside: any InsideReference
  ) throws(VerificationError) -> Tensor64 {
    try StreamWalk.clips(through: self, clip, inside, isSteps: true)
  }

  public func referenceLength(ofClip frames: Int, inside: (any Module, Int) -> Int?) -> Int? {
    StreamWalk.length(through: self, frames, inside)
  }
}
