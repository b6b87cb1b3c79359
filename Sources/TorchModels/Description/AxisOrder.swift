import Continual
package import Tensors

/// Where PyTorch has the axes of the clips that a network takes and makes, which are (B, C, T, S…) here.
package struct AxisOrder: Hashable, Sendable {
  /// For each axis of PyTorch's input, the axis of the clip.
  package let input: [Int]
  /// For each axis of PyTorch's output, the axis of the clip; nil where they are the same.
  package let output: [Int]?
  /// Whether PyTorch's output is the last frame of the clip alone.
  package let takesLastFrame: Bool
  /// The axes of a sample of PyTorch's output, where all of them are the channels of a frame; nil where they
  /// are not.
  package let merged: [Int]?

  /// The outputs of PyTorch of which the channels of one are put together; none where there is one output.
  package let parts: [Part]

  /// One of several outputs that are one here.
  package struct Part: Hashable, Sendable {
    /// Which output it is, from zero.
    package let number: Int
    /// Its channels among those of all.
    package let channels: Range<Int>
    /// The axes of a frame of its own, of which these channels are the product.
    package let axes: [Int]
    /// For each axis of PyTorch's output, the axis of the clip.
    package let order: [Int]
  }

  /// Makes an order; nil where both are those of clips, and there is one output.
  init?(input: [Int], output: [Int]?, takesLastFrame: Bool = false, parts: [Part] = []) {
    // An output whose axes are not those of the clip stays as it is.
    let known = output.flatMap { Set($0).count == $0.count && !$0.contains(-1) ? $0 : nil }
    // Two axes are those of a frame without time.
    func isNatural(_ order: [Int]) -> Bool { order == Array(order.indices) && order.count > 2 }
    guard
      takesLastFrame || !parts.isEmpty || !isNatural(input) || !(known.map(isNatural) ?? true)
    else { return nil }
    self.parts = parts
    self.input = input
    self.output = known
    self.takesLastFrame = takesLastFrame
    merged = nil
  }

  /// An order in which a sample of PyTorch's is the channels of one frame.
  ///
  /// - Parameters:
  ///   - rank: the number of axes of PyTorch's input.
  ///   - output: the axes of PyTorch's output.
  ///   - hasBatch: whether the first axis of both is the batch.
  init(mergingAxesOf rank: Int, output: [Int], hasBatch: Bool) {
    func order(_ rank: Int) -> [Int] {
      (0..<rank).map { hasBatch && $0 == 0 ? AxisOrder.batch : AxisOrder.channels }
    }
    input = order(rank)
    self.output = order(output.count)
    takesLastFrame = false
    parts = []
    merged = hasBatch ? Array(output.dropFirst()) : output
  }

  private static let batch = 0
  private static let channels = 1

  /// What a network makes as PyTorch's outputs, each with its axes as PyTorch has them.
  ///
  /// - Parameters:
  ///   - output: of the network.
  ///   - isClip: whether it was made of a whole clip.
  /// - Returns: the outputs that are known, each with its number from zero.
  package func outputs(_ output: Tensor, isClip: Bool = true) -> [(number: Int, tensor: Tensor)] {
    guard !parts.isEmpty, output.shape.rank < 4 else {
      return [(0, restored(output, isClip: isClip))]
    }
    let frames = output.shape.rank == 2 ? output.reshaped(Shape(output.shape.axes + [1])) : output
    return parts.map { part in
      let clip = frames.part(part)
      return (
        part.number, moved(takesLastFrame && isClip ? clip.lastFrame : clip, by: part.order)
      )
    }
  }

  /// PyTorch's outputs as the network makes them: the first ones, as many as are given.
  ///
  /// - Parameter outputs: all of PyTorch's from the first one, with their axes as PyTorch has them.
  /// - Returns: (B, C, T), the channels of one output after those of another; nil where they do not fit.
  func joined(_ outputs: [Tensor64]) -> Tensor64? {
    let clips = parts.prefix { $0.number < outputs.count }.map { part in
      outputs[part.number].ordered(by: part.order).flattened
    }
    guard let first = clips.first,
      clips.allSatisfy({
        $0.shape.rank == 3 && $0.shape[0] == first.shape[0] && $0.shape[2] == first.shape[2]
      })
    else { return nil }
    let size = first.shape[2]
    let numbers = (0..<first.shape[0]).flatMap { sample in
      clips.flatMap { clip in
        let count = clip.shape[1] * size
        return clip.scalars[sample * count..<(sample + 1) * count]
      }
    }
    return Tensor64(
      Shape([first.shape[0], clips.reduce(0) { $0 + $1.shape[1] }, size]), numbers)
  }

  /// An output with its axes as PyTorch has them; axes that it lacks there have length one.
  ///
  /// - Parameters:
  ///   - output: of the network.
  ///   - isClip: whether it was made of a whole clip. Of several steps, each frame is one.
  /// - Returns: what PyTorch gives.
  package func restored(_ output: Tensor, isClip: Bool = true) -> Tensor {
    var output = output
    if let merged {
      let samples = self.output?.contains(AxisOrder.batch) ?? false ? [output.shape[0]] : []
      let axes = samples + merged
      return axes.reduce(1, *) == output.shape.count ? output.reshaped(Shape(axes)) : output
    }
    if takesLastFrame {
      guard isClip, output.shape.rank > 2, output.shape[2] > 0 else { return output }
      output = output.lastFrame
    }
    return self.output.map { moved(output, by: $0) } ?? output
  }

  /// A clip with its axes in PyTorch's order; the same where it does not have them.
  private func moved(_ output: Tensor, by order: [Int]) -> Tensor {
    guard (order.max() ?? 0) < output.shape.rank else { return output }
    let axes = order.map { output.shape[$0] }
    guard axes.reduce(1, *) == output.shape.count else { return output }
    let strides = order.map { output.shape.strides[$0] }
    return Tensor(Shape(axes), Strided(axes, strides).places.map { output.scalars[$0] })
  }
}

extension Tensor {
  /// The last frame of a clip, which has some.
  fileprivate var lastFrame: Tensor {
    shape[2] > 0 ? frames(shape[2] - 1..<shape[2]) : self
  }

  /// One of several outputs, (B, C, T, S…) of (B, all channels, T).
  fileprivate func part(_ part: AxisOrder.Part) -> Tensor {
    let (batch, frames) = (shape[0], shape[2])
    let count = part.channels.count
    var axes = [batch, part.axes.first ?? 1, frames]
    axes += part.axes.dropFirst()
    // Channels and places are one axis in front of time.
    let places = part.axes.dropFirst().reduce(1, *)
    var strides = [count * frames, places * frames, 1]
    var stride = places * frames
    for axis in part.axes.dropFirst() {
      stride /= axis
      strides.append(stride)
    }
    let all = Strided(axes, strides).places
    return Tensor(
      Shape(axes),
      all.map { place in
        let (sample, rest) = place.quotientAndRemainder(dividingBy: count * frames)
        return scalars[(sample * shape[1] + part.channels.lowerBound) * frames + rest]
      })
  }
}

extension Tensor64 {
  /// (B, C, T) of (B, C, T, S…): the channels and places of a frame as channels; one without time as a frame.
  fileprivate var flattened: Tensor64 {
    guard shape.rank > 3 else {
      return shape.rank == 2 ? reshaped(Shape(shape.axes + [1])) : self
    }
    let order = [0, 1] + Array(3..<shape.rank) + [2]
    let moved = permuted(order)
    return moved.reshaped(
      Shape([shape[0], shape.count / max(shape[0] * shape[2], 1), shape[2]]))
  }
}

extension Tensor {
  /// The same numbers with each axis where it is in a clip; axes that are missing have length one.
  package func ordered(by order: [Int]) -> Tensor {
    guard let (shape, places) = order.moving(shape) else { return self }
    return Tensor(shape, places.map { scalars[$0] })
  }
}

extension Tensor64 {
  /// The same numbers with each axis where it is in a clip; axes that are missing have length one.
  func ordered(by order: [Int]) -> Tensor64 {
    guard let (shape, places) = order.moving(shape) else { return self }
    return Tensor64(shape, places.map { scalars[$0] })
  }
}

extension [Int] {
  /// The shape with each axis where it is in a clip, and for each element of it the place where it was;
  /// nil where nothing moves.
  fileprivate func moving(_ shape: Shape) -> (shape: Shape, places: [Int])? {
    // Two axes are those of a frame without time.
    guard count == shape.rank, self != Array(indices) || count == 2 else { return nil }
    if Set(self).count < count || self == [1] {
      // Several axes that are one, none of which moves.
      var axes = [1, 1, 1]
      for (dim, axis) in enumerated() where axes.indices.contains(axis) {
        axes[axis] = axes[axis].times(shape[dim])
      }
      return (Shape(axes), Array(0..<shape.count))
    }
    let rank = Swift.max((self.max() ?? 0) + 1, 3)
    var axes = [Int](repeating: 1, count: rank)
    var strides = [Int](repeating: 0, count: rank)
    for (dim, axis) in enumerated() {
      axes[axis] = shape[dim]
      strides[axis] = shape.strides[dim]
    }
    return (Shape(axes), Strided(axes, strides).places)
  }
}
