import Continual
import PlainData
import Tensors

/// Modules that calculate with tensors of the file, or move the axes of frames.
let tensorLayers = [
  LayerDefinition(
    ["MatMul"], family: .tensor, summary: "A product with matrices of the file, along an axis.",
    arguments: [
      .init(
        "matrix", .value("name of a tensor of the file, or a list of names"), .required,
        "The matrices; several are multiplied element by element."),
      .axis("axis", default: -1, "The axis of the vectors."),
      .init("index", .int, .unset, "Which of several matrices is taken."),
      .init(
        "stack", .choice(of: MatMul.Stack.self), "sum", "What is done with several matrices."),
      .init("transpose", .bool, false, "Whether the matrix is transposed."),
    ]
  ) {
    context throws(ModuleError) in
    try MatMul(
      context.factors(), axis: context.axis("axis"),
      stack: context.choice("stack", as: MatMul.Stack.self) ?? .sum)
  },
  LayerDefinition(
    ["Narrow"], family: .tensor,
    summary: "Some neighbours along an axis, as chunk, split and x[:, a:b] give them.",
    arguments: [
      .axis("dim", default: 1, "The axis; neither the batch nor time."),
      .init("start", .int, 0, "The first that is kept, from zero."),
      .init("length", .int, .required, "How many are kept."),
    ]
  ) { context throws(ModuleError) in
    try Narrow(
      axis: context.axis("dim"), start: context.int("start") ?? 0,
      length: context.requiredInt("length"))
  },
  LayerDefinition(
    ["Rearrange"], family: .tensor,
    summary: "The axes of each frame in another order, split or merged, as einops writes it.",
    arguments: [
      .init(
        "pattern", .string, .required,
        "Names of the axes before and after, as in `b c t (h w) -> b c t h w`; the sizes of names "
          + "are further arguments.")
    ], isOpen: true
  ) {
    context throws(ModuleError) in
    guard let text = context.string("pattern") else {
      if !context.has("pattern") {
        context.report(
          "Rearrange needs a \"pattern\", as \"b c t (h w) -> b c t h w\" with \"h\": 4")
      }
      return Identity()
    }
    let pattern = try RearrangePattern(text)
    context.reportUnknownArguments(known: ["pattern"] + pattern.names)
    var sizes: [String: Int] = [:]
    for name in pattern.names where context.has(name) { sizes[name] = context.int(name) }
    context.changeAxes()
    return try Rearrange(text, sizes: sizes, isFramewise: context.isFramewise)
  },
]

extension ImportContext {
  /// A tensor of the file by a key of its own: of this module where that has it, otherwise of the
  /// whole file.
  ///
  /// - Parameters:
  ///   - key: as an argument gives it.
  ///   - ranks: how many axes it can have.
  /// - Returns: the tensor; something harmless where it is missing or does not fit, which is reported.
  func fileTensor(_ key: String, ranks: ClosedRange<Int>) -> Tensor {
    let name = hasTensor(key) || !hasFileTensor(key) ? path(key) : key
    let axes = [Int?](repeating: nil, count: max(ranks.lowerBound, 1))
    return fileTensor(named: name) { shape in
      guard let shape, ranks.contains(shape.rank) else { return axes }
      return shape.axes
    }
  }

  /// The tensors whose product, element by element, is the matrix of a `MatMul`.
  fileprivate func factors() -> [Tensor] {
    let keys: [String]
    switch raw("matrix") {
    case .string(let key): keys = [key]
    case .list(let values):
      keys = values.compactMap { if case .string(let key) = $0 { key } else { nil } }
      if keys.count < values.count || keys.isEmpty {
        report("found \(PlainValue.list(values)), expected names of tensors", argument: "matrix")
        return []
      }
    case let value:
      report(
        "MatMul needs a \"matrix\", the name of a tensor of the file, or names of tensors that are "
          + "multiplied element by element" + (value.map { "; found \($0)" } ?? ""))
      return []
    }
    let index = int("index")
    let isTransposed = flag("transpose")
    return keys.map { key in
      var factor = fileTensor(key, ranks: 2...3)
      if let index { factor = selected(index, of: factor) }
      return isTransposed ? factor.withMatricesTransposed : factor
    }
  }

  /// One of several matrices.
  private func selected(_ index: Int, of stack: Tensor) -> Tensor {
    guard stack.shape.rank == 3, (0..<stack.shape[0]).contains(index) else {
      report(
        "is \(index), and the matrices have shape \(stack.shape), of which the first axis is counted",
        argument: "index")
      return stack
    }
    let count = stack.shape[1] * stack.shape[2]
    return Tensor(
      Shape(Array(stack.shape.axes.dropFirst())),
      Array(stack.scalars[index * count..<(index + 1) * count]))
  }
}

extension Tensor {
  /// This tensor with its last two axes exchanged.
  fileprivate var withMatricesTransposed: Tensor {
    let (rows, columns) = (shape[shape.rank - 2], shape[shape.rank - 1])
    let count = max(rows * columns, 1)
    let moved = (0..<scalars.count).map { index in
      let (matrix, place) = index.quotientAndRemainder(dividingBy: count)
      let (column, row) = place.quotientAndRemainder(dividingBy: max(rows, 1))
      return scalars[matrix * count + row * columns + column]
    }
    return Tensor(Shape(shape.axes.dropLast(2) + [columns, rows]), moved)
  }
}
