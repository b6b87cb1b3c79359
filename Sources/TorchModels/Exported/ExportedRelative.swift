import OrderedCollections
import Tensors

/// Products of frames with vectors of a table that is the same for every clip, as relative positions have them:
/// for each frame a number for each other one, of which it is known what it is a product of.
///
/// Networks bring these into place by padding, views and slices; each of these moves the labels.
struct ExportedRelative {
  /// (…, T, d).
  let query: ExportedSignal
  /// (heads or 1, rows, d).
  let table: Tensor64
  /// For each place of the value, one more than `frame * rows + row`; zero where there is padding.
  var labels: TensorView
  /// What the products are multiplied by.
  var scale = 1.0

  /// The number of vectors.
  var rows: Int { table.shape[1] }

  /// The vectors by how many frames back a frame is; nil where a distance has several, or a frame has the products of
  /// another one.
  ///
  /// - Parameters:
  ///   - window: how many frames a frame attends to.
  ///   - frames: of the example.
  /// - Returns: (heads or 1, window, d).
  func keys(window: Int, frames: Int) -> Tensor64? {
    guard labels.shape.suffix(2) == [frames, frames], (1...frames).contains(window) else {
      return nil
    }
    // The labels of all heads are the same.
    let numbers = labels.numbers.prefix(frames * frames)
    var rowsOfAges = [Int?](repeating: nil, count: window)
    let (heads, size) = (table.shape[0], table.shape[2])
    func vector(_ head: Int, _ row: Int) -> ArraySlice<Double> {
      let start = (head * rows + row) * size
      return table.scalars[start..<start + size]
    }
    for frame in 0..<frames {
      for other in max(0, frame + 1 - window)...frame {
        let label = Int(numbers[frame * frames + other]) - 1
        guard label >= 0, label / rows == frame else { return nil }
        let (row, age) = (label % rows, frame - other)
        guard let known = rowsOfAges[age] else {
          rowsOfAges[age] = row
          continue
        }
        guard known == row || (0..<heads).allSatisfy({ vector($0, known) == vector($0, row) })
        else { return nil }
      }
    }
    let all = rowsOfAges.compactMap(\.self)
    guard all.count == window else { return nil }
    return Tensor64(
      Shape([heads, window, size]), (0..<heads).flatMap { head in all.flatMap { vector(head, $0) } }
    )
  }
}

extension ExportedTranslator {
  /// Calls that put products of frames and positions at other places.
  private static let movesLabels: Set = [
    "pad", "constant_pad_nd", "view", "reshape", "_unsafe_view", "slice", "narrow", "contiguous",
    "clone", "alias", "expand", "flip", "flatten", "unflatten", "squeeze", "unsqueeze", "cat",
  ]

  /// What a call makes, where that is products of frames with vectors of a table, or such at other places; nil where
  /// it is something else.
  func relative(_ node: ExportedNode) -> ExportedRelative? {
    guard !isStill, let name = node.arguments.keys.first else { return nil }
    let given = node.arguments.values.flatMap(\.names).compactMap { relatives[$0] }
    if let relative = given.first {
      guard given.count == 1 else { return nil }
      return changed(relative, node)
    }
    switch node.name {
    case "einsum": return summedRelative(node)
    case "matmul", "bmm":
      guard node.arguments.count > 1, case .signal(let query)? = value(node, name),
        let other = value(node, node.arguments.keys[1]), other.isConstant
      else { return nil }
      return product(query, other)
    default: return nil
    }
  }

  /// (…, heads, T, d) times (…, heads or 1, d, rows).
  private func product(_ query: ExportedSignal, _ other: ExportedValue) -> ExportedRelative? {
    let rank = query.dims.count
    guard (3...4).contains(rank), query.dims[rank - 2] == [ExportedSignal.time],
      !query.isLastFrame, !query.isFlat, query.padding == nil, let shape = other.constantShape,
      shape.count >= 2, shape.dropLast(3).allSatisfy({ $0 == 1 }),
      let size = query.shape.last, size == shape[shape.count - 2], let rows = shape.last,
      rows >= query.axes[ExportedSignal.time]
    else { return nil }
    let heads = shape.count > 2 ? shape[shape.count - 3] : 1
    guard heads == 1 || rank == 4 && query.shape[1] == heads,
      let numbers = (try? read(other))?.flatMap(\.self)
    else { return nil }
    let table = numbers.reshaped([heads, size, rows]).permuted([0, 2, 1])
    return relative(query, table, columns: rows) { $1 }
  }

  /// Labels of (…, T, columns), of which each has a row of the table.
  private func relative(
    _ query: ExportedSignal, _ table: Tensor64, columns: Int, _ row: (Int, Int) -> Int
  ) -> ExportedRelative? {
    let frames = query.axes[ExportedSignal.time]
    let leading = Array(query.shape.dropLast(2))
    let shape = leading + [frames, columns]
    guard shape.reduce(1, { $0.times($1) }) <= ExportedConstants.limit else { return nil }
    let own = (0..<frames).flatMap { frame in
      (0..<columns).map { Double(1 + frame * table.shape[1] + row(frame, $0)) }
    }
    let all = (0..<leading.reduce(1, *)).flatMap { _ in own }
    return ExportedRelative(query: query, table: table, labels: TensorView(shape, all))
  }

  /// The same products at other places, or multiplied by a number.
  private func changed(_ relative: ExportedRelative, _ node: ExportedNode) -> ExportedRelative? {
    var result = relative
    if ["mul", "div"].contains(node.name) {
      let others = ["self", "other"].compactMap { try? operand(node, $0) }.filter(\.isConstant)
      guard others.count == 1, let numbers = (try? read(others[0]))?.flatMap(\.self),
        numbers.scalars.count == 1, numbers.scalars[0] != 0
      else { return nil }
      result.scale *= node.name == "mul" ? numbers.scalars[0] : 1 / numbers.scalars[0]
      return result
    }
    guard ExportedTranslator.movesLabels.contains(node.name), node.changed == nil else {
      return nil
    }
    var given: [String: TensorView] = [:]
    for name in node.arguments.values.flatMap(\.names) {
      if relatives[name] != nil {
        given[name] = relative.labels
      } else if let value = values[name], let zeros = (try? read(value))?.flatMap(\.self),
        zeros.scalars.allSatisfy({ $0 == 0 })
      {
        given[name] = TensorView(zeros)
      } else {
        return nil
      }
    }
    guard let made = try? TensorProgram.evaluate(TensorCall(node, graph), given).first,
      made.count <= ExportedConstants.limit
    else { return nil }
    // Numbers of its own, so that nothing that is written later changes them.
    result.labels = TensorView(made.shape, made.numbers)
    return result
  }

  /// An `einsum` of frames with vectors: `bhtd,tsd->bhts`, or `bthd,hsd->bhts`.
  private func summedRelative(_ node: ExportedNode) -> ExportedRelative? {
    guard case .string(let equation) = node["equation"], case .values(let names) = node["tensors"],
      names.count == 2
    else { return nil }
    let values = names.map { $0.flatMap { self.values[$0] } ?? .unknown }
    let isSwapped = values[0].isConstant
    guard values[1].isConstant != isSwapped,
      let letters = Summation(equation, isSwapped: isSwapped),
      case .signal(let input) = values[isSwapped ? 1 : 0],
      input.dims.count == letters.clip.count, letters.result.count >= 3,
      !input.isLastFrame, !input.isFlat, input.padding == nil,
      let numbers = (try? read(values[isSwapped ? 0 : 1]))?.flatMap(\.self),
      numbers.shape.rank == letters.constant.count
    else { return nil }
    let (frame, other) = (letters.result[letters.result.count - 2], letters.result.last ?? " ")
    let inside = letters.clip.filter { letters.constant.contains($0) }
    let contracted = inside.filter { !letters.result.contains($0) }
    let head = inside.filter { $0 != frame && letters.result.contains($0) }
    guard let place = letters.clip.firstIndex(of: frame),
      input.dims[place] == [ExportedSignal.time], !letters.clip.contains(other),
      letters.constant.contains(other), contracted.count == 1, head.count <= 1,
      head.isEmpty || letters.result.count == 4 && letters.result[1] == head[0],
      letters.constant.allSatisfy({
        $0 == frame || $0 == other || $0 == contracted[0] || head.contains($0)
      })
    else { return nil }
    // (heads, frames or 1, others, d).
    let order = [head.first, frame, other, contracted[0]].map { letter in
      letter.flatMap { letters.constant.firstIndex(of: $0) }
    }
    let moved = numbers.permuted(order)
    let (own, columns) = (moved.shape[1], moved.shape[2])
    let table = moved.reshaped([moved.shape[0], own * columns, moved.shape[3]])
    var query = input
    let wanted = letters.result.dropLast() + [contracted[0]]
    let dims = wanted.compactMap { letters.clip.firstIndex(of: $0) }
    guard dims.count == input.dims.count, wanted.count == input.dims.count else { return nil }
    query.dims = dims.map { input.dims[$0] }
    return relative(query, table, columns: columns) { own == 1 ? $1 : $0 * columns + $1 }
  }
}

// MARK: - Attention

extension ExportedTranslator {
  /// Scores to which products with positions are added.
  func adding(
    _ relative: ExportedRelative, to scores: ExportedScores
  ) throws(ExportedProblem) -> ExportedScores {
    guard !scores.isNormed, scores.relative == nil, relative.labels.shape == scores.shape,
      relative.query.dims.count == scores.query.dims.count
    else { throw .masks }
    var result = scores
    result.relative = relative
    return result
  }

  /// What second queries are multiplied by, (heads, window, d), so that the factor of the scores is that of both.
  func relativeKeys(
    _ relative: ExportedRelative, of scores: ExportedScores, heads: Int
  ) throws(ExportedProblem) -> Tensor64 {
    guard let window = scores.window else { throw .attendsToAll }
    guard let keys = relative.keys(window: window, frames: scores.frames),
      keys.shape[0] == 1 || keys.shape[0] == heads
    else { throw .masks }
    let factor = relative.scale / scores.scale
    let numbers = keys.scalars.map { $0 * factor }
    let all = keys.shape[0] == heads ? numbers : (0..<heads).flatMap { _ in numbers }
    return Tensor64(Shape([heads, window, keys.shape[2]]), all)
  }
}
