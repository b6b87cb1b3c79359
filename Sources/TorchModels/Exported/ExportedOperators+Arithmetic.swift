import Checkpoints
import OrderedCollections
import PlainData
import Tensors

// Sums and products, of clips and of constants.
extension ExportedOperators {
  static let arithmetic: [String: Operation] = [
    "add": { translator, node throws(ExportedProblem) in
      try translator.combine(node, isSum: true, factor: translator.double(node, "alpha", or: 1))
    },
    "sub": { translator, node throws(ExportedProblem) in
      try translator.combine(node, isSum: true, factor: -translator.double(node, "alpha", or: 1))
    },
    "rsub": { translator, node throws(ExportedProblem) in
      let negated = try translator.scaled(try translator.signal(node), by: -1, node)
      return try translator.combined(negated, translator.operand(node, "other"), isSum: true, node)
    },
    "masked_fill": { translator, node throws(ExportedProblem) in
      let value = try translator.read(try translator.operand(node, "value"))?.scalars.first
      guard let value else { throw .computed("value") }
      let mask = try translator.operand(node, "mask")
      if case .scores(let scores)? = translator.value(node, "self") {
        return .scores(try translator.filled(scores, under: mask, with: value, node))
      }
      return try translator.chosen(
        mask, .number(value), .signal(try translator.signal(node)), node)
    },
    "where": { translator, node throws(ExportedProblem) in
      let condition = try translator.operand(node, "condition")
      let (yes, no) = (try translator.operand(node, "self"), try translator.operand(node, "other"))
      if case .scores(let scores) = yes, let value = try translator.read(no)?.scalars.first {
        return .scores(
          try translator.filled(scores, under: condition, with: value, isOutside: true, node))
      }
      if case .scores(let scores) = no, let value = try translator.read(yes)?.scalars.first {
        return .scores(try translator.filled(scores, under: condition, with: value, node))
      }
      return try translator.chosen(condition, yes, no, node)
    },
    "mul": { translator, node throws(ExportedProblem) in
      try translator.combine(node, isSum: false, factor: 1)
    },
    "div": { translator, node throws(ExportedProblem) in
      let other = try translator.operand(node, "other")
      if case .scores(let scores)? = translator.value(node, "self"),
        let number = try translator.read(other), number.scalars.count == 1, !scores.isNormed
      {
        return .scores(scores.scaled(by: 1 / number.scalars[0]))
      }
      let input = try translator.signal(node)
      if case .signal(let divisor) = other, case .none = node["rounding_mode"] {
        let inverse = try translator.lambda("reciprocal", divisor, node)
        return try translator.joined([input, inverse], "Multiply", node)
      }
      guard case .none = node["rounding_mode"], let divisor = try translator.read(other) else {
        throw .operand(.divisor)
      }
      if divisor.scalars.count == 1, divisor.scalars[0] != 0 {
        return .signal(try translator.scaled(input, by: 1 / divisor.scalars[0], node))
      }
      if let numbers = try translator.numbersOfFrames(other, beside: input, node) {
        let inverse = try translator.lambda("reciprocal", numbers, node)
        return try translator.joined([input, inverse], "Multiply", node)
      }
      let inverse = Tensor64(divisor.shape, divisor.scalars.map { 1 / $0 })
      return try translator.combined(input, .constant(inverse), isSum: false, node)
    },
  ]
}

extension ExportedTranslator {
  /// A tensor, or a number.
  func operand(_ node: ExportedNode, _ name: String) throws(ExportedProblem) -> ExportedValue {
    switch node[name] {
    case .int(let number): return .number(Double(number))
    case .float(let number): return .number(number)
    default: break
    }
    switch value(node, name) {
    case nil: throw .missing(name)
    case .unusable(let reason)?: throw .unusable(as: nil, reason)
    case let value?: return value
    }
  }

  fileprivate mutating func combine(
    _ node: ExportedNode, isSum: Bool, factor: Double
  ) throws(ExportedProblem) -> ExportedValue {
    var (left, right) = (try operand(node, "self"), try operand(node, "other"))
    if factor != 1 {
      switch right {
      case .signal(let signal): right = .signal(try scaled(signal, by: factor, node))
      case .number(let number): right = .number(number * factor)
      default:
        guard let constant = try read(right) else {
          throw .operand(.subtrahend)
        }
        right = .constant(Tensor64(constant.shape, constant.scalars.map { $0 * factor }))
      }
    }
    switch (left, right) {
    case (.scores, _): break
    case (_, .scores): swap(&left, &right)
    case (.signal, _): break
    default: swap(&left, &right)
    }
    if case .scores(let scores) = left {
      let names = [node["self"], node["other"]].flatMap(\.names)
      if isSum, !isStill, factor == 1,
        let relative = names.compactMap({ relatives[$0] }).first
      {
        return .scores(try adding(relative, to: scores))
      }
      if isSum { return .scores(try masked(scores, by: right, node)) }
      guard let number = try read(right), number.scalars.count == 1, !scores.isNormed else {
        throw .operand(.scores)
      }
      return .scores(scores.scaled(by: number.scalars[0]))
    }
    guard case .signal(let signal) = left else {
      throw .onlyConstants
    }
    return try combined(signal, right, isSum: isSum, node)
  }

  /// One of two values where flags that are the same for every clip say so, and the other elsewhere.
  ///
  /// Each is multiplied by zero where it does not count, so that numbers have to be finite.
  fileprivate mutating func chosen(
    _ condition: ExportedValue, _ yes: ExportedValue, _ no: ExportedValue, _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedValue {
    guard let flags = try read(condition) else { throw .operand(.other) }
    let sides = [flags.scalars.map { $0 != 0 ? 1.0 : 0 }, flags.scalars.map { $0 != 0 ? 0.0 : 1 }]
    var sum: ExportedValue?
    var constants: [Tensor64] = []
    for (side, value) in zip(sides, [yes, no]) {
      let mask = Tensor64(flags.shape, side)
      guard case .signal(let signal) = value else {
        guard let numbers = try read(value), let first = numbers.scalars.first,
          numbers.scalars.allSatisfy({ $0 == first }), first.isFinite
        else { throw .operand(.other) }
        if first != 0 { constants.append(Tensor64(mask.shape, side.map { $0 * first })) }
        continue
      }
      let part = try combined(signal, .constant(mask), isSum: false, node)
      guard case .signal(let own) = part else { return part }
      if case .signal(let other)? = sum {
        sum = try joined([other, own], "Add", node)
      } else {
        sum = part
      }
    }
    for constant in constants {
      guard case .signal(let signal)? = sum else { throw .onlyConstants }
      sum = try combined(signal, .constant(constant), isSum: true, node)
    }
    guard let sum else { throw .onlyConstants }
    return sum
  }

  mutating func combined(
    _ left: ExportedSignal, _ right: ExportedValue, isSum: Bool, _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedValue {
    let type = isSum ? "Add" : "Multiply"
    let argument = isSum ? "constant" : "factor"
    switch right {
    case .signal(let other): return try joined([left, other], type, node)
    case .number(let number):
      if number == (isSum ? 0 : 1) { return .signal(left) }
      return try same(type, node, left, [argument: .double(number)])
    case .constant(let constant):
      if let first = constant.scalars.first, constant.scalars.allSatisfy({ $0 == first }),
        constant.shape.rank <= left.dims.count,
        zip(left.shape.reversed(), constant.shape.axes.reversed()).allSatisfy({
          $1 == 1 || $0 == $1
        })
      {
        return try combined(left, .number(constant.scalars[0]), isSum: isSum, node)
      }
      return try combined(left, with: right, constant.shape.axes, isSum: isSum, node)
    case .uniform(let number, let shape):
      guard shape.count <= left.dims.count,
        zip(left.shape.reversed(), shape.reversed()).allSatisfy({ $1 == 1 || $0 == $1 })
      else { throw .moreAxesThanClip(shape) }
      return try combined(left, .number(number), isSum: isSum, node)
    case .tensor(_, let shape):
      return try combined(left, with: right, shape, isSum: isSum, node)
    default: throw .operand(.other)
    }
  }

  /// A clip and a tensor that is the same for every clip.
  private mutating func combined(
    _ left: ExportedSignal, with constant: ExportedValue, _ shape: [Int], isSum: Bool,
    _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedValue {
    let rank = left.dims.count
    guard shape.count <= rank else {
      throw .moreAxesThanClip(shape)
    }
    let clip = try separated(left, node)
    // Axes are missing in front. Each of the others is one of the clip, in whatever order.
    let axes = clip.dims.suffix(shape.count).map { $0.first ?? 0 }
    if !clip.isFlat, let dim = axes.firstIndex(of: ExportedSignal.time), shape[dim] > 1 {
      guard let numbers = try numbersOfFrames(constant, beside: clip, node) else {
        throw .numbersForEachFrame(shape)
      }
      return try joined([clip, numbers], isSum ? "Add" : "Multiply", node)
    }
    if let dim = axes.firstIndex(of: ExportedSignal.batch), shape[dim] > 1 {
      throw .numbersForEachSample(shape)
    }
    let first = axes.indices.filter { shape[$0] > 1 }.map { axes[$0] }.min() ?? 0
    let order = (first..<clip.axes.count).map { axes.firstIndex(of: $0) }
    let name = try name(constant, axes: order, node)
    var result = try applied(
      isSum ? "Add" : "Multiply", node, clip, [isSum ? "constant" : "factor": .string(name)],
      name: "")
    for (axis, length) in zip(axes, shape) where length > 1 { result.axes[axis] = length }
    return .signal(result)
  }

  /// Numbers that each frame has of its own; nil where they do not fit.
  fileprivate mutating func numbersOfFrames(
    _ constant: ExportedValue, beside clip: ExportedSignal, _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal? {
    if let counted = try frameNumbers(constant, beside: clip, node) { return counted }
    return try frameTable(constant, beside: clip, node)
  }

  /// Numbers that grow by the same from frame to frame, as those of an `arange`: a stream counts its frames.
  ///
  /// - Parameters:
  ///   - constant: one number for each frame.
  ///   - clip: the clip that it meets, whose axes the result has.
  ///   - node: the call.
  /// - Returns: nil where it is something else.
  /// - Throws: ``ExportedProblem`` where a tensor cannot be read.
  fileprivate mutating func frameNumbers(
    _ constant: ExportedValue, beside clip: ExportedSignal, _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal? {
    guard let shape = constant.constantShape, !clip.isFlat, !clip.isLastFrame,
      shape.count <= clip.dims.count,
      let dim = shape.indices.first(where: { shape[$0] > 1 }),
      clip.axis(of: clip.dims.count - shape.count + dim) == ExportedSignal.time,
      shape.indices.allSatisfy({ $0 == dim || shape[$0] == 1 }),
      let numbers = try read(constant)?.scalars, numbers.count > 1
    else { return nil }
    let (first, step) = (numbers[0], numbers[1] - numbers[0])
    let isEven = numbers.indices.allSatisfy {
      abs(numbers[$0] - first - Double($0) * step) <= 1e-9 * max(1, abs(numbers[$0]))
    }
    guard isEven, first.isFinite, step.isFinite else { return nil }
    let ones = try applied("One", node, clip)
    let count = try scaled(try applied("CumulativeSum", node, ones), by: step, node)
    return try applied("Add", node, count, ["constant": .double(first - step)])
  }

  mutating func scaled(
    _ signal: ExportedSignal, by factor: Double, _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal {
    try applied("Multiply", node, signal, ["factor": .double(factor)])
  }

  /// Several clips in one: a sum, a product, or what a `Reduce` does.
  mutating func joined(
    _ signals: [ExportedSignal], _ type: String, _ node: ExportedNode,
    _ arguments: OrderedDictionary<String, PlainValue> = [:], addingChannels: Bool = false
  ) throws(ExportedProblem) -> ExportedValue {
    var signals = signals
    let takesLast = signals.contains(where: \.isLastFrame)
    guard
      !takesLast
        || signals.allSatisfy({ $0.isLastFrame || $0.isFlat || $0.axes[ExportedSignal.time] == 1 })
    else { throw .joinsLastFrame }
    let different = Set(signals.map { rates[$0.node] ?? 1 })
    guard isStill || different.count < 2 else { throw .joinsRates(different.sorted()) }
    signals = try aligned(signals, node)
    if Set(signals.map(\.axes.count)).count > 1, signals.allSatisfy({ !$0.isFlat }) {
      // Axes of length one that are in none of PyTorch's are left out, so that all have the same ones.
      let used = Set(signals.flatMap { $0.dims.joined() })
      for index in signals.indices {
        let axes = signals[index].axes
        let order = axes.indices.filter { $0 <= ExportedSignal.time || used.contains($0) }
        signals[index] = try rearranged(signals[index], to: order.map { [$0] }, node)
      }
    }
    guard var result = signals.first, signals.allSatisfy({ $0.dims == result.dims }) else {
      throw .joinedOrders
    }
    for signal in signals.dropFirst() {
      guard signal.axes.count == result.axes.count else {
        throw .joinedShapes(result.shape, signal.shape)
      }
      for axis in result.axes.indices {
        if addingChannels, axis == ExportedSignal.channels {
          result.axes[axis] = result.axes[axis].plus(signal.axes[axis])
        } else {
          result.axes[axis] = max(result.axes[axis], signal.axes[axis])
        }
      }
    }
    result.isLastFrame = takesLast
    result.isWholeClip = signals.allSatisfy(\.isWholeClip)
    result.node = try add(type, node, reading: signals, arguments)
    return .signal(result)
  }
}
