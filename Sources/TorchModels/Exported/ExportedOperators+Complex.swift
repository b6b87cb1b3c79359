import OrderedCollections
import PlainData
import Tensors

// Complex numbers: real and imaginary part are the last axis of a clip.
extension ExportedOperators {
  static let complexNumbers: [String: Operation] = [
    "view_as_real": { translator, node throws(ExportedProblem) in
      .signal(try translator.complex(node))
    },
    "real": { translator, node throws(ExportedProblem) in
      .signal(try translator.parts(of: try translator.complex(node), node).real)
    },
    "imag": { translator, node throws(ExportedProblem) in
      .signal(try translator.parts(of: try translator.complex(node), node).imaginary)
    },
    "view_as_complex": { translator, node throws(ExportedProblem) in
      let parts = try translator.signal(node)
      guard parts.shape.last == 2 else { throw .complex }
      return .complex(parts)
    },
    "complex": { translator, node throws(ExportedProblem) in
      .complex(
        try translator.paired(
          try translator.signal(node, "real"), try translator.signal(node, "imag"), node))
    },
    "atan2": { translator, node throws(ExportedProblem) in
      .angles(
        of: try translator.paired(
          try translator.signal(node, "other"), try translator.signal(node, "self"), node))
    },
    "polar": { translator, node throws(ExportedProblem) in
      let lengths = try translator.signal(node, "abs")
      let directions =
        if case .angles(of: let parts)? = translator.value(node, "angle") {
          try translator.directions(of: parts, node)
        } else {
          try translator.directions(
            ofAngle: try translator.signal(node, "angle"), node)
        }
      return .complex(try translator.lengthened(directions, by: lengths, node))
    },
  ]

  /// Calls that give complex numbers another shape, whatever it was.
  static let reshapesComplex: Set = [
    "view", "reshape", "_unsafe_view", "flatten", "unflatten", "squeeze", "unsqueeze",
  ]

  /// Calls that put the axes of complex numbers into another order.
  static let permutesComplex: Set = ["permute", "transpose", "swapaxes"]

  /// Calls that take some places along an axis, or bring several together.
  static let movesComplex: Set = [
    "slice", "select", "narrow", "chunk", "split", "split_with_sizes", "unbind", "cat", "concat",
    "stack", "pad", "constant_pad_nd",
  ]

  /// Calls that leave complex numbers as they are.
  static let passesComplex: Set = ["alias", "clone", "contiguous", "detach", "resolve_conj"]

  /// Calls that take complex numbers and are defined as others are.
  static let takesComplex: Set = ["view_as_real", "real", "imag", "istft", "fft_irfft"]
}

extension ExportedTranslator {
  /// Complex numbers, their parts along the last axis.
  func complex(_ node: ExportedNode) throws(ExportedProblem) -> ExportedSignal {
    guard case .complex(let parts)? = value(node, "self") else { throw .notOfTheClip("self") }
    return parts
  }

  /// What a call makes of complex numbers, or of their angles; nil where it is given none, or is defined as others
  /// are.
  mutating func complexResult(_ node: ExportedNode) throws(ExportedProblem) -> ExportedValue? {
    if case .angles(of: let parts)? = value(node, "self"), ["cos", "sin"].contains(node.name) {
      let both = try self.parts(of: try directions(of: parts, node), node)
      return .signal(node.name == "cos" ? both.real : both.imaginary)
    }
    if case .complex(let real, let imaginary) = node["other"], node.name == "mul" {
      return .complex(try complexMultiple(real, imaginary, node))
    }
    let names = node.arguments.values.flatMap(\.names)
    let isGiven = names.contains { if case .complex? = values[$0] { true } else { false } }
    guard isGiven, !ExportedOperators.takesComplex.contains(node.name) else { return nil }
    if ExportedOperators.movesComplex.contains(node.name) { return try movedComplex(node) }
    switch node.name {
    case "mul", "div": return .complex(try complexProduct(node))
    case "add", "sub":
      let one = try promoted(try operand(node, "self"), node)
      var other = try promoted(try operand(node, "other"), node)
      let factor = double(node, "alpha", or: 1) * (node.name == "sub" ? -1 : 1)
      if factor != 1 { other = try scaled(other, by: factor, node) }
      return .complex(try sum(one, other, node))
    default: break
    }
    let parts = try complex(node)
    if ExportedOperators.passesComplex.contains(node.name) { return .complex(parts) }
    if ExportedOperators.reshapesComplex.contains(node.name) {
      return .complex(try reshaped(parts, to: shape(of: node) + [2], node))
    }
    if ExportedOperators.permutesComplex.contains(node.name) {
      return .complex(try permuted(parts, node))
    }
    switch node.name {
    case "neg": return .complex(try scaled(parts, by: -1, node))
    case "conj", "_conj", "conj_physical", "_conj_physical":
      return .complex(try weighted(parts, [1, -1], node))
    case "exp":
      let both = try self.parts(of: parts, node)
      let angle = try directions(ofAngle: both.imaginary, node)
      return .complex(try lengthened(angle, by: try lambda("exp", both.real, node), node))
    case "abs": return .signal(try lengths(of: parts, node))
    case "angle": return .angles(of: parts)
    default: throw .complex
    }
  }
}

// MARK: - Parts

extension ExportedTranslator {
  /// The real and the imaginary parts, each without the last axis.
  fileprivate mutating func parts(
    of numbers: ExportedSignal, _ node: ExportedNode
  ) throws(ExportedProblem) -> (real: ExportedSignal, imaginary: ExportedSignal) {
    let last = numbers.dims.count - 1
    return (
      try part(numbers, last, 0, 1, node).removing(dim: last),
      try part(numbers, last, 1, 1, node).removing(dim: last)
    )
  }

  /// Two clips as the parts of complex numbers.
  fileprivate mutating func paired(
    _ real: ExportedSignal, _ imaginary: ExportedSignal, _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal {
    var both = [real, imaginary]
    let rank = max(real.dims.count, imaginary.dims.count)
    for index in both.indices {
      guard both[index].dims.count == rank else { throw .complex }
      both[index].dims.append([])
    }
    return try concatenated(both, dim: rank, node)
  }

  /// The absolute values.
  fileprivate mutating func lengths(
    of numbers: ExportedSignal, _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal {
    let squares = try lambda("square", numbers, node)
    let last = squares.dims.count - 1
    let sum = try total(squares, over: squares.dims[last], node)
    return try lambda("sqrt", sum, node).removing(dim: last)
  }

  /// The numbers, each over its absolute value; zeros stay zeros.
  fileprivate mutating func directions(
    of numbers: ExportedSignal, _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal {
    let lengths = try lengths(of: numbers, node)
    let positive = try applied(
      "Lambda", node, lengths, ["function": .string("clamp"), "min": .double(1e-30)])
    return try lengthened(numbers, by: try lambda("reciprocal", positive, node), node)
  }

  /// The numbers of absolute value one that have an angle.
  fileprivate mutating func directions(
    ofAngle angle: ExportedSignal, _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal {
    try paired(try lambda("cos", angle, node), try lambda("sin", angle, node), node)
  }

  /// Both parts times two numbers.
  fileprivate mutating func weighted(
    _ numbers: ExportedSignal, _ factors: [Double], _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal {
    let constant = ExportedValue.constant(Tensor64([2], factors))
    return try signal(try combined(numbers, constant, isSum: false, node))
  }

  /// Both parts times a clip of real numbers.
  fileprivate mutating func lengthened(
    _ numbers: ExportedSignal, by lengths: ExportedSignal, _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal {
    var lengths = lengths
    lengths.dims.append([])
    return try signal(try joined([numbers, lengths], "Multiply", node))
  }

  private mutating func sum(
    _ one: ExportedSignal, _ other: ExportedSignal, _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal {
    try signal(try joined([one, other], "Add", node))
  }

  private func signal(_ value: ExportedValue) throws(ExportedProblem) -> ExportedSignal {
    guard case .signal(let signal) = value else { throw .complex }
    return signal
  }
}

// MARK: - Products, and other axes

extension ExportedTranslator {
  /// A clip as complex numbers, which it can be already.
  private mutating func promoted(
    _ value: ExportedValue, _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal {
    switch value {
    case .complex(let parts): return parts
    case .signal(let real): return try paired(real, try scaled(real, by: 0, node), node)
    default: throw .complex
    }
  }

  /// A clip, or complex numbers, times a complex number.
  private mutating func complexMultiple(
    _ real: Double, _ imaginary: Double, _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal {
    switch try operand(node, "self") {
    case .signal(let clip):
      return try paired(
        try scaled(clip, by: real, node), try scaled(clip, by: imaginary, node), node)
    case .complex(let numbers):
      // i (a + i b) = -b + i a
      let both = try parts(of: numbers, node)
      let turned = try paired(try scaled(both.imaginary, by: -1, node), both.real, node)
      if real == 0 { return try scaled(turned, by: imaginary, node) }
      return try sum(
        try scaled(numbers, by: real, node), try scaled(turned, by: imaginary, node), node)
    default: throw .complex
    }
  }

  /// Complex numbers times others, or times or over real ones.
  private mutating func complexProduct(
    _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal {
    var (one, other) = (try operand(node, "self"), try operand(node, "other"))
    if case .complex = one {} else { swap(&one, &other) }
    guard case .complex(let numbers) = one else { throw .complex }
    if node.name == "div" {
      guard case .complex? = value(node, "self"), case .none = node["rounding_mode"] else {
        throw .complex
      }
      switch other {
      case .signal(let divisor): other = .signal(try lambda("reciprocal", divisor, node))
      case .complex: throw .complex
      default:
        guard let divisor = try read(other) else { throw .operand(.divisor) }
        other = .constant(Tensor64(divisor.shape, divisor.scalars.map { 1 / $0 }))
      }
    }
    switch other {
    case .signal(let factors): return try lengthened(numbers, by: factors, node)
    case .complex(let factors):
      let (a, b) = (try parts(of: numbers, node), try parts(of: factors, node))
      func product(
        _ one: ExportedSignal, _ other: ExportedSignal, _ translator: inout ExportedTranslator
      ) throws(ExportedProblem) -> ExportedSignal {
        try translator.signal(try translator.joined([one, other], "Multiply", node))
      }
      let real = try sum(
        try product(a.real, b.real, &self),
        try scaled(try product(a.imaginary, b.imaginary, &self), by: -1, node), node)
      let imaginary = try sum(
        try product(a.real, b.imaginary, &self), try product(a.imaginary, b.real, &self), node)
      return try paired(real, imaginary, node)
    default:
      guard let factors = try read(other) else { throw .complex }
      let spread = factors.reshaped(Shape(factors.shape.axes + [1]))
      return try signal(
        try combined(
          numbers, factors.scalars.count == 1 ? .number(factors.scalars[0]) : .constant(spread),
          isSum: false, node))
    }
  }

  private func permuted(
    _ parts: ExportedSignal, _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal {
    let rank = parts.dims.count - 1
    var order = Array(0..<rank)
    if node.name == "permute" {
      order = try ints(node, "dims", or: order).map { $0 < 0 ? $0 + rank : $0 }
    } else {
      let names = node.name == "transpose" ? ["dim0", "dim1"] : ["axis0", "axis1"]
      order.swapAt(
        try dim(node, names[0], or: 0, rank: rank), try dim(node, names[1], or: 1, rank: rank))
    }
    guard order.sorted() == Array(0..<rank) else { throw .order(order, axes: rank) }
    var result = parts
    result.dims = order.map { parts.dims[$0] } + [parts.dims[rank]]
    return result
  }

  /// Calls that have an axis, with the parts as one axis more behind it.
  private mutating func movedComplex(
    _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedValue {
    let given = values
    let names = node.arguments.values.flatMap(\.names)
    // Meanwhile they are clips.
    defer { for name in names { values[name] = given[name] } }
    var rank = 0
    for name in names {
      guard case .complex(let parts)? = given[name] else { throw .complex }
      values[name] = .signal(parts)
      rank = parts.dims.count - 1
    }
    var call = node
    let axes = node.name == "stack" ? rank + 1 : rank
    if case .ints(let pad) = node["pad"] {
      call.arguments["pad"] = .ints([.int(0), .int(0)] + pad)
    } else {
      call.arguments["dim"] = .int(try dim(node, or: 0, rank: axes))
    }
    guard let operation = ExportedOperators.all[node.name] else { throw .complex }
    switch try operation(&self, call) {
    case .signal(let parts): return .complex(parts)
    case .several(let all):
      return .several(
        all.map { if case .signal(let parts) = $0 { .complex(parts) } else { $0 } })
    default: throw .complex
    }
  }
}
