import Continual
import Foundation
import Tensors

// Products of matrices, and attention.
extension TensorOperators {
  /// Matrices (rows, inner) times (inner, columns), one pair after the other.
  static func product(
    _ left: [Double], _ right: [Double], rows: Int, inner: Int, columns: Int, pairs: Int = 1
  ) -> [Double] {
    precondition(left.count >= pairs * rows * inner && right.count >= pairs * inner * columns)
    var result = [Double](repeating: 0, count: pairs * rows * columns)
    for pair in 0..<pairs {
      var all = result.mutableSpan
      var own = all._mutatingExtracting(pair * rows * columns..<(pair + 1) * rows * columns)
      DoubleLoops.multiply(
        left.span.extracting(pair * rows * inner..<(pair + 1) * rows * inner),
        right.span.extracting(pair * inner * columns..<(pair + 1) * inner * columns), into: &own,
        rows: rows, inner: inner, columns: columns)
    }
    return result
  }

  static func matmul(
    _ left: TensorView, _ right: TensorView
  ) throws(EvaluationError) -> TensorView {
    guard !left.isComplex, !right.isComplex, left.rank > 0, right.rank > 0 else { throw .misfit }
    let (one, other) = (
      left.rank == 1 ? try left.unsqueezed(0) : left,
      right.rank == 1 ? try right.unsqueezed(1) : right
    )
    let (rows, inner) = (one.shape[one.rank - 2], one.shape[one.rank - 1])
    let columns = other.shape[other.rank - 1]
    guard other.shape[other.rank - 2] == inner else { throw .misfit }
    let batch = try common([Array(one.shape.dropLast(2)), Array(other.shape.dropLast(2))])
    let count = batch.reduce(1, { $0.times($1) })
    guard count.times(rows).times(columns) <= EvaluationError.sizeLimit else { throw .misfit }
    let numbers = product(
      try one.spread(to: batch + [rows, inner]).numbers,
      try other.spread(to: batch + [inner, columns]).numbers, rows: rows, inner: inner,
      columns: columns, pairs: count)
    let shape =
      batch + (left.rank == 1 ? [] : [rows]) + (right.rank == 1 ? [] : [columns])
    return TensorView(shape, numbers)
  }

  static func linear(
    _ input: TensorView, _ weight: TensorView, _ bias: TensorView?
  ) throws(EvaluationError) -> TensorView {
    guard weight.rank == 2, input.rank > 0 else { throw .misfit }
    let rows = input.count / max(input.shape[input.rank - 1], 1)
    let flat = try input.reshaped([rows, input.shape[input.rank - 1]])
    let result = try matmul(flat, try weight.permuted([1, 0]))
    let shaped = try result.reshaped(input.shape.dropLast() + [weight.shape[0]])
    guard let bias else { return shaped }
    return try zipped(shaped, bias, kind: .float) { $0 + $1 }
  }

  /// Sums of products, by letters as in `einsum`.
  static func einsum(
    _ equation: String, _ operands: [TensorView]
  ) throws(EvaluationError) -> TensorView {
    let text = equation.filter { $0 != " " }
    let sides = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    var inputs = sides[0].split(separator: ",", omittingEmptySubsequences: false).map(Array.init)
    guard inputs.count == operands.count else { throw .misfit }
    // The axes of an ellipsis have letters of their own.
    let spare = Array("!#$%&'()*+;:<=>?@[]^_{|}~")
    var longest = 0
    for (index, letters) in inputs.enumerated() {
      guard let dots = letters.firstIndex(of: ".") else { continue }
      let extra = operands[index].rank - (letters.count - 3)
      guard extra >= 0, extra <= spare.count, letters.count >= dots + 3 else { throw .misfit }
      longest = max(longest, extra)
      inputs[index].replaceSubrange(dots..<dots + 3, with: spare[(spare.count - extra)...])
    }
    let dotted = Array(spare[(spare.count - longest)...])
    var output: [Character]
    if sides.count == 2, sides[1].first == ">" {
      output = Array(sides[1].dropFirst())
      if let dots = output.firstIndex(of: ".") {
        guard output.count >= dots + 3 else { throw .misfit }
        output.replaceSubrange(dots..<dots + 3, with: dotted)
      }
    } else {
      let all = inputs.flatMap(\.self).filter { !dotted.contains($0) }
      output = dotted + Set(all).filter { letter in all.count { $0 == letter } == 1 }.sorted()
    }
    var lengths: [Character: Int] = [:]
    for (letters, operand) in zip(inputs, operands) {
      guard letters.count == operand.rank, Set(letters).count == letters.count else {
        throw .misfit
      }
      for (letter, length) in zip(letters, operand.shape) {
        let known = lengths[letter] ?? 1
        guard known == 1 || length == 1 || known == length else { throw .misfit }
        lengths[letter] = max(known, length)
      }
    }
    guard output.allSatisfy({ lengths[$0] != nil }), Set(output).count == output.count else {
      throw .misfit
    }
    // From left to right, each sum as soon as nobody needs its letters any more.
    var (letters, result) = (inputs[0], try real(operands[0]))
    for index in operands.indices.dropFirst() {
      let later = Set(inputs[(index + 1)...].joined()).union(output)
      (letters, result) = try contracted(
        (letters, result), (inputs[index], try real(operands[index])), keeping: later)
    }
    let summed = letters.indices.filter { !output.contains(letters[$0]) }
    if !summed.isEmpty {
      result = try reduced(result, summed, keepsDims: false) { $0.reduce(0, +) }
      letters = letters.filter { output.contains($0) }
    }
    return try result.permuted(output.compactMap { letters.firstIndex(of: $0) })
  }

  private static func contracted(
    _ left: (letters: [Character], view: TensorView),
    _ right: (letters: [Character], view: TensorView), keeping kept: Set<Character>
  ) throws(EvaluationError) -> ([Character], TensorView) {
    let shared = left.letters.filter { right.letters.contains($0) }
    let batch = shared.filter { kept.contains($0) }
    let inner = shared.filter { !kept.contains($0) }
    let rows = left.letters.filter { !shared.contains($0) }
    let columns = right.letters.filter { !shared.contains($0) }
    func lengths(_ letters: [Character], _ side: ([Character], TensorView)) -> [Int] {
      letters.map { letter in side.1.shape[side.0.firstIndex(of: letter) ?? 0] }
    }
    func arranged(
      _ side: ([Character], TensorView), _ order: [Character], _ shape: [Int]
    ) throws(EvaluationError) -> TensorView {
      try side.1.permuted(order.compactMap { side.0.firstIndex(of: $0) }).spread(to: shape)
    }
    let sharedLengths = zip(lengths(shared, left), lengths(shared, right)).map { max($0, $1) }
    let known = Dictionary(uniqueKeysWithValues: zip(shared, sharedLengths))
    let (b, k) = (batch.map { known[$0] ?? 1 }, inner.map { known[$0] ?? 1 })
    let (r, c) = (lengths(rows, left), lengths(columns, right))
    let one = try arranged(left, batch + rows + inner, b + r + k).numbers
    let other = try arranged(right, batch + inner + columns, b + k + c).numbers
    let sizes = [b, r, k, c].map { $0.reduce(1) { $0.times($1) } }
    guard sizes[0].times(sizes[1]).times(sizes[3]) <= EvaluationError.sizeLimit else {
      throw .misfit
    }
    let numbers = product(
      one, other, rows: sizes[1], inner: sizes[2], columns: sizes[3], pairs: sizes[0])
    return (batch + rows + columns, TensorView(b + r + c, numbers))
  }

  private static func added(
    _ arguments: TensorArguments, _ one: String, _ other: String
  ) throws(EvaluationError) -> [TensorView] {
    let product = try matmul(try arguments.tensor(one), try arguments.tensor(other))
    let (alpha, beta) = (arguments.double("alpha", or: 1), arguments.double("beta", or: 1))
    return [
      try zipped(try arguments.tensor("self"), product, kind: .float) { beta * $0 + alpha * $1 }
    ]
  }

  static let products = makeProducts()

  private static func makeProducts() -> [String: Operation] {
    var table: [String: Operation] = [:]
    for (name, other) in [
      ("matmul", "other"), ("mm", "mat2"), ("bmm", "mat2"), ("mv", "vec"), ("dot", "tensor"),
      ("__matmul__", "other"), ("linalg_matmul", "other"),
    ] {
      table.define(name) { arguments throws(EvaluationError) in
        [try matmul(try arguments.tensor("self"), try arguments.tensor(other))]
      }
    }
    table.define("addmm") { arguments throws(EvaluationError) in
      try added(arguments, "mat1", "mat2")
    }
    table.define("baddbmm") { arguments throws(EvaluationError) in
      try added(arguments, "batch1", "batch2")
    }
    table.define("outer") { arguments throws(EvaluationError) in
      let (one, other) = (try arguments.tensor("self"), try arguments.tensor("vec2"))
      guard one.rank == 1, other.rank == 1 else { throw .misfit }
      return [
        try zipped(try one.unsqueezed(1), other, kind: .float) { $0 * $1 }
      ]
    }
    table.define("linear") { arguments throws(EvaluationError) in
      [
        try linear(
          try arguments.tensor("input"), try arguments.tensor("weight"),
          try arguments.optionalTensor("bias"))
      ]
    }
    table.define("einsum") { arguments throws(EvaluationError) in
      [try einsum(arguments.string("equation", or: ""), try arguments.tensors("tensors"))]
    }
    table.define("scaled_dot_product_attention") { arguments throws(EvaluationError) in
      let query = try arguments.tensor("query")
      var (key, value) = (try arguments.tensor("key"), try arguments.tensor("value"))
      guard query.rank > 1, key.rank == query.rank, value.rank == query.rank else { throw .misfit }
      if arguments.bool("enable_gqa", or: false), query.rank > 2 {
        let dim = query.rank - 3
        let times = query.shape[dim] / max(key.shape[dim], 1)
        let places = (0..<key.shape[dim] * max(times, 1)).map { $0 / max(times, 1) }
        key = try gathered(key, dim, places)
        value = try gathered(value, dim, places)
      }
      let width = Double(query.shape[query.rank - 1])
      let scale = arguments.double("scale", or: 1 / width.squareRoot())
      var order = Array(0..<key.rank)
      order.swapAt(key.rank - 1, key.rank - 2)
      var scores = try matmul(query, try key.permuted(order))
      scores = TensorView(scores.shape, scores.numbers.map { $0 * scale })
      if let mask = try arguments.optionalTensor("attn_mask") {
        scores = try zipped(scores, mask, kind: .float) {
          mask.kind == .flag ? ($1 != 0 ? $0 : -.infinity) : $0 + $1
        }
      }
      if arguments.bool("is_causal", or: false) {
        let (rows, columns) = (scores.shape[scores.rank - 2], scores.shape[scores.rank - 1])
        let numbers = scores.numbers
        scores = TensorView(
          scores.shape,
          numbers.indices.map { $0 % columns > $0 / columns % rows ? -.infinity : numbers[$0] })
      }
      return [try matmul(try rows(scores, scores.rank - 1) { softmax(&$0) }, value)]
    }
    return table
  }
}
