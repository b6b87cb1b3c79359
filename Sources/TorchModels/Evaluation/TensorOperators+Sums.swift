import Foundation
import Tensors

// Sums, means and the like over axes, and norms.
extension TensorOperators {
  /// A number for each row of some axes.
  static func reduced(
    _ input: TensorView, _ dims: [Int], keepsDims: Bool, kind: TensorView.Kind = .float,
    _ body: (ArraySlice<Double>) -> Double
  ) throws(EvaluationError) -> TensorView {
    let input = try real(input)
    let kept = input.shape.indices.filter { !dims.contains($0) }
    let count = dims.reduce(1) { $0 * input.shape[$1] }
    let numbers = try input.permuted(kept + dims).numbers
    let rows = kept.reduce(1) { $0 * input.shape[$1] }
    let shape = input.shape.indices.compactMap { axis in
      dims.contains(axis) ? (keepsDims ? 1 : nil) : input.shape[axis]
    }
    return TensorView(
      shape, (0..<rows).map { body(numbers[$0 * count..<($0 + 1) * count]) }, kind: kind)
  }

  /// Mean and squared distance from it, all in all.
  private static func spread(_ row: ArraySlice<Double>) -> (mean: Double, squares: Double) {
    let mean = row.reduce(0, +) / Double(row.count)
    return (mean, row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) })
  }

  /// Each row along an axis turned into another one.
  static func rows(
    _ input: TensorView, _ dim: Int, _ body: (inout [Double]) -> Void
  ) throws(EvaluationError) -> TensorView {
    let input = try real(input)
    if input.rank == 0 { return input }
    let length = input.shape[dim]
    let inner = input.shape[(dim + 1)...].reduce(1, *)
    var numbers = input.numbers
    guard !numbers.isEmpty else { return input }
    var row = [Double](repeating: 0, count: length)
    for outer in 0..<numbers.count / (length * inner) {
      for place in 0..<inner {
        let start = outer * length * inner + place
        for index in 0..<length { row[index] = numbers[start + index * inner] }
        body(&row)
        for index in 0..<length { numbers[start + index * inner] = row[index] }
      }
    }
    return TensorView(input.shape, numbers, kind: input.kind)
  }

  static func softmax(_ row: inout [Double], isLogarithm: Bool = false) {
    let largest = row.max() ?? 0
    guard largest > -.infinity else {
      for index in row.indices { row[index] = .nan }
      return
    }
    var total = 0.0
    for number in row { total += exp(number - largest) }
    for index in row.indices {
      let power = row[index] - largest
      row[index] = isLogarithm ? power - log(total) : exp(power) / total
    }
  }

  private static let totals: [String: @Sendable (ArraySlice<Double>) -> Double] = [
    "sum": { $0.reduce(0, +) }, "mean": { $0.reduce(0, +) / Double($0.count) },
    "prod": { $0.reduce(1, *) }, "amax": { $0.max() ?? 0 }, "amin": { $0.min() ?? 0 },
    "logsumexp": { row in
      let largest = row.max() ?? 0
      return largest + log(row.reduce(0) { $0 + exp($1 - largest) })
    },
    "any": { $0.contains { $0 != 0 } ? 1 : 0 }, "all": { $0.allSatisfy { $0 != 0 } ? 1 : 0 },
  ]

  static let sums = makeSums()

  private static func makeSums() -> [String: Operation] {
    var table: [String: Operation] = [:]
    for (name, total) in totals {
      table.define(name) { arguments throws(EvaluationError) in
        let input = try arguments.first
        let dims = try arguments.dims(rank: input.rank)
        let kind: TensorView.Kind =
          name == "any" || name == "all" ? .flag : name == "mean" ? .float : input.kind
        guard !dims.contains(where: { input.shape[$0] == 0 }) else { throw .misfit }
        return [
          try reduced(
            input, dims, keepsDims: arguments.bool("keepdim", or: false),
            kind: kind == .flag && name == "sum" ? .integer : kind, total)
        ]
      }
    }
    for name in ["linalg_vector_norm", "norm"] {
      table.define(name) { arguments throws(EvaluationError) in
        let input = try arguments.first
        let order = arguments.double(name == "norm" ? "p" : "ord", or: 2)
        return [
          try reduced(
            input, try arguments.dims(rank: input.rank),
            keepsDims: arguments.bool("keepdim", or: false)
          ) { row in
            if order == 2 { return row.reduce(0) { $0 + $1 * $1 }.squareRoot() }
            if order == .infinity { return row.reduce(0) { max($0, abs($1)) } }
            return pow(row.reduce(0) { $0 + pow(abs($1), order) }, 1 / order)
          }
        ]
      }
    }
    for name in ["var", "std", "var_mean", "std_mean"] {
      table.define(name) { arguments throws(EvaluationError) in
        let input = try arguments.first
        let dims = try arguments.dims(rank: input.rank)
        let count = dims.reduce(1) { $0 * input.shape[$1] }
        let standard = arguments.bool("unbiased", or: true) ? 1.0 : 0
        let divisor = Double(count) - arguments.double("correction", or: standard)
        guard count > 0, divisor > 0 else { throw .misfit }
        let keepsDims = arguments.bool("keepdim", or: false)
        let isRoot = name.hasPrefix("std")
        let result = try reduced(input, dims, keepsDims: keepsDims) { row in
          let variance = spread(row).squares / divisor
          return isRoot ? variance.squareRoot() : variance
        }
        guard name.hasSuffix("_mean") else { return [result] }
        return [result, try reduced(input, dims, keepsDims: keepsDims) { spread($0).mean }]
      }
    }
    for name in ["max", "min", "argmax", "argmin"] {
      table.define(name) { arguments throws(EvaluationError) in
        let input = try arguments.first
        if arguments.has("other") {
          return [
            try zipped(input, try arguments.tensor("other"), kind: input.kind) {
              name == "max" ? Swift.max($0, $1) : Swift.min($0, $1)
            }
          ]
        }
        let dims =
          arguments.has("dim") ? [try arguments.dim(rank: input.rank)] : Array(0..<input.rank)
        let isLargest = name.hasSuffix("max")
        func place(_ row: ArraySlice<Double>) -> Int {
          var best = row.startIndex
          for index in row.indices
          where isLargest ? row[index] > row[best] : row[index] < row[best] { best = index }
          return best - row.startIndex
        }
        guard !dims.contains(where: { input.shape[$0] == 0 }) else { throw .misfit }
        let keepsDims = arguments.bool("keepdim", or: false)
        let places = try reduced(input, dims, keepsDims: keepsDims, kind: .integer) {
          Double(place($0))
        }
        if name.hasPrefix("arg") { return [places] }
        let values = try reduced(input, dims, keepsDims: keepsDims, kind: input.kind) {
          $0[$0.startIndex + place($0)]
        }
        return [values, places]
      }
    }
    for name in ["softmax", "_softmax", "log_softmax", "_log_softmax"] {
      table.define(name) { arguments throws(EvaluationError) in
        let input = try arguments.first
        return [
          try rows(input, try arguments.dim(rank: input.rank)) {
            softmax(&$0, isLogarithm: name.contains("log"))
          }
        ]
      }
    }
    for name in ["cumsum", "cumprod"] {
      table.define(name) { arguments throws(EvaluationError) in
        let input = try arguments.first
        return [
          try rows(input, try arguments.dim(rank: input.rank)) { row in
            for index in row.indices.dropFirst() {
              row[index] =
                name == "cumsum" ? row[index] + row[index - 1] : row[index] * row[index - 1]
            }
          }
        ]
      }
    }
    for name in ["diff"] {
      table.define(name) { arguments throws(EvaluationError) in
        let input = try arguments.first
        let dim = try arguments.dim(or: -1, rank: input.rank)
        guard input.rank > 0, input.shape[dim] > 1 else { throw .misfit }
        let count = input.shape[dim] - 1
        return [
          try zipped(
            try input.narrowed(dim, from: 1, count: count),
            try input.narrowed(dim, from: 0, count: count), kind: input.kind
          ) { $0 - $1 }
        ]
      }
    }
    return table
  }

  // MARK: - Norms

  /// Rows of the last numbers of each sample, with mean zero and variance one.
  private static func normed(
    _ numbers: [Double], _ count: Int, _ eps: Double, isCentered: Bool = true
  ) -> [Double] {
    var result = numbers
    for start in stride(from: 0, to: numbers.count, by: max(count, 1)) {
      let row = numbers[start..<start + count]
      let (mean, squares) = isCentered ? spread(row) : (0, row.reduce(0) { $0 + $1 * $1 })
      let scale = 1 / (squares / Double(count) + eps).squareRoot()
      for index in row.indices { result[index] = (row[index] - mean) * scale }
    }
    return result
  }

  /// Scales and shifts along the second axis, or along the last ones.
  private static func scaled(
    _ input: TensorView, _ arguments: TensorArguments, alongChannels: Bool
  ) throws(EvaluationError) -> TensorView {
    var result = input
    for name in ["weight", "bias"] {
      guard let factor = try arguments.optionalTensor(name) else { continue }
      var shape = factor.shape
      if alongChannels {
        guard input.rank > 1 else { throw .misfit }
        shape = [Int](repeating: 1, count: input.rank)
        shape[1] = factor.count
      }
      let spread = try factor.reshaped(shape)
      result = try zipped(result, spread, kind: .float) { name == "weight" ? $0 * $1 : $0 + $1 }
    }
    return result
  }

  static let norms: [String: Operation] = [
    "layer_norm": { arguments throws(EvaluationError) in
      let input = try real(try arguments.first)
      let count = try arguments.ints("normalized_shape").reduce(1) { $0.times($1) }
      guard count > 0, input.count.isMultiple(of: count) else { throw .misfit }
      let numbers = normed(input.numbers, count, arguments.double("eps", or: 1e-5))
      return [
        try scaled(TensorView(input.shape, numbers), arguments, alongChannels: false)
      ]
    },
    "rms_norm": { arguments throws(EvaluationError) in
      let input = try real(try arguments.first)
      let count = try arguments.ints("normalized_shape").reduce(1) { $0.times($1) }
      guard count > 0, input.count.isMultiple(of: count) else { throw .misfit }
      let eps = arguments.double("eps", or: 0x1p-23)
      let numbers = normed(input.numbers, count, eps, isCentered: false)
      return [
        try scaled(TensorView(input.shape, numbers), arguments, alongChannels: false)
      ]
    },
    "group_norm": { arguments throws(EvaluationError) in
      let input = try real(try arguments.first)
      let groups = try arguments.int("num_groups", or: 1)
      guard input.rank > 1, groups > 0, input.shape[1].isMultiple(of: groups), input.count > 0
      else { throw .misfit }
      let count = input.count / (input.shape[0] * groups)
      let numbers = normed(input.numbers, count, arguments.double("eps", or: 1e-5))
      return [try scaled(TensorView(input.shape, numbers), arguments, alongChannels: true)]
    },
    "instance_norm": { arguments throws(EvaluationError) in
      let input = try real(try arguments.first)
      guard input.rank > 2, input.count > 0, arguments.bool("use_input_stats", or: true) else {
        throw .unknown("instance_norm with stored statistics")
      }
      let count = input.count / (input.shape[0] * input.shape[1])
      let numbers = normed(input.numbers, count, arguments.double("eps", or: 1e-5))
      return [try scaled(TensorView(input.shape, numbers), arguments, alongChannels: true)]
    },
    "batch_norm": { arguments throws(EvaluationError) in
      let input = try real(try arguments.first)
      guard input.rank > 1, !arguments.bool("training", or: false),
        let mean = try arguments.optionalTensor("running_mean"),
        let variance = try arguments.optionalTensor("running_var")
      else { throw .unknown("batch_norm with the statistics of a batch") }
      var shape = [Int](repeating: 1, count: input.rank)
      shape[1] = input.shape[1]
      let eps = arguments.double("eps", or: 1e-5)
      let centered = try zipped(input, try mean.reshaped(shape), kind: .float) { $0 - $1 }
      let normed = try zipped(centered, try variance.reshaped(shape), kind: .float) {
        $0 / ($1 + eps).squareRoot()
      }
      return [try scaled(normed, arguments, alongChannels: true)]
    },
    "_weight_norm": { arguments throws(EvaluationError) in
      let (v, g) = (try arguments.tensor("v"), try arguments.tensor("g"))
      let dim = try arguments.int("dim", or: 0)
      let dims = v.shape.indices.filter { $0 != (dim < 0 ? dim + v.rank : dim) }
      let norm = try reduced(v, Array(dims), keepsDims: true) { row in
        row.reduce(0) { $0 + $1 * $1 }.squareRoot()
      }
      let factor = try zipped(try g.reshaped(norm.shape), norm, kind: .float) { $0 / $1 }
      return [try zipped(v, factor, kind: .float) { $0 * $1 }]
    },
  ]
}
