public import Continual
public import Tensors

/// What PyTorch's `interpolate` is, in `Double`: axis by axis, each place by itself.
extension Upsample: ReferencedLeaf {
  public func referenceLength(ofClip frames: Int) -> Int? {
    guard frames > 0 else { return nil }
    return isFramewise ? frames : lengths([frames])[0]
  }

  public var operationsPerElement: Int { 8 }

  public func reference(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    guard clip.shape[2] > 0 else {
      throw VerificationError(.length(.empty))
    }
    let first = isFramewise ? 3 : 2
    let axes = clip.shape.axes.dropFirst(first)
    guard !axes.isEmpty, extents.count == 1 || extents.count == axes.count else {
      throw VerificationError(.clip(.enlarged(clip.shape, axes: extents.count)))
    }
    var result = clip
    for (index, (axis, count)) in zip(axes.indices, lengths(Array(axes))).enumerated() {
      let places = (0..<count).map { place in
        mixture(
          extents[extents.count == 1 ? 0 : index], place, of: count, length: clip.shape[axis],
          isOfTwo: axes.count == 2)
      }
      result = resampled(result, axis: axis, places)
    }
    return result
  }

  /// The lengths that come out.
  private func lengths(_ axes: [Int]) -> [Int] {
    axes.enumerated().map { index, length in
      switch extents[extents.count == 1 ? 0 : index] {
      case .unchanged: length
      case .length(let wanted): wanted
      case .factor(let factor): Int((Double(length) * factor).rounded(.down))
      }
    }
  }

  /// What one output of an axis is made of: places and their shares.
  private func mixture(
    _ extent: Extent, _ place: Int, of count: Int, length: Int, isOfTwo: Bool
  ) -> [(place: Int, share: Double)] {
    var scale = Double(length) / Double(count)
    if case .factor(let factor) = extent, !recomputesFactor { scale = 1 / factor }
    switch mode {
    case .nearest:
      // Of two axes, PyTorch looks at the lengths first.
      if isOfTwo && count == length { return [(place, 1)] }
      if isOfTwo && count == 2 * length { return [(place / 2, 1)] }
      return [(min(Int(Float(place) * Float(scale)), length - 1), 1)]
    case .nearestExact:
      return [(min(Int((Float(place) + 0.5) * Float(scale)), length - 1), 1)]
    case .linear, .bilinear, .trilinear:
      var position = scale * (Double(place) + 0.5) - 0.5
      if alignCorners {
        position = count > 1 ? Double(length - 1) / Double(count - 1) * Double(place) : 0
      }
      position = max(position, 0)
      let low = min(Int(position), length - 1)
      let share = low == length - 1 ? 0 : position - Double(low)
      return share == 0 ? [(low, 1)] : [(low, 1 - share), (low + 1, share)]
    }
  }

  private func resampled(
    _ clip: Tensor64, axis: Int, _ places: [[(place: Int, share: Double)]]
  ) -> Tensor64 {
    let inner = clip.shape.axes.dropFirst(axis + 1).reduce(1, *)
    let outer = clip.shape.axes.prefix(axis).reduce(1, *)
    let length = clip.shape[axis]
    var axes = clip.shape.axes
    axes[axis] = places.count
    var scalars: [Double] = []
    scalars.reserveCapacity(outer * places.count * inner)
    for entry in 0..<outer {
      for mixture in places {
        for element in 0..<inner {
          var sum = 0.0
          for (place, share) in mixture {
            sum += share * clip.scalars[(entry * length + place) * inner + element]
          }
          scalars.append(sum)
        }
      }
    }
    return Tensor64(Shape(axes), scalars)
  }
}
