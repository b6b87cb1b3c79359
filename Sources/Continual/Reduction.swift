import Tensors

/// How several inputs become one, as the `reduce` argument of `continual` says.
public enum Reduction: String, Hashable, Sendable, CaseIterable {
  /// Adds, from the first input to the last.
  case sum
  /// Multiplies, from the first input to the last.
  case product = "mul"
  /// Takes the largest; a NaN wins.
  case maximum = "max"
  /// Puts the channels one behind the other.
  case concatenation = "concat"
}

extension Reduction {
  /// The shape that inputs of the given shapes make; axis 0 is the batch and axis 1 the channels.
  ///
  /// - Throws: ``ModuleError`` where they do not fit together.
  func outputShape(of shapes: [Shape]) throws(ModuleError) -> Shape {
    guard let first = shapes.first, first.rank >= 2 else {
      throw ModuleError(.frame(.joinOfNothing))
    }
    guard self == .concatenation else {
      if let shape = Broadcast.shape(of: shapes) { return shape }
      throw ModuleError(.branches(.shapes(shapes, self)))
    }
    var axes = first.axes
    axes[1] = 0
    for shape in shapes {
      var others = shape.axes
      guard shape.rank == first.rank else {
        throw ModuleError(.branches(.ranks(shapes)))
      }
      axes[1] += shape[1]
      others[1] = first[1]
      guard others == first.axes else {
        throw ModuleError(.branches(.concatenation(shapes)))
      }
    }
    guard let shape = Shape(checking: axes) else {
      throw ModuleError(.frame(.concatenation(shapes)))
    }
    return shape
  }
}

/// One input of a reduction: where its elements go in the output.
///
/// A class, so that a step counts one reference and not those of its parts.
final class ReductionInput: Sendable {
  private let reduction: Reduction
  private let isFirst: Bool
  /// Nil for a concatenation.
  private let broadcast: Broadcast?
  /// The rows of the frames of this input, and how the rows of a batch entry lie in the output.
  private let rows: FrameRows
  private let batch: Int
  private let channels: Int
  private let outputChannels: Int
  private let firstChannel: Int

  private init(
    _ reduction: Reduction, isFirst: Bool, frame: Shape, output: Shape, firstChannel: Int
  ) {
    let isConcatenation = reduction == .concatenation
    self.reduction = reduction
    self.isFirst = isFirst
    broadcast = isConcatenation ? nil : Broadcast(from: frame, to: output)
    rows = FrameRows(frame)
    (batch, channels, outputChannels) = (frame[0], frame[1], output[1])
    self.firstChannel = isConcatenation ? firstChannel : 0
  }

  /// The inputs of a reduction of frames (B, C, S…) of the given shapes to `output`.
  static func all(_ reduction: Reduction, shapes: [Shape], output: Shape) -> [ReductionInput] {
    var firstChannel = 0
    return shapes.enumerated().map { index, shape in
      defer { firstChannel += shape[1] }
      return ReductionInput(
        reduction, isFirst: index == 0, frame: shape, output: output, firstChannel: firstChannel)
    }
  }

  /// Whether it has the shape of the output.
  var isIdentity: Bool { broadcast?.isIdentity == true }

  /// Folds some frames of a chunk into as many frames of the output; the inputs have to come in order.
  ///
  /// - Parameters:
  ///   - times: which frames are read.
  ///   - chunk: what holds them, (B, C, frames, S…).
  ///   - frames: how many frames it has.
  ///   - place: the first frame of the output that they go to.
  ///   - output: (B, C', total, S'…).
  ///   - total: how many frames it has.
  ///   - accumulates: whether the output holds what comes before this input even if it is the first one.
  func fold(
    _ times: Range<Int>, of chunk: Span<Float>, frames: Int, to place: Int,
    of output: inout MutableSpan<Float>, frames total: Int, accumulates: Bool
  ) {
    guard !times.isEmpty, rows.count > 0 else { return }
    if let broadcast, !broadcast.isIdentity {
      for (index, time) in times.enumerated() {
        fold(broadcast, time, chunk, frames: frames, to: place + index, of: &output, total)
      }
      return
    }
    let plane = rows.plane
    // Where whole frames are folded, the channels of a batch entry are one run.
    let isWhole = times.count == frames && times.count == total
    let step = isWhole ? channels : 1
    let length = step * times.count * plane
    for item in 0..<batch {
      for channel in stride(from: 0, to: channels, by: step) {
        let start = ((item * channels + channel) * frames + times.lowerBound) * plane
        let end = ((item * outputChannels + firstChannel + channel) * total + place) * plane
        var own = output._mutatingExtracting(end..<end + length)
        combine(
          chunk.extracting(start..<start + length), into: &own, isFirst: isFirst && !accumulates)
      }
    }
  }

  private func combine(
    _ source: Span<Float>, into output: inout MutableSpan<Float>, isFirst: Bool
  ) {
    if isFirst || reduction == .concatenation { return copy(source, into: &output) }
    switch reduction {
    case .sum: DenseLoops.add(source, to: &output)
    case .product: DenseLoops.multiply(&output, by: source)
    case .maximum, .concatenation:
      for i in source.indices { output[i] = ReductionInput.larger(output[i], source[i]) }
    }
  }

  private func fold(
    _ broadcast: Broadcast, _ time: Int, _ chunk: Span<Float>, frames: Int, to place: Int,
    of output: inout MutableSpan<Float>, _ total: Int
  ) {
    if isFirst {
      return broadcast.fold(
        chunk, frames: frames, at: time, into: &output, frames: total, at: place
      ) { $1 }
    }
    switch reduction {
    case .sum:
      broadcast.fold(
        chunk, frames: frames, at: time, into: &output, frames: total, at: place
      ) { $0 + $1 }
    case .product:
      broadcast.fold(
        chunk, frames: frames, at: time, into: &output, frames: total, at: place
      ) { $0 * $1 }
    case .maximum:
      broadcast.fold(
        chunk, frames: frames, at: time, into: &output, frames: total, at: place,
        ReductionInput.larger)
    case .concatenation: preconditionFailure("a concatenation does not broadcast")
    }
  }

  /// Where neither is larger they are equal, or one is NaN; the sum is NaN only then.
  @inline(__always)
  private static func larger(_ a: Float, _ b: Float) -> Float {
    a > b ? a : (b >= a ? b : a + b)
  }
}
