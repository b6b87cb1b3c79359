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
    let found = shapes.map(\.description).joined(separator: ", ")
    guard let first = shapes.first, first.rank >= 2 else {
      throw ModuleError(.shape, "joins nothing")
    }
    guard self == .concatenation else {
      if let shape = Broadcast.shape(of: shapes) { return shape }
      throw ModuleError(
        .unequalBranches,
        "cannot \(verb) inputs of shapes \(found); each axis must be equal, or 1 in one of them")
    }
    var axes = first.axes
    axes[1] = 0
    for shape in shapes {
      var others = shape.axes
      guard shape.rank == first.rank else {
        throw ModuleError(.unequalBranches, "cannot concatenate inputs of shapes \(found)")
      }
      axes[1] += shape[1]
      others[1] = first[1]
      guard others == first.axes else {
        throw ModuleError(
          .unequalBranches,
          "cannot concatenate inputs of shapes \(found); all but the channels must be equal")
      }
    }
    guard let shape = Shape(checking: axes) else {
      throw ModuleError(.shape, "the concatenation of shapes \(found) is too large")
    }
    return shape
  }

  private var verb: String {
    switch self {
    case .sum: "add"
    case .product: "multiply"
    case .maximum: "take the maximum of"
    case .concatenation: "concatenate"
    }
  }
}

/// One input of a reduction: where its elements go in the output.
struct ReductionInput: Sendable {
  private let reduction: Reduction
  private let isFirst: Bool
  private let broadcast: Broadcast?
  /// For a concatenation: the length of one batch entry here and in the output, and where it starts.
  private let block: Int
  private let outputBlock: Int
  private let blockStart: Int

  /// The inputs of a reduction of arrays (B, C, …) of the given shapes to `output`.
  static func all(_ reduction: Reduction, shapes: [Shape], output: Shape) -> [ReductionInput] {
    var blockStart = 0
    let outputBlock = output[0] == 0 ? 0 : output.count / output[0]
    return shapes.enumerated().map { index, shape in
      let block = shape[0] == 0 ? 0 : shape.count / shape[0]
      defer { blockStart += block }
      return ReductionInput(
        reduction: reduction, isFirst: index == 0,
        broadcast: reduction == .concatenation ? nil : Broadcast(from: shape, to: output),
        block: block, outputBlock: outputBlock, blockStart: blockStart)
    }
  }

  /// Folds this input into the output; the inputs have to come in order.
  func fold(_ source: Span<Float>, into output: inout MutableSpan<Float>) {
    guard let broadcast else { return place(source, into: &output) }
    if isFirst { return broadcast.fold(source, into: &output) { $1 } }
    switch reduction {
    case .sum: broadcast.fold(source, into: &output) { $0 + $1 }
    case .product: broadcast.fold(source, into: &output) { $0 * $1 }
    // Where neither is larger they are equal, or one is NaN; the sum is NaN only then.
    case .maximum:
      broadcast.fold(source, into: &output) { $0 > $1 ? $0 : ($1 >= $0 ? $1 : $0 + $1) }
    case .concatenation: preconditionFailure("a concatenation does not broadcast")
    }
  }

  private func place(_ source: Span<Float>, into output: inout MutableSpan<Float>) {
    guard block > 0 else { return }
    for batch in 0..<source.count / block {
      let target = batch * outputBlock + blockStart
      for index in 0..<block { output[target + index] = source[batch * block + index] }
    }
  }
}
