public import Continual
public import Tensors

extension Pooling: RoundingBounded, ReferencedLeaf {
  public func referenceLength(ofClip frames: Int) -> Int? {
    windows[0].count(along: frames, ceil: ceilMode)
  }

  public var operationsPerElement: Int { kernelSize.reduce(1, *) }

  public func reference(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    let counts = try counts(clip)
    return oracle(windows).pool(clip.withAllAxes, counts: counts).withAxes(clip.shape.rank)
  }

  /// With a `temporal_fill` of its own, steps pool frames of the fill where the clip has padding.
  public func referenceSteps(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    let own: PaddingMode = isMaximum ? .negativeInfinity : .zeros
    guard let fill = temporalFill, fill != own, padding[0] > 0, clip.shape[2] > 0 else {
      return try reference(clip)
    }
    let counts = try counts(clip)
    let filled = PaddingOracle.pad(
      clip.withAllAxes, axis: 2, before: padding[0], after: padding[0], with: fill)
    var windows = windows
    windows[0].padding = 0
    return oracle(windows).pool(filled, counts: counts).withAxes(clip.shape.rank)
  }

  /// A mean of `n` numbers is a sum of `n` terms and a division.
  public func roundingBound(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    let magnitudes = Tensor64(clip.shape, clip.scalars.map { abs($0) })
    let bound = try reference(magnitudes)
    guard !isMaximum else { return Tensor64(bound.shape, repeating: 0) }
    let terms = Double(kernelSize.reduce(1, *) + 2)
    return Tensor64(bound.shape, bound.scalars.map { abs($0) * terms * 0x1p-24 })
  }

  private var isMaximum: Bool { kind == .maximum }

  private var windows: [OracleWindow] {
    var windows = kernelSize.indices.map { axis in
      OracleWindow(
        size: kernelSize[axis], stride: stride[axis], padding: padding[axis],
        dilation: dilation[axis])
    }
    while windows.count < 3 { windows.append(OracleWindow()) }
    return windows
  }

  private func counts(_ clip: Tensor64) throws(VerificationError) -> [Int] {
    let lengths = Array(clip.withAllAxes.shape.axes.dropFirst(2))
    var counts: [Int] = []
    for (window, length) in zip(windows, lengths) {
      guard let count = window.count(along: length, ceil: ceilMode) else {
        throw VerificationError(.length(.windowInSpace(window.span, length: length)))
      }
      counts.append(count)
    }
    return counts
  }

  private func oracle(_ windows: [OracleWindow]) -> PoolOracle {
    switch kind {
    case .maximum: PoolOracle(axes: windows, isMaximum: true)
    case .average(let countIncludePad, let divisorOverride):
      PoolOracle(
        axes: windows, isMaximum: false, countIncludePad: countIncludePad,
        divisorOverride: divisorOverride)
    }
  }
}

extension AdaptivePooling: ReferencedLeaf {
  public func referenceLength(ofClip frames: Int) -> Int? { outputSize[0] ?? frames }

  public var operationsPerElement: Int { window ?? 1 }

  public func reference(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    guard let parts = outputSize[0] else { return pooledInSpace(clip) }
    return pooledInTime(pooledInSpace(clip)) { frames in
      // Part i of n of a length L reaches from floor(i L / n) to ceil((i + 1) L / n).
      (0..<parts).map { part in
        Array(part * frames / parts..<((part + 1) * frames + parts - 1) / parts)
      }
    }
  }

  /// Steps pool the last frames; frames of the fill come before the first and after the last one.
  public func referenceSteps(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    guard outputSize[0] != nil else { return pooledInSpace(clip) }
    let size = window ?? clip.shape[2]
    let sliding = OracleWindow(size: size, stride: stride, padding: padding, dilation: dilation)
    guard let count = sliding.count(along: clip.shape[2]) else {
      throw VerificationError(.length(.window(sliding.span, frames: clip.shape[2])))
    }
    let fill = temporalFill ?? (kind == .maximum ? .negativeInfinity : .zeros)
    let filled = PaddingOracle.pad(
      pooledInSpace(clip), axis: 2, before: padding, after: padding, with: fill)
    return pooledInTime(filled) { _ in
      (0..<count).map { index in (0..<size).map { index * stride + $0 * dilation } }
    }
  }

  private func pooledInSpace(_ clip: Tensor64) -> Tensor64 {
    var result = clip
    for (axis, parts) in outputSize.enumerated().dropFirst() {
      guard let parts else { continue }
      result = pooled(result, axis: axis + 2) { length in
        (0..<parts).map { part in
          Array(part * length / parts..<((part + 1) * length + parts - 1) / parts)
        }
      }
    }
    return result
  }

  private func pooledInTime(_ clip: Tensor64, _ places: (Int) -> [[Int]]) -> Tensor64 {
    pooled(clip, axis: 2, places)
  }

  /// Pools one axis.
  ///
  /// Means of means are right here: all windows of an axis cross whole other axes.
  private func pooled(_ clip: Tensor64, axis: Int, _ places: (Int) -> [[Int]]) -> Tensor64 {
    let length = clip.shape[axis]
    let windows = places(length)
    let block = clip.shape.axes.dropFirst(axis + 1).reduce(1, *)
    let outer = clip.shape.axes.prefix(axis).reduce(1, *)
    var scalars: [Double] = []
    scalars.reserveCapacity(outer * windows.count * block)
    var row = [Double](repeating: 0, count: block)
    for entry in 0..<outer {
      for window in windows {
        if block == 1, kind != .maximum {
          var sum = 0.0
          for place in window { sum += clip.scalars[entry * length + place] }
          scalars.append(sum / Double(window.count))
          continue
        }
        for index in row.indices { row[index] = kind == .maximum ? -.infinity : 0 }
        for place in window {
          let start = (entry * length + place) * block
          for index in row.indices {
            let value = clip.scalars[start + index]
            if kind == .maximum {
              row[index] = row[index].isNaN || value.isNaN ? .nan : max(row[index], value)
            } else {
              row[index] += value
            }
          }
        }
        scalars += kind == .maximum ? row : row.map { $0 / Double(window.count) }
      }
    }
    var axes = clip.shape.axes
    axes[axis] = windows.count
    return Tensor64(Shape(axes), scalars)
  }
}
