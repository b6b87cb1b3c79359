public import Continual
public import Tensors

/// What PyTorch's `interpolate` is, in `Double`: axis by axis, each place by itself.
extension Upsample: ReferencedLeaf, SumDefined {
  public func referenceLength(ofClip frames: Int) -> Int? {
    guard frames > 0 else { return nil }
    return isFramewise ? frames : lengths([frames])[0]
  }

  public var operationsPerElement: Int { 8 }

  public func reference(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    try mixtures(clip).reduce(clip) { resampled($0, axis: $1.axis, $1.places) }
  }

  /// The share of a place is rounded, and so is what is left of one; then each product, and the sum, for
  /// each axis in turn.
  ///
  /// An error of a share counts by the number that it is the share of, however small the share.
  func definition(_ clip: Tensor64, isSteps: Bool) throws(VerificationError) -> Definition {
    var values = clip
    var errors = Tensor64(clip.shape, repeating: 0)
    for (axis, places) in try mixtures(clip) {
      // Shares are parts of a position along the axis, which is computed in `Double`.
      let position = Double(values.shape[axis]) * 0x1p-50
      let rounded = places.map { mixture -> [(place: Int, share: Double)] in
        guard mixture.count > 1 else { return [(mixture[0].place, 0)] }
        let ofShare = Rounding.unit * mixture[1].share + position
        return mixture.enumerated().map { index, part in
          (part.place, ofShare + (index == 0 ? 3 : 2) * Rounding.unit * part.share)
        }
      }
      let magnitudes = Tensor64(values.shape, values.scalars.map { abs($0) })
      let before = resampled(errors, axis: axis, places)
      let own = resampled(magnitudes, axis: axis, rounded)
      errors = Tensor64(
        own.shape,
        zip(before.scalars, own.scalars).map { $0 + $1 + ($1 == 0 ? 0 : 2 * Rounding.least) })
      values = resampled(values, axis: axis, places)
    }
    return Definition(
      values: values, rounding: .within(errors.scalars.map { Float($0 * (1 + 1e-6)) }))
  }

  /// The axes that are enlarged, and what each output along them is made of.
  private func mixtures(
    _ clip: Tensor64
  ) throws(VerificationError) -> [(axis: Int, places: [[(place: Int, share: Double)]])] {
    guard clip.shape[2] > 0 else {
      throw VerificationError(.length(.empty))
    }
    let first = isFramewise ? 3 : 2
    let axes = clip.shape.axes.dropFirst(first)
    guard !axes.isEmpty, extents.count == 1 || extents.count == axes.count else {
      throw VerificationError(.clip(.enlarged(clip.shape, axes: extents.count)))
    }
    return zip(axes.indices, lengths(Array(axes))).enumerated().map { index, sizes in
      let (axis, count) = sizes
      let places = (0..<count).map { place in
        mixture(
          extents[extents.count == 1 ? 0 : index], place, of: count, length: clip.shape[axis],
          isOfTwo: axes.count == 2)
      }
      return (axis, places)
    }
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
