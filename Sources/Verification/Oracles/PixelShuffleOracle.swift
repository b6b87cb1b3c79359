public import Continual
public import Tensors

extension PixelShuffle: ReferencedLeaf {
  public func referenceLength(ofClip frames: Int) -> Int? {
    guard frames > 0 else { return nil }
    return isFramewise ? frames : frames * factors[0]
  }

  /// Each element of an input channel goes to the place that the channel has among those of its group.
  public func reference(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    let first = isFramewise ? 3 : 2
    let group = factors.reduce(1, *)
    guard clip.shape.rank == first + factors.count, clip.shape[1].isMultiple(of: group) else {
      throw VerificationError(.clip(.shuffled(clip.shape, factors: factors)))
    }
    var axes = clip.shape.axes
    axes[1] /= group
    for (axis, factor) in factors.enumerated() { axes[first + axis] *= factor }
    let shape = Shape(axes)
    let strides = shape.strides
    var scalars = [Double](repeating: 0, count: shape.count)
    for offset in 0..<clip.shape.count {
      var place = clip.shape.place(ofElement: offset)
      var rest = place[1] % group
      place[1] /= group
      for axis in factors.indices.reversed() {
        place[first + axis] = place[first + axis] * factors[axis] + rest % factors[axis]
        rest /= factors[axis]
      }
      let target = place.indices.reduce(0) { $0 + place[$1] * strides[$1] }
      scalars[target] = clip.scalars[offset]
    }
    return Tensor64(shape, scalars)
  }
}

extension PixelShuffle: Moving {}
