import Checkpoints
import Foundation
import OrderedCollections
import Tensors

/// Calculates what a program computes of tensors of the file and of nothing else, once, when it is read.
///
/// Masks, windows, tables of positions, and what a network makes of a weight before it uses it.
enum ExportedConstants {
  /// The most numbers of one constant.
  static let limit = 1 << 22

  /// The most numbers of all constants of a program together.
  static let totalLimit = 1 << 23

  /// Calculates a call whose tensors are all constants.
  ///
  /// - Parameters:
  ///   - node: the call.
  ///   - translator: knows the arguments.
  ///   - read: the values of a tensor.
  /// - Returns: what the call makes; nil where it is not known.
  /// - Throws: ``ExportedProblem`` where it makes no sense.
  static func value(
    _ node: ExportedNode, _ translator: ExportedTranslator,
    _ read: (ExportedValue) throws(ExportedProblem) -> Tensor64?
  ) throws(ExportedProblem) -> Tensor64? {
    let shape = translator.shape(of: node)
    guard shape.reduce(1, { $0.times($1) }) <= limit, let result = Shape(checking: shape) else {
      return nil
    }
    func operand(_ name: String) throws(ExportedProblem) -> Tensor64? {
      switch node[name] {
      case .int(let number): return Tensor64(Shape([]), [Double(number)])
      case .float(let number): return Tensor64(Shape([]), [number])
      case .value(let key):
        guard let value = translator.values[key] else { return nil }
        return try read(value)
      default: return nil
      }
    }
    if let number = filled[node.name] { return Tensor64(result, repeating: number) }
    switch node.name {
    case "full", "full_like", "new_full":
      return Tensor64(result, repeating: translator.double(node, "fill_value", or: 0))
    case "arange":
      let start = translator.double(node, "start", or: 0)
      let step = translator.double(node, "step", or: 1)
      return Tensor64(result, (0..<result.count).map { start + Double($0) * step })
    default: break
    }
    guard let first = try operand(node.arguments.keys.first ?? "self") else { return nil }
    if let function = functions[node.name] {
      return Tensor64(first.shape, first.scalars.map(function))
    }
    if let function = operators[node.name] {
      guard let second = try operand(node.name == "pow" ? "exponent" : "other") else { return nil }
      let alpha = translator.double(node, "alpha", or: 1)
      let (left, right) = (try first.spread(to: result), try second.spread(to: result))
      return Tensor64(
        result, zip(left.scalars, right.scalars).map { function($0, alpha == 1 ? $1 : $1 * alpha) })
    }
    if views.contains(node.name) {
      return first.shape.count == result.count ? first.reshaped(result) : nil
    }
    switch node.name {
    case "clamp", "clip", "clamp_min", "clamp_max":
      let bounds = ["min", "max"].map {
        translator.double(node, $0, or: $0 == "min" ? -.infinity : .infinity)
      }
      guard bounds[0] <= bounds[1] else { return nil }
      return Tensor64(first.shape, first.scalars.map { min(max($0, bounds[0]), bounds[1]) })
    case "embedding":
      guard first.shape.rank == 2, let places = try operand("indices"),
        places.scalars.allSatisfy({ $0 >= 0 && $0 < Double(first.shape[0]) }),
        places.scalars.count.times(first.shape[1]) == result.count
      else { return nil }
      let width = first.shape[1]
      return Tensor64(
        result,
        places.scalars.flatMap { first.scalars[Int($0) * width..<(Int($0) + 1) * width] })
    case "select", "slice", "narrow":
      let axes = first.shape.axes
      let dim = try translator.dim(node, or: 0, rank: axes.count)
      let length = axes[dim]
      let start = ExportedTranslator.place(
        try translator.int(node, node.name == "select" ? "index" : "start", or: 0), within: length)
      let step = try translator.int(node, "step", or: 1)
      let kept = node.name == "select" ? 1 : result.rank == axes.count ? result[dim] : 0
      guard step > 0, kept > 0, start + (kept - 1) * step < length,
        node.name != "select" || result.rank == axes.count - 1
      else { return nil }
      var sizes = axes
      sizes[dim] = kept
      var strides = first.shape.strides
      let offset = start * strides[dim]
      strides[dim] *= step
      guard sizes.reduce(1, { $0.times($1) }) == result.count else { return nil }
      return Tensor64(
        result, Strided(sizes, strides).places.map { first.scalars[offset + $0] })
    case "triu", "tril":
      let rank = first.shape.rank
      guard rank >= 2 else { return nil }
      let diagonal = Double(try translator.int(node, "diagonal", or: 0))
      return Tensor64(
        first.shape,
        first.scalars.indices.map { index in
          let place = first.shape.place(ofElement: index)
          let distance = Double(place[rank - 1] - place[rank - 2]) - diagonal
          return (node.name == "triu" ? distance >= 0 : distance <= 0) ? first.scalars[index] : 0
        })
    case "expand", "expand_as": return try first.spread(to: result)
    case "permute", "transpose", "t":
      let rank = first.shape.rank
      var order = Array(0..<rank)
      if node.name == "permute" {
        order = try translator.ints(node, "dims", or: order).map { $0 < 0 ? $0 + rank : $0 }
      } else {
        let one = try translator.dim(node, "dim0", or: 0, rank: rank)
        order.swapAt(one, try translator.dim(node, "dim1", or: 1, rank: rank))
      }
      guard order.sorted() == Array(0..<rank) else { return nil }
      return first.permuted(order)
    default: return nil
    }
  }

  /// Whether an operator makes a number again and again, whatever it is given.
  static func isFilled(_ name: String) -> Bool {
    filled[name] != nil || name == "full_like" || name == "new_full"
  }

  /// The operators that are calculated, by name.
  static var names: Set<String> {
    Set(filled.keys).union(functions.keys).union(operators.keys).union(views)
      .union([
        "full", "full_like", "new_full", "arange", "expand", "expand_as", "triu", "tril", "select",
        "slice", "narrow", "clamp", "clip", "clamp_min", "clamp_max", "embedding", "permute",
        "transpose", "t",
      ])
  }

  /// What leaves the numbers and their order as they are.
  private static let views: Set = [
    "view", "reshape", "unsqueeze", "squeeze", "flatten", "unflatten", "_unsafe_view", "clone",
    "contiguous", "detach", "alias", "lift_fresh_copy", "to", "_to_copy",
  ]

  private static let filled: [String: Double] = [
    "zeros": 0, "zeros_like": 0, "new_zeros": 0, "ones": 1, "ones_like": 1, "new_ones": 1,
  ]

  private static let functions: [String: @Sendable (Double) -> Double] = [
    "reciprocal": { 1 / $0 }, "sqrt": { $0.squareRoot() }, "rsqrt": { 1 / $0.squareRoot() },
    "exp": { exp($0) }, "log": { log($0) }, "sin": { sin($0) }, "cos": { cos($0) },
    "neg": { -$0 }, "abs": { abs($0) }, "tanh": { tanh($0) }, "sigmoid": { 1 / (1 + exp(-$0)) },
    "softplus": { $0 > 20 ? $0 : log1p(exp($0)) }, "relu": { max($0, 0) },
  ]

  private static let operators: [String: @Sendable (Double, Double) -> Double] = [
    "add": { $0 + $1 }, "sub": { $0 - $1 }, "mul": { $0 * $1 }, "div": { $0 / $1 },
    "pow": { pow($0, $1) }, "maximum": { max($0, $1) }, "minimum": { min($0, $1) },
  ]
}

extension Tensor64 {
  /// The same numbers repeated along axes that are missing or have length one.
  fileprivate func spread(to target: Shape) throws(ExportedProblem) -> Tensor64 {
    if shape == target { return self }
    let missing = target.rank - shape.rank
    guard missing >= 0,
      shape.axes.indices.allSatisfy({ shape[$0] == 1 || shape[$0] == target[$0 + missing] })
    else { throw .spread(shape, to: target) }
    let strides = target.axes.indices.map { axis in
      axis < missing || shape[axis - missing] == 1 ? 0 : shape.strides[axis - missing]
    }
    return Tensor64(target, Strided(target.axes, strides).places.map { scalars[$0] })
  }

  /// The same numbers with the axes in another order; nil is one of length one that is put in.
  func permuted(_ order: [Int?]) -> Tensor64 {
    let axes = order.map { $0.map { shape[$0] } ?? 1 }
    let strides = order.map { $0.map { shape.strides[$0] } ?? 0 }
    return Tensor64(Shape(axes), Strided(axes, strides).places.map { scalars[$0] })
  }
}
