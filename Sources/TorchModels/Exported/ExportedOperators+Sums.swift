import OrderedCollections
import PlainData
import Tensors

// Sums over channels and places, and what is made of them: means, norms, variances.
extension ExportedOperators {
  static let sums: [String: Operation] = [
    "sum": { translator, node throws(ExportedProblem) in
      let (input, axes) = try translator.reducing(node)
      return try translator.finish(try translator.total(input, over: axes, node), node)
    },
    "linalg_vector_norm": norm, "var": variance, "std": variance, "rms_norm": rmsNorm,
  ]

  private static let norm: Operation = { translator, node throws(ExportedProblem) in
    let (input, axes) = try translator.reducing(node)
    let order = translator.double(node, "ord", or: 2)
    guard order == 1 || order == 2 else { throw .exponent(order) }
    let sizes = try translator.lambda(order == 1 ? "abs" : "square", input, node)
    var result = try translator.total(sizes, over: axes, node)
    if order == 2 { result = try translator.lambda("sqrt", result, node) }
    return try translator.finish(result, node)
  }

  private static let rmsNorm: Operation = { translator, node throws(ExportedProblem) in
    let input = try translator.signal(node, "input")
    let count = try translator.ints(node, "normalized_shape", or: []).count
    let axes = input.dims.suffix(count).flatMap(\.self)
    guard !axes.contains(ExportedSignal.time), !axes.contains(ExportedSignal.batch) else {
      throw .normOverTime
    }
    let size = Double(axes.reduce(1) { $0.times(input.axes[$1]) })
    let squares = try translator.lambda("square", input, node)
    let mean = try translator.total(squares, over: axes, factor: 1 / size, node)
    // What PyTorch adds where nothing is said is the precision of its numbers.
    let eps = translator.double(node, "eps", or: Double(Float.ulpOfOne))
    let scale = try translator.lambda(
      "rsqrt", try translator.applied("Add", node, mean, ["constant": .double(eps)]), node)
    let normed = try translator.joined([input, scale], "Multiply", node)
    guard let weight = translator.value(node, "weight"), case .signal(let signal) = normed else {
      return normed
    }
    return try translator.combined(signal, weight, isSum: false, node)
  }

  private static let variance: Operation = { translator, node throws(ExportedProblem) in
    let (input, axes) = try translator.reducing(node)
    let count = Double(axes.reduce(1) { $0.times(input.axes[$1]) })
    let less =
      node["correction"] == .none
      ? (translator.bool(node, "unbiased", or: true) ? 1 : 0)
      : translator.double(node, "correction", or: 1)
    guard count > less else { throw .fewNumbers(Int(count)) }
    let mean = try translator.total(input, over: axes, factor: -1 / count, node)
    guard case .signal(let centred) = try translator.joined([input, mean], "Add", node) else {
      return .unknown
    }
    let squares = try translator.lambda("square", centred, node)
    // Joined clips can have their axes in another order.
    let joined = try translator.reducedDims(node, of: squares).flatMap { squares.dims[$0] }
    var result = try translator.total(squares, over: joined, factor: 1 / (count - less), node)
    if node.name == "std" { result = try translator.lambda("sqrt", result, node) }
    return try translator.finish(result, node)
  }
}

extension ExportedTranslator {
  /// What a call reduces, and the axes of the clip over which it does.
  fileprivate func reducing(
    _ node: ExportedNode
  ) throws(ExportedProblem) -> (input: ExportedSignal, axes: [Int]) {
    let input = try signal(node)
    let axes = try reducedDims(node, of: input).flatMap { input.dims[$0] }
    guard !axes.contains(ExportedSignal.time) || input.isFlat else {
      throw node.name == "sum" || node.name == "linalg_vector_norm" ? .addsFrames : .normOverTime
    }
    guard !axes.contains(ExportedSignal.batch) else { throw .channelsOrBatch(.reduces) }
    return (input, axes)
  }

  /// The axes of PyTorch that a call reduces, without the others; all of them where it names none.
  func reducedDims(
    _ node: ExportedNode, of input: ExportedSignal
  ) throws(ExportedProblem) -> [Int] {
    let rank = input.dims.count
    let dims: [Int] =
      if case .int(let dim) = node["dim"] { [dim] } else { try ints(node, "dim", or: []) }
    guard dims.allSatisfy({ (-rank..<rank).contains($0) }) else { throw .noSuchDim }
    return dims.isEmpty ? Array(0..<rank) : Set(dims.map { $0 < 0 ? $0 + rank : $0 }).sorted()
  }

  /// The sum over some axes of each frame, times a factor; they stay, with length one.
  ///
  /// Each is a product with a matrix of one column.
  mutating func total(
    _ input: ExportedSignal, over axes: [Int], factor: Double = 1, _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal {
    var result = input
    var factor = factor
    for axis in axes where result.axes[axis] != 1 {
      let column = Tensor64(Shape([result.axes[axis], 1]), repeating: factor)
      result = try multiplied(result, by: named(column, node), columns: 1, along: axis, node)
      factor = 1
    }
    return factor == 1 ? result : try scaled(result, by: factor, node)
  }

  /// A product with a matrix of the file along an axis of each frame.
  mutating func multiplied(
    _ input: ExportedSignal, by matrix: String, columns: Int, along axis: Int,
    _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal {
    var result = input
    result.node = try add(
      "MatMul", node, reading: [input],
      ["matrix": .string(matrix), "axis": .int(axis)], name: "")
    result.axes[axis] = columns
    return result
  }

  /// A function of each element.
  mutating func lambda(
    _ function: String, _ input: ExportedSignal, _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal {
    try applied("Lambda", node, input, ["function": .string(function)])
  }

  /// What was reduced, without the axes of length one unless they are kept.
  fileprivate mutating func finish(
    _ reduced: ExportedSignal, _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedValue {
    guard !bool(node, "keepdim", or: false) else { return .signal(reduced) }
    var result = reduced
    for dim in try reducedDims(node, of: reduced).reversed() { result = result.removing(dim: dim) }
    return .signal(result)
  }
}
