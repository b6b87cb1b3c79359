import Foundation
import OrderedCollections
import Tensors

// Functions of each number by itself, and of two.
extension TensorOperators {
  private typealias Function = @Sendable (Double) -> Double

  private static let functions: [String: Function] = {
    var table: [String: Function] = [:]
    table["relu"] = { x in x.isNaN ? x : max(x, 0) }
    table["relu6"] = { x in min(max(x, 0), 6) }
    table["sigmoid"] = { x in 1 / (1 + Foundation.exp(-x)) }
    table["tanh"] = { x in Foundation.tanh(x) }
    table["silu"] = { x in x / (1 + Foundation.exp(-x)) }
    table["mish"] = { x in
      x * Foundation.tanh(x > 20 ? x : Foundation.log1p(Foundation.exp(x)))
    }
    table["selu"] = { x in
      1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Foundation.expm1(x))
    }
    table["hardswish"] = { x in x * min(max(x + 3, 0), 6) / 6 }
    table["hardsigmoid"] = { x in min(max(x + 3, 0), 6) / 6 }
    table["log_sigmoid"] = { x in min(x, 0) - Foundation.log1p(Foundation.exp(-abs(x))) }
    table["softsign"] = { x in x / (1 + abs(x)) }
    table["tanhshrink"] = { x in x - Foundation.tanh(x) }
    table["exp"] = { x in Foundation.exp(x) }
    table["expm1"] = { x in Foundation.expm1(x) }
    table["exp2"] = { x in Foundation.exp2(x) }
    table["log"] = { x in Foundation.log(x) }
    table["log1p"] = { x in Foundation.log1p(x) }
    table["log2"] = { x in Foundation.log2(x) }
    table["log10"] = { x in Foundation.log10(x) }
    table["sqrt"] = { x in x.squareRoot() }
    table["rsqrt"] = { x in 1 / x.squareRoot() }
    table["reciprocal"] = { x in 1 / x }
    table["abs"] = { x in abs(x) }
    table["neg"] = { x in -x }
    table["sign"] = { x in x > 0 ? 1 : x < 0 ? -1 : 0 }
    table["sin"] = { x in Foundation.sin(x) }
    table["cos"] = { x in Foundation.cos(x) }
    table["tan"] = { x in Foundation.tan(x) }
    table["atan"] = { x in Foundation.atan(x) }
    table["sinh"] = { x in Foundation.sinh(x) }
    table["cosh"] = { x in Foundation.cosh(x) }
    table["erf"] = { x in Foundation.erf(x) }
    table["square"] = { x in x * x }
    table["floor"] = { x in x.rounded(.down) }
    table["ceil"] = { x in x.rounded(.up) }
    table["round"] = { x in x.rounded(.toNearestOrEven) }
    table["trunc"] = { x in x.rounded(.towardZero) }
    return table
  }()

  private static let flags: [String: @Sendable (Double) -> Bool] = [
    "logical_not": { $0 == 0 }, "bitwise_not": { $0 == 0 }, "isnan": { $0.isNaN },
    "isinf": { $0.isInfinite }, "isfinite": { $0.isFinite },
  ]

  /// Functions with parameters.
  private static func shaped(_ arguments: TensorArguments) -> (@Sendable (Double) -> Double)? {
    func number(_ name: String, or standard: Double) -> Double {
      arguments.double(name, or: standard)
    }
    switch arguments.name {
    case "gelu":
      if arguments.string("approximate", or: "none") == "tanh" {
        let factor = (2 / Double.pi).squareRoot()
        return { x in 0.5 * x * (1 + Foundation.tanh(factor * (x + 0.044715 * x * x * x))) }
      }
      let root = 2.0.squareRoot()
      return { x in 0.5 * x * (1 + Foundation.erf(x / root)) }
    case "elu":
      let (alpha, scale) = (number("alpha", or: 1), number("scale", or: 1))
      let inner = number("input_scale", or: 1)
      return { x in scale * (x > 0 ? x : alpha * Foundation.expm1(x * inner)) }
    case "celu":
      let alpha = number("alpha", or: 1)
      return { x in max(0, x) + min(0, alpha * Foundation.expm1(x / alpha)) }
    case "leaky_relu":
      let slope = number("negative_slope", or: 0.01)
      return { x in x > 0 ? x : x * slope }
    case "hardtanh":
      let (low, high) = (number("min_val", or: -1), number("max_val", or: 1))
      return { x in x < low ? low : x > high ? high : x }
    case "softplus":
      let (beta, threshold) = (number("beta", or: 1), number("threshold", or: 20))
      return { x in x * beta > threshold ? x : Foundation.log1p(Foundation.exp(x * beta)) / beta }
    case "hardshrink":
      let bound = number("lambd", or: 0.5)
      return { x in abs(x) > bound ? x : 0 }
    case "softshrink":
      let bound = number("lambd", or: 0.5)
      return { x in x > bound ? x - bound : x < -bound ? x + bound : 0 }
    case "threshold":
      let (bound, value) = (number("threshold", or: 0), number("value", or: 0))
      return { x in x > bound ? x : value }
    default: return nil
    }
  }

  private static let shapedNames = [
    "gelu", "elu", "celu", "leaky_relu", "hardtanh", "softplus", "hardshrink", "softshrink",
    "threshold",
  ]

  static let elements = makeElements()

  private static func makeElements() -> [String: Operation] {
    var table: [String: Operation] = [:]
    for (name, function) in functions {
      table.define(name) { arguments throws(EvaluationError) in
        let input = try arguments.first
        if input.isComplex, name == "abs" { return [lengths(input)] }
        guard !input.isComplex || name == "neg" else { throw .unknown(name) }
        let kind: TensorView.Kind =
          input.kind != .float && ["relu", "abs", "neg", "sign", "square"].contains(name)
          ? .integer : .float
        return [
          TensorView(
            input.shape, input.numbers.map(function), kind: kind, isComplex: input.isComplex)
        ]
      }
    }
    for (name, flag) in flags {
      table.define(name) { arguments throws(EvaluationError) in
        let input = try real(arguments.first)
        return [TensorView(input.shape, input.numbers.map { flag($0) ? 1 : 0 }, kind: .flag)]
      }
    }
    for name in shapedNames {
      table.define(name) { arguments throws(EvaluationError) in
        let input = try real(arguments.first)
        guard let function = shaped(arguments) else { throw .unknown(name) }
        return [TensorView(input.shape, input.numbers.map(function))]
      }
    }
    for name in [
      "dropout", "feature_dropout", "alpha_dropout", "contiguous", "detach", "alias", "positive",
      "lift_fresh_copy", "requires_grad", "feature_alpha_dropout",
    ] {
      table.define(name) { arguments throws(EvaluationError) in
        guard !arguments.bool("train", or: false) || !name.hasSuffix("dropout") else {
          throw .unknown(arguments.call.target)
        }
        return [try arguments.first]
      }
    }
    table.define("clone") { arguments throws(EvaluationError) in [try arguments.first.copied] }
    for name in ["to", "_to_copy", "type_as"] { table[name] = converted }
    return table
  }

  /// Another element type: whole numbers are cut, flags are zero or one.
  private static let converted: Operation = { arguments throws(EvaluationError) in
    let input = try arguments.first
    guard case .scalarType(let type)? = arguments.call.arguments["dtype"], !input.isComplex else {
      return [input]
    }
    switch type {
    case 1...5:
      return [
        TensorView(
          input.shape, input.numbers.map { $0.rounded(.towardZero) }, kind: .integer)
      ]
    case 12:
      return [TensorView(input.shape, input.numbers.map { $0 != 0 ? 1 : 0 }, kind: .flag)]
    case 6, 7, 8, 13:
      var result = input
      if input.kind != .float { result = input.copied }
      result.kind = .float
      return [result]
    default: throw .unknown(arguments.call.target)
    }
  }

  /// A tensor that is not of complex numbers.
  static func real(_ view: TensorView) throws(EvaluationError) -> TensorView {
    guard !view.isComplex else { throw .unknown("an operator of complex numbers") }
    return view
  }

  /// The lengths of complex numbers.
  static func lengths(_ view: TensorView) -> TensorView {
    let numbers = view.numbers
    return TensorView(
      view.shape,
      (0..<view.count).map { index in
        let (re, im) = (numbers[2 * index], numbers[2 * index + 1])
        return (re * re + im * im).squareRoot()
      })
  }
}

// MARK: - Two numbers

extension TensorOperators {
  private static let operators: [String: @Sendable (Double, Double) -> Double] = {
    var table: [String: @Sendable (Double, Double) -> Double] = [:]
    table["add"] = { x, y in x + y }
    table["sub"] = { x, y in x - y }
    table["rsub"] = { x, y in y - x }
    table["mul"] = { x, y in x * y }
    table["maximum"] = { x, y in max(x, y) }
    table["minimum"] = { x, y in min(x, y) }
    table["pow"] = { x, y in Foundation.pow(x, y) }
    table["remainder"] = { x, y in x - (x / y).rounded(.down) * y }
    table["fmod"] = { x, y in x.truncatingRemainder(dividingBy: y) }
    table["atan2"] = { x, y in Foundation.atan2(x, y) }
    table["floor_divide"] = { x, y in (x / y).rounded(.down) }
    table["hypot"] = { x, y in (x * x + y * y).squareRoot() }
    return table
  }()

  private static let comparisons: [String: @Sendable (Double, Double) -> Bool] = {
    var table: [String: @Sendable (Double, Double) -> Bool] = [:]
    table["eq"] = { x, y in x == y }
    table["ne"] = { x, y in x != y }
    table["lt"] = { x, y in x < y }
    table["le"] = { x, y in x <= y }
    table["gt"] = { x, y in x > y }
    table["ge"] = { x, y in x >= y }
    for name in ["logical_and", "__and__", "bitwise_and"] {
      table[name] = { x, y in x != 0 && y != 0 }
    }
    for name in ["logical_or", "__or__", "bitwise_or"] {
      table[name] = { x, y in x != 0 || y != 0 }
    }
    for name in ["logical_xor", "__xor__"] { table[name] = { x, y in (x != 0) != (y != 0) } }
    return table
  }()

  /// The shape to which several spread.
  static func common(_ shapes: [[Int]]) throws(EvaluationError) -> [Int] {
    let rank = shapes.map(\.count).max() ?? 0
    var result = [Int](repeating: 1, count: rank)
    for shape in shapes {
      for (axis, length) in shape.enumerated() {
        let place = axis + rank - shape.count
        guard length == result[place] || length == 1 || result[place] == 1 else { throw .misfit }
        if result[place] == 1 { result[place] = length }
      }
    }
    return result
  }

  /// Each number of one tensor with one of another.
  static func zipped(
    _ left: TensorView, _ right: TensorView, kind: TensorView.Kind,
    _ body: (Double, Double) -> Double
  ) throws(EvaluationError) -> TensorView {
    let shape = try common([left.shape, right.shape])
    if right.count == 1, left.shape == shape {
      let number = right.numbers[0]
      return TensorView(shape, left.numbers.map { body($0, number) }, kind: kind)
    }
    let (one, other) = (try left.spread(to: shape).numbers, try right.spread(to: shape).numbers)
    return TensorView(shape, one.indices.map { body(one[$0], other[$0]) }, kind: kind)
  }

  private static func pair(
    _ name: String, _ function: @escaping @Sendable (Double, Double) -> Double
  ) -> Operation {
    { arguments throws(EvaluationError) in
      let left = try arguments.tensor("self")
      let right = try arguments.tensor(name == "pow" ? "exponent" : "other")
      let alpha = arguments.double("alpha", or: 1)
      if left.isComplex || right.isComplex { return [try complex(name, left, right, alpha)] }
      let isWhole = left.kind != .float && right.kind != .float
      let kind = isWhole ? TensorView.Kind.integer : .float
      if alpha == 1 { return [try zipped(left, right, kind: kind, function)] }
      if name == "rsub" { return [try zipped(left, right, kind: kind) { $1 - alpha * $0 }] }
      return [try zipped(left, right, kind: kind) { function($0, alpha * $1) }]
    }
  }

  private static func comparison(
    _ function: @escaping @Sendable (Double, Double) -> Bool
  ) -> Operation {
    { arguments throws(EvaluationError) in
      let left = try real(try arguments.tensor("self"))
      let right = try real(try arguments.tensor("other"))
      return [try zipped(left, right, kind: .flag) { function($0, $1) ? 1 : 0 }]
    }
  }

  private static let quotient: Operation = { arguments throws(EvaluationError) in
    let (left, right) = (try arguments.tensor("self"), try arguments.tensor("other"))
    if left.isComplex || right.isComplex { return [try complex("div", left, right, 1)] }
    let mode = arguments.string("rounding_mode", or: "")
    return [
      try zipped(left, right, kind: mode.isEmpty ? .float : left.kind) { x, y in
        let quotient = x / y
        if mode == "floor" { return quotient.rounded(.down) }
        return mode == "trunc" ? quotient.rounded(.towardZero) : quotient
      }
    ]
  }

  private static let addedProduct: Operation = { arguments throws(EvaluationError) in
    let value = arguments.double("value", or: 1)
    let isProduct = arguments.name == "addcmul"
    let (one, other) = (try arguments.tensor("tensor1"), try arguments.tensor("tensor2"))
    let part = try zipped(one, other, kind: .float) { x, y in value * (isProduct ? x * y : x / y) }
    return [try zipped(try arguments.tensor("self"), part, kind: .float) { $0 + $1 }]
  }

  private static let mixed: Operation = { arguments throws(EvaluationError) in
    let (start, end) = (try arguments.tensor("self"), try arguments.tensor("end"))
    let way = try zipped(end, start, kind: .float) { $0 - $1 }
    let part = try zipped(way, try arguments.tensor("weight"), kind: .float) { $0 * $1 }
    return [try zipped(start, part, kind: .float) { $0 + $1 }]
  }

  private static let prelu: Operation = { arguments throws(EvaluationError) in
    let (input, slope) = (try arguments.tensor("self"), try arguments.tensor("weight"))
    var shape = [Int](repeating: 1, count: max(input.rank, 1))
    shape[input.rank > 1 ? 1 : 0] = slope.count
    let slopes = try slope.reshaped(shape)
    return [try zipped(input, slopes, kind: .float) { x, y in x > 0 ? x : x * y }]
  }

  private static let clamped: Operation = { arguments throws(EvaluationError) in
    var result = try real(try arguments.tensor("self"))
    if let least = try arguments.optionalTensor("min") {
      result = try zipped(result, least, kind: result.kind) { x, y in x < y ? y : x }
    }
    if let most = try arguments.optionalTensor("max") {
      result = try zipped(result, most, kind: result.kind) { x, y in x > y ? y : x }
    }
    return [result]
  }

  private static let whereOne: Operation = { arguments throws(EvaluationError) in
    let condition = try arguments.tensor("condition")
    return [try chosen(condition, try arguments.tensor("self"), try arguments.tensor("other"))]
  }

  private static let maskFilled: Operation = { arguments throws(EvaluationError) in
    let (input, mask) = (try arguments.tensor("self"), try arguments.tensor("mask"))
    return [try chosen(mask, try arguments.tensor("value"), input)]
  }

  static let pairs = makePairs()

  private static func makePairs() -> [String: Operation] {
    var table: [String: Operation] = [:]
    for (name, function) in operators { table[name] = pair(name, function) }
    for (name, function) in comparisons { table[name] = comparison(function) }
    for name in ["clamp", "clip", "clamp_min", "clamp_max"] { table[name] = clamped }
    table["div"] = quotient
    table["addcmul"] = addedProduct
    table["addcdiv"] = addedProduct
    table["lerp"] = mixed
    table["prelu"] = prelu
    table["where"] = whereOne
    table["masked_fill"] = maskFilled
    return table
  }

  /// Numbers of one tensor where a flag is set, and of another elsewhere.
  private static func chosen(
    _ condition: TensorView, _ yes: TensorView, _ no: TensorView
  ) throws(EvaluationError) -> TensorView {
    let shape = try common([condition.shape, try real(yes).shape, try real(no).shape])
    let flags = try condition.spread(to: shape).numbers
    let (one, other) = (try yes.spread(to: shape).numbers, try no.spread(to: shape).numbers)
    return TensorView(
      shape, flags.indices.map { flags[$0] != 0 ? one[$0] : other[$0] },
      kind: yes.kind == no.kind ? yes.kind : .float)
  }

  /// Sums and products of complex numbers.
  private static func complex(
    _ name: String, _ left: TensorView, _ right: TensorView, _ alpha: Double
  ) throws(EvaluationError) -> TensorView {
    func widened(_ view: TensorView) -> TensorView {
      view.isComplex
        ? view : TensorView(view.shape, view.numbers.flatMap { [$0, 0] }, isComplex: true)
    }
    let shape = try common([left.shape, right.shape])
    let one = try widened(left).spread(to: shape).numbers
    let other = try widened(right).spread(to: shape).numbers
    var result = one
    for index in stride(from: 0, to: one.count, by: 2) {
      let (a, b, c, d) = (one[index], one[index + 1], other[index], other[index + 1])
      switch name {
      case "add": (result[index], result[index + 1]) = (a + alpha * c, b + alpha * d)
      case "sub": (result[index], result[index + 1]) = (a - alpha * c, b - alpha * d)
      case "mul": (result[index], result[index + 1]) = (a * c - b * d, a * d + b * c)
      case "div":
        let size = c * c + d * d
        (result[index], result[index + 1]) = ((a * c + b * d) / size, (b * c - a * d) / size)
      case "pow" where right.count == 1 && c == 2 && d == 0:
        (result[index], result[index + 1]) = (a * a - b * b, 2 * a * b)
      default: throw .unknown("\(name) of complex numbers")
      }
    }
    return TensorView(shape, result, isComplex: true)
  }
}
