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

  /// Makes an order; nil where both are those of clips.
  init?(input: [Int], output: [Int]?, takesLastFrame: Bool = false) {
    // An output whose axes are not those of the clip stays as it is.
    let known = output.flatMap { Set($0).count == $0.count && !$0.contains(-1) ? $0 : nil }
    // Two axes are those of a frame without time.
    func isNatural(_ order: [Int]) -> Bool { order == Array(order.indices) && order.count > 2 }
    guard takesLastFrame || !isNatural(input) || !(known.map(isNatural) ?? true) else {
      return nil
    }
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
    merged = hasBatch ? Array(output.dropFirst()) : output
  }

  private static let batch = 0
  private static let channels = 1

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
      output = output.frames(output.shape[2] - 1..<output.shape[2])
    }
    guard let order = self.output, (order.max() ?? 0) < output.shape.rank else { return output }
    let axes = order.map { output.shape[$0] }
    guard axes.reduce(1, *) == output.shape.count else { return output }
    let strides = order.map { output.shape.strides[$0] }
    return Tensor(Shape(axes), Strided(axes, strides).places.map { output.scalars[$0] })
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
