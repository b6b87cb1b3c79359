import OrderedCollections
import PlainData
import Tensors

// Places in another order, and sums over those before: products with a matrix, unless it is frames.
extension ExportedOperators {
  static let orders: [String: Operation] = [
    "flip": { translator, node throws(ExportedProblem) in
      let input = try translator.signal(node)
      let rank = input.dims.count
      var result = input
      for dim in try translator.ints(node, "dims", or: []) {
        result = try translator.reordered(result, dim < 0 ? dim + rank : dim, node) {
          place, length in
          length - 1 - place
        }
      }
      return .signal(result)
    },
    "roll": { translator, node throws(ExportedProblem) in
      let input = try translator.signal(node)
      let rank = input.dims.count
      let shifts = try translator.ints(node, "shifts", or: [])
      let dims = try translator.ints(node, "dims", or: [])
      guard shifts.count == dims.count else { throw .noSuchDim }
      var result = input
      for (shift, dim) in zip(shifts, dims) {
        result = try translator.reordered(result, dim < 0 ? dim + rank : dim, node) {
          place, length in
          ((place - shift) % length + length) % length
        }
      }
      return .signal(result)
    },
    "cumsum": { translator, node throws(ExportedProblem) in
      let input = try translator.signal(node)
      let dim = try translator.dim(node, rank: input.dims.count)
      if input.axis(of: dim) == ExportedSignal.time, !input.isFlat {
        return try translator.same("CumulativeSum", node, input)
      }
      return .signal(
        try translator.multiplied(input, dim, node) { $0 <= $1 ? 1 : 0 })
    },
    "topk": findsPlaces, "sort": findsPlaces,
    "argsort": findsPlaces, "randn": random, "randn_like": random, "rand": random,
    "rand_like": random, "bernoulli": random, "normal": random, "multinomial": random,
  ]

  private static let findsPlaces: Operation = { _, _ throws(ExportedProblem) in
    throw .findsPlaces
  }

  private static let random: Operation = { _, _ throws(ExportedProblem) in throw .random }
}

extension ExportedTranslator {
  /// The places of an axis in another order.
  fileprivate mutating func reordered(
    _ input: ExportedSignal, _ dim: Int, _ node: ExportedNode,
    from source: (_ place: Int, _ length: Int) -> Int
  ) throws(ExportedProblem) -> ExportedSignal {
    guard input.dims.indices.contains(dim) else { throw .noSuchDim }
    guard input.axis(of: dim) != ExportedSignal.time || input.isFlat else { throw .reordersFrames }
    let length = input.shape[dim]
    return try multiplied(input, dim, node) { $0 == source($1, length) ? 1 : 0 }
  }

  /// A product with a square matrix along an axis.
  fileprivate mutating func multiplied(
    _ input: ExportedSignal, _ dim: Int, _ node: ExportedNode,
    by element: (_ row: Int, _ column: Int) -> Double
  ) throws(ExportedProblem) -> ExportedSignal {
    let length = input.shape[dim]
    guard length.times(length) <= ExportedConstants.limit else {
      throw .constants(limit: ExportedConstants.limit)
    }
    let matrix = Tensor64(
      Shape([length, length]),
      (0..<length * length).map { element($0 / length, $0 % length) })
    return try multiplied(input, dim: dim, by: .constant(matrix), rows: 0, columns: 1, node)
  }
}
