public import Continual
public import Tensors

extension Identity: ReferencedLeaf {
  public func reference(_ clip: Tensor64) throws(VerificationError) -> Tensor64 { clip }
}

/// In evaluation mode nothing is dropped.
extension Dropout: ReferencedLeaf {
  public func reference(_ clip: Tensor64) throws(VerificationError) -> Tensor64 { clip }
}
