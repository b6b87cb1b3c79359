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
    "index_select": { translator, node throws(ExportedProblem) in
      let input = try translator.signal(node)
      let dim = try translator.dim(node, rank: input.dims.count)
      guard let numbers = try translator.read(try translator.operand(node, "index")) else {
        throw .computed("index")
      }
      return .signal(
        try translator.selecting(
          try ExportedTranslator.places(numbers, within: input.shape[dim]), of: input, dim, node))
    },
    "repeat": { translator, node throws(ExportedProblem) in
      var result = try translator.signal(node)
      let times = try translator.ints(node, "repeats", or: [])
      guard times.count >= result.dims.count else { throw .repeatsClip }
      result.dims.insert(
        contentsOf: [[Int]](repeating: [], count: times.count - result.dims.count), at: 0)
      for (dim, count) in times.enumerated() where count != 1 {
        let length = result.shape[dim]
        guard count > 0 else { throw .repeatsClip }
        result = try translator.selecting(
          (0..<length.times(count)).map { $0 % length }, of: result, dim, node)
      }
      return .signal(result)
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
  /// Whole numbers, as places of an axis.
  static func places(
    _ numbers: Tensor64, within length: Int
  ) throws(ExportedProblem) -> [Int] {
    var places: [Int] = []
    for number in numbers.scalars {
      guard number.rounded() == number, abs(number) <= Double(length) else {
        throw .takesNothing(from: places.count, count: 1, of: length)
      }
      let place = Int(number) < 0 ? Int(number) + length : Int(number)
      guard (0..<length).contains(place) else {
        throw .takesNothing(from: place, count: 1, of: length)
      }
      places.append(place)
    }
    return places
  }

  /// Places of an axis in any order and number, by a product with a matrix.
  mutating func selecting(
    _ places: [Int], of input: ExportedSignal, _ dim: Int, _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal {
    guard input.dims.indices.contains(dim), !input.isFlat else { throw .noSuchDim }
    let length = input.shape[dim]
    if places == Array(0..<length) { return input }
    guard !input.dims[dim].contains(where: { $0 == ExportedSignal.time && input.axes[$0] > 1 })
    else { throw .reordersFrames }
    guard !input.dims[dim].contains(ExportedSignal.batch), !places.isEmpty,
      length.times(places.count) <= ExportedConstants.limit
    else { throw .repeatsClip }
    var matrix = [Double](repeating: 0, count: length * places.count)
    for (column, place) in places.enumerated() { matrix[place * places.count + column] = 1 }
    var clip = input
    if clip.axis(of: dim) == nil, clip.dims[dim].allSatisfy({ clip.axes[$0] == 1 }) {
      clip = try separated(clip, node)
    }
    return try multiplied(
      clip, dim: dim, by: .constant(Tensor64(Shape([length, places.count]), matrix)), rows: 0,
      columns: 1, node)
  }

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
