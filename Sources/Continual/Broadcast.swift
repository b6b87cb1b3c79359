import Tensors

/// Which element of a smaller array belongs to which element of a larger one, by PyTorch's rule:
/// axes of length one are repeated.
///
/// Walks the larger array row by row; within a row the smaller one either advances with it or stands
/// still.
struct Broadcast: Sendable {
  private let rows: Int
  private let rowLength: Int
  private let rowStride: Int
  private let outerAxes: [Int]
  private let outerStrides: [Int]
  /// The floats of a plane of a frame, of either shape.
  private let plane: Int
  private let targetPlane: Int
  /// Whether the shapes are the same.
  let isIdentity: Bool

  /// - Precondition: the shapes have the same rank, and each axis of `shape` is one or equal.
  init(from shape: Shape, to larger: Shape) {
    precondition(shape.rank == larger.rank)
    let strides = zip(shape.axes, shape.strides).map { length, stride in length == 1 ? 0 : stride }
    // Axes of space along which the smaller one stands still are one row; batch and channels stay apart,
    // since time is between them and space.
    var inner = 1
    while inner + 2 < shape.rank && strides.suffix(inner + 1).allSatisfy({ $0 == 0 }) {
      inner += 1
    }
    rowLength = larger.axes.suffix(inner).reduce(1, *)
    rows = rowLength == 0 ? 0 : larger.count / rowLength
    rowStride = strides.last ?? 0
    outerAxes = Array(larger.axes.dropLast(inner))
    outerStrides = Array(strides.dropLast(inner))
    isIdentity = shape == larger
    plane = shape.plane
    targetPlane = larger.plane
  }

  /// The shape that all the given ones can be broadcast to; nil where there is none.
  static func shape(of shapes: [Shape]) -> Shape? {
    guard let first = shapes.first else { return nil }
    var axes = first.axes
    for shape in shapes.dropFirst() {
      guard shape.rank == axes.count else { return nil }
      for axis in axes.indices where shape[axis] != axes[axis] {
        guard shape[axis] == 1 || axes[axis] == 1 else { return nil }
        axes[axis] = axes[axis] == 1 ? shape[axis] : axes[axis]
      }
    }
    return Shape(checking: axes)
  }

  /// Replaces each element of the larger array by `combine` of itself and its partner.
  @inline(__always)
  func fold(
    _ source: Span<Float>, into target: inout MutableSpan<Float>,
    _ combine: (Float, Float) -> Float
  ) {
    if isIdentity {
      precondition(source.count == target.count)
      for index in source.indices { target[index] = combine(target[index], source[index]) }
      return
    }
    for row in 0..<rows {
      var rest = row
      var start = 0
      for axis in stride(from: outerAxes.count - 1, through: 0, by: -1) {
        start += rest % outerAxes[axis] * outerStrides[axis]
        rest /= outerAxes[axis]
      }
      let first = row * rowLength
      var own = target._mutatingExtracting(first..<first + rowLength)
      foldRow(source, from: start, step: rowStride, into: &own, combine)
    }
  }

  /// Folds a row into the whole of the target.
  @inline(__always)
  private func foldRow(
    _ source: Span<Float>, from start: Int, step: Int, into target: inout MutableSpan<Float>,
    _ combine: (Float, Float) -> Float
  ) {
    if step == 0 && !target.isEmpty {
      let value = source[start]
      for index in target.indices { target[index] = combine(target[index], value) }
    } else {
      for index in target.indices {
        target[index] = combine(target[index], source[start + index * step])
      }
    }
  }

  /// Replaces each element of a frame of a chunk by `combine` of itself and its partner in a frame of
  /// another chunk; both shapes are those of frames (B, C, S…).
  ///
  /// - Parameters:
  ///   - source: a chunk of `sourceFrames` frames of the smaller shape.
  ///   - sourceFrames: how many frames it has.
  ///   - time: which one is read.
  ///   - target: a chunk of `targetFrames` frames of the larger shape.
  ///   - targetFrames: how many frames it has.
  ///   - place: which one is changed.
  ///   - combine: makes one element of two.
  @inline(__always)
  func fold(
    _ source: Span<Float>, frames sourceFrames: Int, at time: Int,
    into target: inout MutableSpan<Float>, frames targetFrames: Int, at place: Int,
    _ combine: (Float, Float) -> Float
  ) {
    // Batch and channels are outside of time, space inside; without space, a row is the channels.
    let isFlat = outerAxes.count == 1
    let (step, targetStep) = isFlat ? (rowStride * sourceFrames, targetFrames) : (rowStride, 1)
    for row in 0..<rows {
      var rest = row
      var start = time * plane
      var first = place * targetPlane
      var targetStride = isFlat ? rowLength * targetFrames : rowLength
      for axis in stride(from: outerAxes.count - 1, through: 0, by: -1) {
        let index = rest % outerAxes[axis]
        rest /= outerAxes[axis]
        if axis == 1 { targetStride *= targetFrames }
        start += index * outerStrides[axis] * (axis < 2 ? sourceFrames : 1)
        first += index * targetStride
        targetStride *= outerAxes[axis]
      }
      if targetStep == 1 {
        var own = target._mutatingExtracting(first..<first + rowLength)
        foldRow(source, from: start, step: step, into: &own, combine)
        continue
      }
      for column in 0..<rowLength {
        let index = first + column * targetStep
        target[index] = combine(target[index], source[start + column * step])
      }
    }
  }
}
