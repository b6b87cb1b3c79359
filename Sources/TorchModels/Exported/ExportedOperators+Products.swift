import Checkpoints
import OrderedCollections
import PlainData
import Tensors

// Products with matrices that are the same for every clip.
extension ExportedOperators {
  static let products: [String: Operation] = [
    "matmul": matmul, "mm": matmul, "bmm": matmul, "addmm": addedProduct, "baddbmm": addedProduct,
    "einsum": { translator, node throws(ExportedProblem) in
      guard case .string(let equation) = node["equation"],
        case .values(let names) = node["tensors"], names.count == 2
      else { throw .operand(.summed) }
      let values = names.map { $0.flatMap { translator.values[$0] } ?? .unknown }
      if let compared = try translator.compared(equation, values, node) { return compared }
      let isSecond = values[0].isConstant
      guard let letters = Summation(equation, isSwapped: isSecond), values[1].isConstant != isSecond
      else { throw .operand(.summed) }
      return try translator.summed(
        values[isSecond ? 1 : 0], letters, values[isSecond ? 0 : 1], node)
    },
  ]

  /// A product to which something is added, as the mask of attention is.
  private static let addedProduct: Operation = { translator, node throws(ExportedProblem) in
    let factors = node.name == "addmm" ? ["mat1", "mat2"] : ["batch1", "batch2"]
    var product = node
    product.arguments = ["self": node[factors[0]], "other": node[factors[1]]]
    let alpha = translator.double(node, "alpha", or: 1)
    let beta = translator.double(node, "beta", or: 1)
    let made = try matmul(&translator, product)
    var addend = try translator.operand(node, "self")
    if beta != 1 {
      guard let numbers = try translator.read(addend) else { throw .operand(.other) }
      addend = .constant(Tensor64(numbers.shape, numbers.scalars.map { $0 * beta }))
    }
    switch made {
    case .scores(let scores):
      return .scores(try translator.masked(scores.scaled(by: alpha), by: addend, node))
    case .signal(let signal):
      let scaled = alpha == 1 ? signal : try translator.scaled(signal, by: alpha, node)
      return try translator.combined(scaled, addend, isSum: true, node)
    default: throw .operand(.matrix)
    }
  }

  private static let matmul: Operation = { translator, node throws(ExportedProblem) in
    let names = node.arguments.keys
    guard names.count >= 2 else { throw .operand(.matrix) }
    let (left, right) = (
      try translator.operand(node, names[0]), try translator.operand(node, names[1])
    )
    switch (left, right) {
    case (.scores(let scores), .signal(let value)):
      return .signal(try translator.attended(scores, to: value, node))
    case (.signal(let query), .signal(let key)):
      return .scores(
        try ExportedScores(query, key, transposed: true, isStill: translator.isStill))
    default: break
    }
    let isSecond = left.isConstant
    let (clip, matrix) = isSecond ? (right, left) : (left, right)
    guard case .signal(let input) = clip, let shape = matrix.constantShape else {
      throw .operand(.matrix)
    }
    // Axes of length one in front of a matrix are those of clips.
    guard shape.count >= 2, shape.dropLast(2).allSatisfy({ $0 == 1 }), input.dims.count >= 2 else {
      throw .operand(.matrix)
    }
    // With the matrix in front, its columns meet the rows of each frame.
    return .signal(
      try translator.multiplied(
        input, dim: input.dims.count - (isSecond ? 2 : 1), by: matrix,
        rows: shape.count - (isSecond ? 1 : 2), columns: shape.count - (isSecond ? 2 : 1), node))
  }
}

/// The letters of an `einsum` of a clip and a constant.
struct Summation {
  let clip: [Character]
  let constant: [Character]
  let result: [Character]

  init?(_ equation: String, isSwapped: Bool) {
    let text = equation.filter { $0 != " " }
    let sides = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    guard sides.count == 2, sides[1].first == ">" else { return nil }
    let inputs = sides[0].split(separator: ",", omittingEmptySubsequences: false).map(Array.init)
    guard inputs.count == 2 else { return nil }
    clip = inputs[isSwapped ? 1 : 0]
    constant = inputs[isSwapped ? 0 : 1]
    result = Array(sides[1].dropFirst())
    guard [clip, constant, result].allSatisfy({ Set($0).count == $0.count && !$0.contains(".") })
    else { return nil }
  }
}

extension ExportedValue {
  /// The shape of a tensor that is the same for every clip; nil for others.
  var constantShape: [Int]? {
    switch self {
    case .tensor(_, let shape): shape
    case .constant(let tensor): tensor.shape.axes
    case .uniform(_, let shape): shape
    default: nil
    }
  }
}

extension ExportedTranslator {
  /// The name of a constant with its axes in another order.
  ///
  /// - Parameters:
  ///   - constant: a tensor of the file, or what was calculated.
  ///   - order: for each axis, which one it is; nil for one of length one that is put in. Those that are
  ///     in none have to have length one.
  ///   - node: the call.
  /// - Returns: the name under which a module finds it.
  /// - Throws: ``ExportedProblem`` where it is not a constant.
  mutating func name(
    _ constant: ExportedValue, axes order: [Int?], _ node: ExportedNode
  ) throws(ExportedProblem) -> String {
    switch constant {
    case .tensor(let name, let shape):
      guard let tensor = tensors[name] else { throw .operand(.matrix) }
      // Axes of length one in front change nothing.
      let left = shape.count - order.count
      if left >= 0, shape.prefix(left).allSatisfy({ $0 == 1 }),
        order == (left..<shape.count).map({ $0 })
      {
        weights[name] = tensor
        return name
      }
      let words = order.map { $0.map(String.init) ?? "1" }
      let own = unused("\(name) (axes \(words.joined(separator: ", ")))")
      weights[own] = tensor.viewed(
        shape: Shape(order.map { $0.map { shape[$0] } ?? 1 }),
        strides: order.map { $0.map { tensor.strides[$0] } ?? 0 })
      return own
    case .constant(let tensor): return named(tensor.permuted(order), node)
    default: throw .operand(.matrix)
    }
  }

  /// A product with a matrix along an axis of PyTorch.
  mutating func multiplied(
    _ input: ExportedSignal, dim: Int, by matrix: ExportedValue, rows: Int, columns: Int,
    _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal {
    var clip = input
    if clip.axis(of: dim) == nil, !clip.isFlat { clip = try withChannels(clip, dim: dim, node) }
    guard let axis = clip.axis(of: dim), axis != ExportedSignal.batch,
      let shape = matrix.constantShape
    else { throw .mixesFrames(.orProducts) }
    guard axis != ExportedSignal.time || clip.isFlat else { throw .mixesFrames(.timeAsFeatures) }
    let name = try name(matrix, axes: [rows, columns], node)
    return try multiplied(clip, by: name, columns: shape[columns], along: axis, node)
  }

  /// An `einsum` of two clips: `bhid,bhjd->bhij`, or `bhij,bhjd->bhid`; nil where it is neither.
  fileprivate mutating func compared(
    _ equation: String, _ values: [ExportedValue], _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedValue? {
    let sides = equation.filter { $0 != " " }.split { !$0.isLetter }.map(Array.init)
    guard sides.count == 3, let rank = sides.map(\.count).max(),
      sides.allSatisfy({ $0.count == rank && Set($0).count == rank }), rank >= 3,
      sides.allSatisfy({ $0.dropLast(2) == sides[0].dropLast(2) })
    else { return nil }
    let (left, right, made) = (sides[0].suffix(2), sides[1].suffix(2), sides[2].suffix(2))
    switch (values[0], values[1]) {
    case (.signal(let query), .signal(let key))
    where left.last == right.last && made.first == left.first && made.last == right.first:
      return .scores(
        try ExportedScores(query, key, transposed: false, isStill: isStill))
    case (.scores(let scores), .signal(let value))
    where left.last == right.first && made.first == left.first && made.last == right.last:
      return .signal(try attended(scores, to: value, node))
    default: return nil
    }
  }

  /// An `einsum` of a clip and a constant: a product along one axis with a matrix, or with several that
  /// are applied to groups of channels.
  fileprivate mutating func summed(
    _ value: ExportedValue, _ letters: Summation, _ constant: ExportedValue, _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedValue {
    guard let shape = constant.constantShape, shape.count == letters.constant.count else {
      throw .operand(.summed)
    }
    let (inside, outside) = (Set(letters.clip), Set(letters.result))
    let contracted = letters.constant.filter { inside.contains($0) && !outside.contains($0) }
    let shared = letters.constant.filter { inside.contains($0) && outside.contains($0) }
    let made = letters.constant.filter { !inside.contains($0) && outside.contains($0) }
    guard letters.clip.allSatisfy({ outside.contains($0) || contracted.contains($0) }),
      letters.result.allSatisfy({ inside.contains($0) || made.contains($0) }),
      let row = contracted.last, contracted.count + shared.count + made.count == shape.count
    else { throw .operand(.summed) }
    func place(_ letter: Character) -> Int { letters.constant.firstIndex(of: letter) ?? 0 }
    if contracted.count == 1, shared.isEmpty, made.count == 1, case .signal(let input) = value,
      input.dims.count == letters.clip.count, let dim = letters.clip.firstIndex(of: row)
    {
      let product = try multiplied(
        input, dim: dim, by: constant, rows: place(row), columns: place(made[0]), node)
      var result = product
      result.dims = try letters.result.map { letter throws(ExportedProblem) in
        guard let dim = letters.clip.firstIndex(of: letter == made[0] ? row : letter) else {
          throw .operand(.summed)
        }
        return product.dims[dim]
      }
      return .signal(result)
    }
    if contracted.count == 1, shared.count == 1, made.count == 1, case .signal(let input) = value,
      input.dims.count == letters.clip.count
    {
      return .signal(
        try multiplied(
          input, letters, by: constant, each: shared[0], row: row, column: made[0], node))
    }
    guard contracted.count == 2, shared.isEmpty, made.count == 1 else { throw .operand(.summed) }
    // Of the two that are summed over, one is the number of the matrix.
    return try stacked(
      value, letters, constant, number: contracted[0], row: row, column: made[0], node)
  }

  /// A product of each place along an axis with a matrix of its own, as positions are that are relative.
  private mutating func multiplied(
    _ input: ExportedSignal, _ letters: Summation, by constant: ExportedValue, each: Character,
    row: Character, column: Character, _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal {
    guard let own = letters.clip.firstIndex(of: each), let dim = letters.clip.firstIndex(of: row),
      let shape = constant.constantShape
    else { throw .operand(.summed) }
    guard !input.dims[own].contains(ExportedSignal.time) || input.isFlat else {
      throw .numbersForEachFrame(shape)
    }
    // The places become the channels' groups, and the rows the last axis.
    let others = letters.clip.indices.filter {
      $0 != own && $0 != dim && !input.dims[$0].contains(ExportedSignal.batch)
    }
    guard !(input.dims[own] + input.dims[dim]).contains(ExportedSignal.batch),
      !input.dims[dim].contains(ExportedSignal.time), !input.isFlat
    else { throw .operand(.summed) }
    let rest = others.flatMap { input.dims[$0] }.filter { input.axes[$0] != 1 }
    guard !rest.contains(ExportedSignal.time) else { throw .operand(.summed) }
    let batch = letters.clip.indices.filter { input.dims[$0].contains(ExportedSignal.batch) }
    guard batch.allSatisfy({ input.dims[$0].filter { input.axes[$0] != 1 || $0 == 0 } == [0] })
    else { throw .operand(.summed) }
    let order = [
      [ExportedSignal.batch], input.dims[own] + rest, [ExportedSignal.time],
      input.dims[dim],
    ]
    var clip = input
    clip.dims = order
    clip = try rearranged(clip, to: order, node)
    let places = [each, row, column].map { letters.constant.firstIndex(of: $0) ?? 0 }
    clip.node = try add(
      "MatMul", node, reading: [clip],
      [
        "matrix": .string(try name(constant, axes: places, node)), "axis": .int(3),
        "stack": .string("each"),
      ], name: "")
    clip.axes[3] = shape[places[2]]
    // The groups and what is in them are axes of their own again.
    let sizes = others.map { input.shape[$0] }
    clip.dims = [[0], [1], [3]]
    clip = try reshaped(
      clip, to: [clip.axes[0], input.shape[own]] + sizes + [clip.axes[3]], node)
    let made = clip.dims
    clip.dims = try letters.result.map { letter throws(ExportedProblem) in
      if letter == column { return made[made.count - 1] }
      if letter == each { return made[1] }
      guard let dim = letters.clip.firstIndex(of: letter) else { throw .operand(.summed) }
      if let index = others.firstIndex(of: dim) { return made[2 + index] }
      return made[0]
    }
    return clip
  }

  /// Matrices that are each applied to a group of channels; the results are added.
  private mutating func stacked(
    _ value: ExportedValue, _ letters: Summation, _ constant: ExportedValue, number: Character,
    row: Character, column: Character, _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedValue {
    var names = letters.clip.map { [$0] }
    let input: ExportedSignal
    switch value {
    case .signal(let signal):
      input = signal
    case .unsplit(let signal, let shape):
      // Groups and channels are one axis still.
      guard let dim = zip(signal.shape, shape).map(!=).firstIndex(of: true),
        names.count == shape.count, dim + 1 < shape.count,
        signal.shape[dim] == shape[dim].times(shape[dim + 1])
      else { throw .operand(.summed) }
      input = signal
      names[dim] = [names[dim][0], names[dim + 1][0]]
      names.remove(at: dim + 1)
    default: throw .notOfTheClip("tensors")
    }
    guard names.count == input.dims.count else { throw .operand(.summed) }
    var clip = input
    if let own = names.firstIndex(of: [number]) {
      // The first axis besides that stays is the one of the channels.
      let other = names.firstIndex { name in
        let dim = names.firstIndex(of: name) ?? 0
        return name != [number] && name != [row] && !clip.dims[dim].contains(ExportedSignal.time)
          && !clip.dims[dim].contains(ExportedSignal.batch)
      }
      guard let other else { throw .operand(.summed) }
      clip.dims[other] = clip.dims[own] + clip.dims[other]
      names[other] = [number] + names[other]
      clip.dims.remove(at: own)
      names.remove(at: own)
    }
    guard let groups = names.firstIndex(where: { $0.first == number && $0.count == 2 }),
      let shape = constant.constantShape
    else { throw .operand(.summed) }
    clip = try withChannels(clip, dim: groups, node)
    guard let dim = names.firstIndex(of: [row]), let axis = clip.axis(of: dim),
      axis > ExportedSignal.time
    else { throw .mixesFrames(.orProducts) }
    let order = [number, row, column].map { letters.constant.firstIndex(of: $0) ?? 0 }
    var result = clip
    result.node = try add(
      "MatMul", node, reading: [clip],
      [
        "matrix": .string(try name(constant, axes: order, node)), "axis": .int(axis),
        "stack": .string("sum"),
      ], name: "")
    result.axes[axis] = shape[order[2]]
    result.axes[ExportedSignal.channels] /= max(shape[order[0]], 1)
    result.dims = try letters.result.map { letter throws(ExportedProblem) in
      let wanted = letter == column ? row : letter
      guard let dim = names.firstIndex(where: { $0.last == wanted }) else {
        throw .operand(.summed)
      }
      return clip.dims[dim]
    }
    return .signal(result)
  }
}
