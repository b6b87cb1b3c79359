import Tensors

// Axes that move, come and go, and parts of tensors, which share their memory.
extension TensorOperators {
  static let views = makeViews()

  private static func makeViews() -> [String: Operation] {
    var table: [String: Operation] = [:]
    for name in [
      "view", "reshape", "_unsafe_view", "flatten", "unflatten", "view_as", "squeeze", "reshape_as",
      "ravel",
    ] {
      table.define(name) { arguments throws(EvaluationError) in
        [try arguments.first.reshaped(try arguments.statedShape)]
      }
    }
    table.define("unsqueeze") { arguments throws(EvaluationError) in
      let input = try arguments.first
      return [try input.unsqueezed(try arguments.dim(rank: input.rank + 1))]
    }
    for name in ["expand", "expand_as", "broadcast_to"] {
      table.define(name) { arguments throws(EvaluationError) in
        [try arguments.first.spread(to: try arguments.statedShape)]
      }
    }
    table.define("permute") { arguments throws(EvaluationError) in
      let input = try arguments.first
      return [try input.permuted(try arguments.dims("dims", rank: input.rank))]
    }
    for name in ["transpose", "swapaxes", "swapdims", "t", "mT", "numpy_T", "adjoint"] {
      table.define(name) { arguments throws(EvaluationError) in
        let input = try arguments.first
        let rank = input.rank
        var order = Array(0..<rank)
        if rank < 2 { return [input] }
        let names =
          name == "transpose" || name == "swapdims" ? ["dim0", "dim1"] : ["axis0", "axis1"]
        if name == "numpy_T" { return [try input.permuted(order.reversed())] }
        order.swapAt(
          try arguments.dim(names[0], or: rank - 2, rank: rank),
          try arguments.dim(names[1], or: rank - 1, rank: rank))
        return [try input.permuted(order)]
      }
    }
    for name in ["movedim", "moveaxis"] {
      table.define(name) { arguments throws(EvaluationError) in
        let input = try arguments.first
        let sources = try arguments.dims("source", rank: input.rank)
        let targets = try arguments.dims("destination", rank: input.rank)
        guard sources.count == targets.count else { throw .misfit }
        var order = (0..<input.rank).filter { !sources.contains($0) }
        for (target, source) in zip(targets, sources).sorted(by: { $0.0 < $1.0 }) {
          guard target <= order.count else { throw .misfit }
          order.insert(source, at: target)
        }
        return [try input.permuted(order)]
      }
    }
    table.define("select") { arguments throws(EvaluationError) in
      let input = try arguments.first
      let dim = try arguments.dim(rank: input.rank)
      guard input.rank > 0 else { throw .misfit }
      let index = try arguments.int("index", or: 0)
      return [try input.selected(dim, index < 0 ? index + input.shape[dim] : index)]
    }
    table.define("slice") { arguments throws(EvaluationError) in
      let input = try arguments.first
      let dim = try arguments.dim(or: 0, rank: input.rank)
      guard input.rank > 0 else { throw .misfit }
      let length = input.shape[dim]
      let start = ExportedTranslator.place(try arguments.int("start", or: 0), within: length)
      let end = ExportedTranslator.place(try arguments.int("end", or: 1 << 40), within: length)
      let step = try arguments.int("step", or: 1)
      guard step > 0 else { throw .misfit }
      let count = max((end - start + step - 1) / step, 0)
      return [try input.narrowed(dim, from: start, count: count, step: step)]
    }
    table.define("narrow") { arguments throws(EvaluationError) in
      let input = try arguments.first
      let dim = try arguments.dim(rank: input.rank)
      guard input.rank > 0 else { throw .misfit }
      let start = try arguments.int("start", or: 0)
      return [
        try input.narrowed(
          dim, from: start < 0 ? start + input.shape[dim] : start,
          count: try arguments.int("length", or: 0))
      ]
    }
    table.define("unbind") { arguments throws(EvaluationError) in
      let input = try arguments.first
      let dim = try arguments.dim(or: 0, rank: input.rank)
      guard input.rank > 0 else { throw .misfit }
      var parts: [TensorView] = []
      for index in 0..<input.shape[dim] { parts.append(try input.selected(dim, index)) }
      return parts
    }
    for name in [
      "split", "chunk", "split_with_sizes", "tensor_split", "unsafe_chunk", "unsafe_split",
      "unsafe_split_with_sizes",
    ] {
      table.define(name) { arguments throws(EvaluationError) in
        let input = try arguments.first
        let dim = try arguments.dim(or: 0, rank: input.rank)
        guard input.rank > 0 else { throw .misfit }
        var parts: [TensorView] = []
        var start = 0
        for size in try sizes(name, arguments, input.shape[dim]) {
          parts.append(try input.narrowed(dim, from: start, count: size))
          start = start.plus(size)
        }
        return parts
      }
    }
    table.define("unfold") { arguments throws(EvaluationError) in
      let input = try arguments.first
      let dim = try arguments.dim("dimension", rank: input.rank)
      let (size, step) = (try arguments.int("size", or: 1), try arguments.int("step", or: 1))
      guard input.rank > 0, size > 0, step > 0, input.shape[dim] >= size else { throw .misfit }
      var result = input
      result.shape[dim] = (input.shape[dim] - size) / step + 1
      result.strides[dim] = input.strides[dim] * step
      result.shape.append(size)
      result.strides.append(input.strides[dim])
      return [result]
    }
    table.define("diagonal") { arguments throws(EvaluationError) in
      let input = try arguments.first
      let one = try arguments.dim("dim1", or: 0, rank: input.rank)
      let other = try arguments.dim("dim2", or: 1, rank: input.rank)
      let offset = try arguments.int("offset", or: 0)
      guard input.rank > 1, one != other else { throw .misfit }
      let count = min(
        input.shape[one] + min(offset, 0), input.shape[other] - max(offset, 0))
      guard count > 0 else { throw .misfit }
      var result = input
      result.offset += max(offset, 0) * input.strides[other] - min(offset, 0) * input.strides[one]
      for dim in [one, other].sorted(by: >) {
        result.shape.remove(at: dim)
        result.strides.remove(at: dim)
      }
      result.shape.append(count)
      result.strides.append(input.strides[one] + input.strides[other])
      return [result]
    }
    table.define("view_as_real") { arguments throws(EvaluationError) in
      var result = try arguments.first
      guard result.isComplex else { throw .misfit }
      result.isComplex = false
      result.shape.append(2)
      result.strides.append(1)
      return [result]
    }
    table.define("view_as_complex") { arguments throws(EvaluationError) in
      var result = try arguments.first
      guard !result.isComplex, result.shape.last == 2 else { throw .misfit }
      if result.strides.last != 1 { result = result.copied }
      result.isComplex = true
      result.shape.removeLast()
      result.strides.removeLast()
      return [result]
    }
    for (part, name) in ["real", "imag"].enumerated() {
      table.define(name) { arguments throws(EvaluationError) in
        var result = try arguments.first
        guard result.isComplex else { return [result] }
        result.isComplex = false
        result.offset += part
        return [result]
      }
    }
    return table
  }

  /// The lengths of the parts that an axis is cut into.
  private static func sizes(
    _ name: String, _ arguments: TensorArguments, _ length: Int
  ) throws(EvaluationError) -> [Int] {
    var size = length
    switch name {
    case "chunk", "unsafe_chunk":
      size = max((length - 1) / max(try arguments.int("chunks", or: 1), 1) + 1, 1)
    case "split" where arguments.has("split_size"), "unsafe_split":
      size = try arguments.int("split_size", or: length)
    case "tensor_split":
      if arguments.has("indices") {
        let ends = try arguments.ints("indices") + [length]
        return zip(ends, [0] + ends).map { $0 - $1 }
      }
      let count = try arguments.int("sections", or: 1)
      guard count > 0, count <= max(length, 1) else { throw .misfit }
      return (0..<count).map { length / count + ($0 < length % count ? 1 : 0) }
    default: return try arguments.ints("split_sizes")
    }
    guard size > 0 else { throw .misfit }
    return stride(from: 0, to: length, by: size).map { min(size, length - $0) }
  }
}
