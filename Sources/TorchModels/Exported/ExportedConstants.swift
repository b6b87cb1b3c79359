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
    let name = node.changed == nil ? node.name : String(node.name.dropLast())
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
    if let number = filled[name] { return Tensor64(result, repeating: number) }
    switch name {
    case "full", "full_like", "new_full":
      return Tensor64(result, repeating: translator.double(node, "fill_value", or: 0))
    case "arange":
      let start = translator.double(node, "start", or: 0)
      let step = translator.double(node, "step", or: 1)
      return Tensor64(result, (0..<result.count).map { start + Double($0) * step })
    case "linspace":
      let start = translator.double(node, "start", or: 0)
      let end = translator.double(node, "end", or: 0)
      let last = Double(max(result.count - 1, 1))
      return Tensor64(
        result, (0..<result.count).map { start + (end - start) * (Double($0) / last) })
    case "hann_window", "hamming_window":
      return Tensor64(result, window(node, translator, result.count))
    case "eye":
      guard result.rank == 2 else { return nil }
      return Tensor64(
        result, (0..<result.count).map { $0 / result[1] == $0 % result[1] ? 1 : 0 })
    case "scalar_tensor":
      return Tensor64(result, repeating: translator.double(node, "s", or: 0))
    case "cat", "concat", "stack":
      return try joined(node, translator, result, read)
    default: break
    }
    guard let first = try operand(node.arguments.keys.first ?? "self") else { return nil }
    if let function = functions[name] {
      return Tensor64(first.shape, first.scalars.map(function))
    }
    if let function = operators[name] {
      guard let second = try operand(name == "pow" ? "exponent" : "other") else { return nil }
      let alpha = translator.double(node, "alpha", or: 1)
      let (left, right) = (try first.spread(to: result), try second.spread(to: result))
      let numbers = zip(left.scalars, right.scalars).map {
        function($0, alpha == 1 ? $1 : $1 * alpha)
      }
      switch node["rounding_mode"] {
      case .none: return Tensor64(result, numbers)
      case .string("floor"): return Tensor64(result, numbers.map { $0.rounded(.down) })
      case .string("trunc"): return Tensor64(result, numbers.map { $0.rounded(.towardZero) })
      default: return nil
      }
    }
    if let compare = comparisons[name] {
      guard let second = try operand("other") else { return nil }
      let (left, right) = (try first.spread(to: result), try second.spread(to: result))
      return Tensor64(
        result, zip(left.scalars, right.scalars).map { compare($0, $1) ? 1 : 0 })
    }
    if views.contains(name) {
      return first.shape.count == result.count ? first.reshaped(result) : nil
    }
    switch name {
    case "outer":
      guard let other = try operand("vec2"),
        result.axes == [first.scalars.count, other.scalars.count]
      else { return nil }
      return Tensor64(result, first.scalars.flatMap { one in other.scalars.map { one * $0 } })
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
        try translator.int(node, name == "select" ? "index" : "start", or: 0), within: length)
      let step = try translator.int(node, "step", or: 1)
      let kept = name == "select" ? 1 : result.rank == axes.count ? result[dim] : 0
      guard step > 0, kept > 0, start + (kept - 1) * step < length,
        name != "select" || result.rank == axes.count - 1
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
          return (name == "triu" ? distance >= 0 : distance <= 0) ? first.scalars[index] : 0
        })
    case "sum", "mean", "linalg_vector_norm", "amax", "amin", "prod":
      return try reduced(node, translator, first, result)
    case "matmul", "mm":
      guard let other = try operand(name == "mm" ? "mat2" : "other") else { return nil }
      return product(first, other, result)
    case "softmax", "log_softmax", "_softmax":
      let dim = try translator.dim(node, rank: first.shape.rank)
      return softmax(first, dim, isLogarithm: name == "log_softmax")
    case "index":
      guard case .values(let names) = node["indices"], names.count == 1,
        let place = names[0].flatMap({ translator.values[$0] }), let places = try read(place)
      else { return nil }
      let width = first.shape.axes.dropFirst().reduce(1, *)
      guard let length = first.shape.axes.first,
        places.scalars.allSatisfy({ abs($0) <= Double(length) }),
        places.scalars.count.times(width) == result.count
      else { return nil }
      let rows = places.scalars.map { Int($0) < 0 ? Int($0) + length : Int($0) }
      guard rows.allSatisfy({ (0..<length).contains($0) }) else { return nil }
      return Tensor64(
        result, rows.flatMap { first.scalars[$0 * width..<($0 + 1) * width] })
    case "expand", "expand_as": return try first.spread(to: result)
    case "masked_fill":
      guard let mask = try operand("mask")?.spread(to: result) else { return nil }
      let value = try operand("value")?.scalars.first ?? 0
      let numbers = try first.spread(to: result)
      return Tensor64(
        result, zip(numbers.scalars, mask.scalars).map { $1 != 0 ? value : $0 })
    case "where":
      let choices = [try operand("self"), try operand("other")]
      guard let condition = try operand("condition")?.spread(to: result),
        let yes = try choices[0]?.spread(to: result), let no = try choices[1]?.spread(to: result)
      else { return nil }
      return Tensor64(
        result,
        result.count == 0
          ? []
          : (0..<result.count).map {
            condition.scalars[$0] != 0 ? yes.scalars[$0] : no.scalars[$0]
          })
    case "flip":
      let rank = first.shape.rank
      let dims = try translator.ints(node, "dims", or: []).map { $0 < 0 ? $0 + rank : $0 }
      guard dims.allSatisfy({ (0..<rank).contains($0) }) else { return nil }
      return Tensor64(
        first.shape,
        first.shape.count == 0
          ? []
          : (0..<first.shape.count).map { index in
            var place = first.shape.place(ofElement: index)
            for dim in dims { place[dim] = first.shape[dim] - 1 - place[dim] }
            return first.scalars[zip(place, first.shape.strides).reduce(0) { $0 + $1.0 * $1.1 }]
          })
    case "repeat":
      // As often as the result is longer, axis by axis.
      let missing = result.rank - first.shape.rank
      guard missing >= 0 else { return nil }
      return Tensor64(
        result,
        (0..<result.count).map { index in
          let place = result.place(ofElement: index).dropFirst(missing)
          return first.scalars[
            zip(zip(place, first.shape.axes), first.shape.strides).reduce(0) {
              $0 + $1.0.0 % max($1.0.1, 1) * $1.1
            }]
        })
    case "permute", "transpose", "t":
      let rank = first.shape.rank
      var order = Array(0..<rank)
      if name == "permute" {
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

  /// Sums, means and norms over axes.
  private static func reduced(
    _ node: ExportedNode, _ translator: ExportedTranslator, _ tensor: Tensor64, _ result: Shape
  ) throws(ExportedProblem) -> Tensor64? {
    let rank = tensor.shape.rank
    var dims: [Int] =
      if case .int(let dim) = node["dim"] { [dim] } else {
        try translator.ints(node, "dim", or: [])
      }
    dims = dims.isEmpty ? Array(0..<rank) : dims.map { $0 < 0 ? $0 + rank : $0 }
    guard dims.allSatisfy({ (0..<rank).contains($0) }), Set(dims).count == dims.count else {
      return nil
    }
    let kept = (0..<rank).filter { !dims.contains($0) }
    let count = dims.reduce(1) { $0 * tensor.shape[$1] }
    let moved = tensor.permuted((kept + dims).map { $0 })
    guard count > 0, moved.scalars.count / count == result.count else { return nil }
    let order = translator.double(node, "ord", or: 2)
    return Tensor64(
      result,
      (0..<result.count).map { index in
        let numbers = moved.scalars[index * count..<(index + 1) * count]
        switch node.name {
        case "sum": return numbers.reduce(0, +)
        case "mean": return numbers.reduce(0, +) / Double(count)
        case "prod": return numbers.reduce(1, *)
        case "amax": return numbers.max() ?? 0
        case "amin": return numbers.min() ?? 0
        default:
          return order == 2
            ? numbers.reduce(0) { $0 + $1 * $1 }.squareRoot()
            : pow(numbers.reduce(0) { $0 + pow(abs($1), order) }, 1 / order)
        }
      })
  }

  /// A product of two matrices; nil for anything else.
  private static func product(
    _ left: Tensor64, _ right: Tensor64, _ result: Shape
  ) -> Tensor64? {
    guard left.shape.rank == 2, right.shape.rank == 2, left.shape[1] == right.shape[0],
      result.axes == [left.shape[0], right.shape[1]],
      result.count.times(left.shape[1]) <= limit
    else { return nil }
    let (inner, columns) = (left.shape[1], right.shape[1])
    return Tensor64(
      result,
      (0..<result.count).map { index in
        (0..<inner).reduce(0) {
          $0 + left.scalars[index / columns * inner + $1]
            * right.scalars[$1 * columns + index % columns]
        }
      })
  }

  /// A softmax along an axis.
  private static func softmax(_ tensor: Tensor64, _ dim: Int, isLogarithm: Bool) -> Tensor64 {
    let (length, stride) = (tensor.shape[dim], tensor.shape.strides[dim])
    var scalars = tensor.scalars
    for start in scalars.indices where start / stride % length == 0 {
      let places = (0..<length).map { start + $0 * stride }
      let largest = places.map { tensor.scalars[$0] }.max() ?? 0
      let total = places.reduce(0) { $0 + exp(tensor.scalars[$1] - largest) }
      for place in places {
        let power = tensor.scalars[place] - largest
        scalars[place] = isLogarithm ? power - log(total) : exp(power) / total
      }
    }
    return Tensor64(tensor.shape, scalars)
  }

  /// A window of samples, periodic unless it says otherwise.
  private static func window(
    _ node: ExportedNode, _ translator: ExportedTranslator, _ count: Int
  ) -> [Double] {
    let isPeriodic = translator.bool(node, "periodic", or: true)
    let period = Double(max(isPeriodic ? count : count - 1, 1))
    let alpha = node.name == "hann_window" ? 0.5 : translator.double(node, "alpha", or: 0.54)
    let beta = node.name == "hann_window" ? 0.5 : translator.double(node, "beta", or: 0.46)
    return (0..<count).map { alpha - beta * cos(2 * .pi * Double($0) / period) }
  }

  /// Constants joined along an axis.
  private static func joined(
    _ node: ExportedNode, _ translator: ExportedTranslator, _ result: Shape,
    _ read: (ExportedValue) throws(ExportedProblem) -> Tensor64?
  ) throws(ExportedProblem) -> Tensor64? {
    guard case .values(let names) = node["tensors"] else { return nil }
    let dim = try translator.dim(node, or: 0, rank: result.rank)
    let outer = result.axes.prefix(dim).reduce(1, *)
    var parts: [(scalars: [Double], block: Int)] = []
    for name in names {
      guard let value = name.flatMap({ translator.values[$0] }), let tensor = try read(value),
        tensor.scalars.count % max(outer, 1) == 0
      else { return nil }
      parts.append((tensor.scalars, tensor.scalars.count / max(outer, 1)))
    }
    guard parts.reduce(0, { $0.plus($1.scalars.count) }) == result.count else { return nil }
    return Tensor64(
      result,
      (0..<outer).flatMap { row in
        parts.flatMap { $0.scalars[row * $0.block..<(row + 1) * $0.block] }
      })
  }

  /// Whether an operator makes a number again and again, whatever it is given.
  static func isFilled(_ name: String) -> Bool {
    filled[name] != nil || name == "full_like" || name == "new_full"
  }

  /// The number with which a call fills a shape; nil for other calls.
  static func number(filling node: ExportedNode, _ translator: ExportedTranslator) -> Double? {
    guard isFilled(node.name) || node.name == "full" else { return nil }
    return filled[node.name] ?? translator.double(node, "fill_value", or: 0)
  }

  /// The operators that are calculated, by name.
  static var names: Set<String> {
    Set(filled.keys).union(functions.keys).union(operators.keys).union(views)
      .union([
        "full", "full_like", "new_full", "arange", "expand", "expand_as", "triu", "tril", "select",
        "slice", "narrow", "clamp", "clip", "clamp_min", "clamp_max", "embedding", "permute",
        "transpose", "t", "linspace", "hann_window", "hamming_window", "eye", "scalar_tensor",
        "cat", "concat", "stack", "masked_fill", "where", "flip", "repeat",
        "outer", "sum", "mean", "linalg_vector_norm", "amax", "amin", "prod", "matmul", "mm",
        "softmax", "_softmax", "log_softmax", "index",
      ])
      .union(comparisons.keys)
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
    "logical_not": { $0 == 0 ? 1 : 0 }, "bitwise_not": { $0 == 0 ? 1 : 0 },
    "floor": { $0.rounded(.down) }, "ceil": { $0.rounded(.up) }, "square": { $0 * $0 },
  ]

  private static let comparisons: [String: @Sendable (Double, Double) -> Bool] = [
    "eq": { $0 == $1 }, "ne": { $0 != $1 }, "lt": { $0 < $1 }, "le": { $0 <= $1 },
    "gt": { $0 > $1 }, "ge": { $0 >= $1 }, "logical_and": { $0 != 0 && $1 != 0 },
    "logical_or": { $0 != 0 || $1 != 0 }, "__and__": { $0 != 0 && $1 != 0 },
    "__or__": { $0 != 0 || $1 != 0 }, "bitwise_and": { $0 != 0 && $1 != 0 },
    "bitwise_or": { $0 != 0 || $1 != 0 },
  ]

  private static let operators: [String: @Sendable (Double, Double) -> Double] = [
    "add": { $0 + $1 }, "sub": { $0 - $1 }, "mul": { $0 * $1 }, "div": { $0 / $1 },
    "floor_divide": { ($0 / $1).rounded(.down) },
    "remainder": { $0 - ($0 / $1).rounded(.down) * $1 }, "pow": { pow($0, $1) },
    "maximum": { max($0, $1) }, "minimum": { min($0, $1) },
  ]
}

extension Tensor64 {
  /// The same numbers repeated along axes that are missing or have length one.
  func spread(to target: Shape) throws(ExportedProblem) -> Tensor64 {
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
