public import Continual
public import Tensors

/// Each frame (B, C, S) is a clip of the layer inside, by the oracle of that.
extension FrameSequence: ReferencedLeaf, NoiseMeasured {
  public var operationsPerElement: Int {
    (layer as? any ReferencedLeaf)?.operationsPerElement ?? 1
  }

  public func reference(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    guard let layer = layer as? any ReferencedLeaf else {
      throw VerificationError(.oracle(.type(layer.typeName)))
    }
    var frames: [[Double]] = []
    var shape = clip.shape.frame
    for time in 0..<clip.shape[2] {
      let made = turned(try layer.reference(turned(clip.frame(time))))
      shape = made.shape
      frames.append(made.scalars)
    }
    return Tensor64(frames: frames, of: shape)
  }

  public func noise(_ clip: Tensor64) throws(VerificationError) -> Double {
    guard let layer = layer as? any NoiseMeasured else { return 0 }
    var noise = 0.0
    for time in 0..<clip.shape[2] {
      noise = max(noise, try layer.noise(turned(clip.frame(time))))
    }
    return noise
  }

  /// A clip with its frames in the opposite order, where the layer runs so.
  private func turned(_ clip: Tensor64) -> Tensor64 {
    guard isReversed else { return clip }
    let length = clip.shape[2]
    return Tensor64(
      clip.shape,
      clip.scalars.indices.map { index in
        clip.scalars[index / length * length + length - 1 - index % length]
      })
  }
}
