import Foundation
import OrderedCollections
import Tensors

// Numbers that are joined, repeated, looked up, put around others, or made of nothing.
extension TensorOperators {
  /// Numbers taken from places along an axis; nil is a zero.
  static func gathered(
    _ input: TensorView, _ dim: Int, _ places: [Int?]
  ) throws(EvaluationError) -> TensorView {
    guard input.shape.indices.contains(dim),
      places.allSatisfy({ $0.map { (0..<input.shape[dim]).contains($0) } ?? true })
    else { throw .misfit }
    let outer = input.shape[..<dim].reduce(1, *)
    let inner = input.shape[(dim + 1)...].reduce(input.isComplex ? 2 : 1, *)
    guard outer.times(inner).times(places.count) <= EvaluationError.sizeLimit else { throw .misfit }
    let (numbers, length) = (input.numbers, input.shape[dim])
    var result: [Double] = []
    result.reserveCapacity(outer * inner * places.count)
    for row in 0..<outer {
      for place in places {
        guard let place else {
          result += [Double](repeating: 0, count: inner)
          continue
        }
        let start = (row * length + place) * inner
        result += numbers[start..<start + inner]
      }
    }
    var shape = input.shape
    shape[dim] = places.count
    return TensorView(shape, result, kind: input.kind, isComplex: input.isComplex)
  }

  /// Tensors one behind the other along an axis.
  static func joined(_ parts: [TensorView], _ dim: Int) throws(EvaluationError) -> TensorView {
    // torch lets an empty list of numbers stand among others.
    let parts = parts.count > 1 ? parts.filter { $0.shape != [0] } : parts
    guard let first = parts.first, first.shape.indices.contains(dim),
      parts.allSatisfy({
        $0.rank == first.rank && $0.isComplex == first.isComplex
          && $0.shape.enumerated().allSatisfy { $0 == dim || first.shape[$0] == $1 }
      })
    else { throw .misfit }
    let outer = first.shape[..<dim].reduce(1, *)
    let blocks = parts.map { ($0.numbers, $0.shape[dim...].reduce($0.isComplex ? 2 : 1, *)) }
    var result: [Double] = []
    result.reserveCapacity(blocks.reduce(0) { $0 + $1.0.count })
    for row in 0..<outer {
      for (numbers, size) in blocks { result += numbers[row * size..<(row + 1) * size] }
    }
    var shape = first.shape
    shape[dim] = parts.reduce(0) { $0 + $1.shape[dim] }
    let kind = Set(parts.map(\.kind)).count == 1 ? first.kind : .float
    return TensorView(shape, result, kind: kind, isComplex: first.isComplex)
  }

  /// Whole numbers, as places.
  static func places(_ view: TensorView, within length: Int) throws(EvaluationError) -> [Int] {
    var places: [Int] = []
    for number in view.numbers {
      guard number.isFinite, abs(number) <= Double(1 << 40) else { throw .misfit }
      let place = Int(number) < 0 ? Int(number) + length : Int(number)
      guard (0..<length).contains(place) else { throw .misfit }
      places.append(place)
    }
    return places
  }

  /// Something put around a tensor, or cut off it; `pad` begins with the last axis.
  static func padded(
    _ input: TensorView, _ pad: [Int], _ mode: String, value: Double
  ) throws(EvaluationError) -> TensorView {
    guard pad.count.isMultiple(of: 2), pad.count / 2 <= input.rank else { throw .misfit }
    var result = input
    for index in 0..<pad.count / 2 where pad[2 * index] != 0 || pad[2 * index + 1] != 0 {
      let dim = input.rank - 1 - index
      let (before, after) = (pad[2 * index], pad[2 * index + 1])
      let length = input.shape[dim]
      guard before.magnitude <= 1 << 24, after.magnitude <= 1 << 24, length + before + after >= 0
      else { throw .misfit }
      let range = -before..<length + after
      var places: [Int?] = []
      for place in range {
        switch mode {
        case _ where (0..<length).contains(place): places.append(place)
        case "replicate": places.append(min(max(place, 0), length - 1))
        case "circular": places.append(((place % length) + length) % length)
        case "reflect":
          let other = place < 0 ? -place : 2 * (length - 1) - place
          guard (0..<length).contains(other) else { throw .misfit }
          places.append(other)
        default: places.append(nil)
        }
      }
      let isFilled = mode == "constant" && value != 0
      let moved = isFilled ? TensorView(result.shape, result.numbers.map { $0 - value }) : result
      result = try gathered(moved, dim, places)
      if isFilled {
        // Nothing is lost where the number is not finite, or large.
        let mask = places.map { $0 == nil }
        let inner = result.shape[(dim + 1)...].reduce(1, *)
        let original = try gathered(input.shape == moved.shape ? input : moved, dim, places).numbers
        let numbers = original.indices.map {
          mask[$0 / inner % places.count] ? value : original[$0]
        }
        result = TensorView(result.shape, numbers, kind: input.kind)
      }
    }
    return result
  }

  static let copies = makeCopies()

  private static func makeCopies() -> [String: Operation] {
    var table: [String: Operation] = [:]
    for name in ["cat", "concat", "concatenate"] {
      table.define(name) { arguments throws(EvaluationError) in
        let parts = try arguments.tensors("tensors")
        return [try joined(parts, try arguments.dim(or: 0, rank: parts[0].rank))]
      }
    }
    table.define("stack") { arguments throws(EvaluationError) in
      let parts = try arguments.tensors("tensors")
      let dim = try arguments.dim(or: 0, rank: parts[0].rank + 1)
      var longer: [TensorView] = []
      for part in parts { longer.append(try part.unsqueezed(dim)) }
      return [try joined(longer, dim)]
    }
    for name in [
      "pad", "constant_pad_nd", "reflection_pad1d", "reflection_pad2d",
      "replication_pad1d", "replication_pad2d", "replication_pad3d",
    ] {
      table.define(name) { arguments throws(EvaluationError) in
        let key = name.hasSuffix("pad_nd") || name == "pad" ? "pad" : "padding"
        let mode =
          name.hasPrefix("reflection")
          ? "reflect"
          : name.hasPrefix("replication")
            ? "replicate" : arguments.string("mode", or: "constant")
        return [
          try padded(
            try arguments.first, try arguments.ints(key), mode,
            value: arguments.double("value", or: 0))
        ]
      }
    }
    table.define("flip") { arguments throws(EvaluationError) in
      var result = try arguments.first
      for dim in try arguments.dims("dims", rank: result.rank) {
        result = try gathered(result, dim, (0..<result.shape[dim]).reversed())
      }
      return [result]
    }
    table.define("roll") { arguments throws(EvaluationError) in
      let input = try arguments.first
      let dims = try arguments.ints("dims").map { $0 < 0 ? $0 + input.rank : $0 }
      let shifts = try arguments.ints("shifts")
      if dims.isEmpty, shifts.count == 1 {
        let flat = try input.reshaped([input.count])
        let length = max(input.count, 1)
        let places = (0..<input.count).map { (($0 - shifts[0]) % length + length) % length }
        return [try gathered(flat, 0, places).reshaped(input.shape)]
      }
      guard dims.count == shifts.count else { throw .misfit }
      var result = input
      for (dim, shift) in zip(dims, shifts) {
        guard result.shape.indices.contains(dim), result.shape[dim] > 0 else { throw .misfit }
        let length = result.shape[dim]
        result = try gathered(
          result, dim, (0..<length).map { (($0 - shift) % length + length) % length })
      }
      return [result]
    }
    for name in ["repeat", "tile"] {
      table.define(name) { arguments throws(EvaluationError) in
        var result = try arguments.first
        let times = try arguments.ints(name == "repeat" ? "repeats" : "dims")
        guard times.count >= result.rank || name == "tile", times.allSatisfy({ $0 >= 0 }) else {
          throw .misfit
        }
        while result.rank < times.count { result = try result.unsqueezed(0) }
        for (index, count) in times.enumerated() where count != 1 {
          let dim = result.rank - times.count + index
          let length = result.shape[dim]
          guard length.times(count) <= EvaluationError.sizeLimit else { throw .misfit }
          result = try gathered(result, dim, (0..<length * count).map { $0 % length })
        }
        return [result]
      }
    }
    table.define("repeat_interleave") { arguments throws(EvaluationError) in
      let input = try arguments.first
      let count = try arguments.int("repeats", or: 1)
      let flat = arguments.has("dim") ? input : try input.reshaped([input.count])
      let dim = try arguments.dim(or: 0, rank: flat.rank)
      guard flat.rank > 0, count > 0, flat.shape[dim].times(count) <= EvaluationError.sizeLimit
      else { throw .misfit }
      return [try gathered(flat, dim, (0..<flat.shape[dim] * count).map { $0 / count })]
    }
    table.define("index_select") { arguments throws(EvaluationError) in
      let input = try arguments.first
      let dim = try arguments.dim(rank: input.rank)
      guard input.rank > 0 else { throw .misfit }
      return [
        try gathered(
          input, dim, try places(try arguments.tensor("index"), within: input.shape[dim]))
      ]
    }
    table.define("embedding") { arguments throws(EvaluationError) in
      let (table, index) = (try arguments.tensor("weight"), try arguments.tensor("indices"))
      guard table.rank == 2 else { throw .misfit }
      let rows = try gathered(table, 0, try places(index, within: table.shape[0]))
      return [try rows.reshaped(index.shape + [table.shape[1]])]
    }
    table.define("gather") { arguments throws(EvaluationError) in
      let (input, index) = (try real(try arguments.first), try arguments.tensor("index"))
      let dim = try arguments.dim(rank: input.rank)
      guard input.rank == index.rank, input.rank > 0,
        index.shape.indices.allSatisfy({ $0 == dim || index.shape[$0] <= input.shape[$0] })
      else { throw .misfit }
      let (numbers, own) = (input.numbers, try places(index, within: input.shape[dim]))
      let strides = TensorView.strides(input.shape)
      let shape = Shape(index.shape)
      return [
        TensorView(
          index.shape,
          own.indices.map { element in
            var place = shape.place(ofElement: element)
            place[dim] = own[element]
            return numbers[zip(place, strides).reduce(0) { $0 + $1.0 * $1.1 }]
          }, kind: input.kind)
      ]
    }
    table["index"] = indexed
    table.define("copy") { arguments throws(EvaluationError) in [try arguments.tensor("src")] }
    table.define("fill") { arguments throws(EvaluationError) in [try arguments.tensor("value")] }
    table.define("zero") { _ throws(EvaluationError) in [TensorView(number: 0)] }
    for name in ["triu", "tril"] {
      table.define(name) { arguments throws(EvaluationError) in
        let input = try real(try arguments.first)
        guard input.rank > 1 else { throw .misfit }
        let diagonal = try arguments.int("diagonal", or: 0)
        let (rows, columns) = (input.shape[input.rank - 2], input.shape[input.rank - 1])
        let numbers = input.numbers
        return [
          TensorView(
            input.shape,
            numbers.indices.map { index in
              let distance = index % columns - index / columns % rows - diagonal
              return (name == "triu" ? distance >= 0 : distance <= 0) ? numbers[index] : 0
            }, kind: input.kind)
        ]
      }
    }
    table.define("glu") { arguments throws(EvaluationError) in
      let input = try real(try arguments.first)
      let dim = try arguments.dim(or: -1, rank: input.rank)
      guard input.rank > 0, input.shape[dim].isMultiple(of: 2) else { throw .misfit }
      let half = input.shape[dim] / 2
      return [
        try zipped(
          try input.narrowed(dim, from: 0, count: half),
          try input.narrowed(dim, from: half, count: half), kind: .float
        ) { $0 / (1 + exp(-$1)) }
      ]
    }
    table.define("pixel_shuffle") { arguments throws(EvaluationError) in
      let input = try real(try arguments.first)
      let factor = try arguments.int("upscale_factor", or: 1)
      guard input.rank >= 3, (1...64).contains(factor),
        input.shape[input.rank - 3].isMultiple(of: factor * factor)
      else { throw .misfit }
      let outer = Array(input.shape.dropLast(3))
      let (c, h, w) = (
        input.shape[input.rank - 3] / factor / factor, input.shape[input.rank - 2],
        input.shape[input.rank - 1]
      )
      let split = try input.reshaped(outer + [c, factor, factor, h, w])
      let n = outer.count
      let moved = try split.permuted(Array(0..<n) + [n, n + 3, n + 1, n + 4, n + 2])
      return [try moved.reshaped(outer + [c, h * factor, w * factor])]
    }
    table.define("meshgrid") { arguments throws(EvaluationError) in
      let parts = try arguments.tensors("tensors")
      let isXY = arguments.string("indexing", or: "ij") == "xy"
      var order = Array(parts.indices)
      if isXY, order.count > 1 { order.swapAt(0, 1) }
      let shape = order.map { parts[$0].count }
      var grids: [TensorView] = []
      for (index, part) in parts.enumerated() {
        var axes = [Int](repeating: 1, count: parts.count)
        axes[order.firstIndex(of: index) ?? index] = part.count
        grids.append(try part.reshaped(axes).spread(to: shape))
      }
      return grids
    }
    return table
  }

  /// Numbers at places that tensors say, for some of the axes; flags say which places along one axis.
  private static let indexed: Operation = { arguments throws(EvaluationError) in
    let input = try real(try arguments.first)
    let given = try arguments.optionalTensors("indices")
    let dims = given.indices.filter { given[$0] != nil }
    guard let first = dims.first, given.count <= input.rank,
      dims == Array(first..<first + dims.count)
    else { throw .unknown("index of axes that are not neighbours") }
    var found: [TensorView] = []
    for dim in dims {
      guard let index = given[dim] else { continue }
      guard index.kind != .flag else {
        guard index.rank == 1, index.count == input.shape[dim] else { throw .misfit }
        let flags = index.numbers
        let places = flags.indices.filter { flags[$0] != 0 }.map(Double.init)
        found.append(TensorView([places.count], places, kind: .integer))
        continue
      }
      found.append(index)
    }
    let shape = try common(found.map(\.shape))
    let (before, after) = (
      Array(input.shape[..<first]), Array(input.shape[(first + dims.count)...])
    )
    var rows = [Int](repeating: 0, count: shape.reduce(1, *))
    for (dim, index) in zip(dims, found) {
      let own = try places(try index.spread(to: shape), within: input.shape[dim])
      for place in rows.indices { rows[place] = rows[place] * input.shape[dim] + own[place] }
    }
    let merged = dims.reduce(1) { $0.times(input.shape[$1]) }
    let flat = try input.reshaped(before + [merged] + after)
    return [try gathered(flat, first, rows).reshaped(before + shape + after)]
  }

  // MARK: - Made of nothing

  static let made = makeMade()

  private static func makeMade() -> [String: Operation] {
    var table: [String: Operation] = [:]
    let filled: [(String, Double)] = [
      ("zeros", 0), ("zeros_like", 0), ("new_zeros", 0), ("ones", 1), ("ones_like", 1),
      ("new_ones", 1), ("empty", 0), ("empty_like", 0), ("new_empty", 0),
    ]
    for (name, number) in filled {
      table.define(name) { arguments throws(EvaluationError) in [try full(arguments, number)] }
    }
    for name in ["full", "full_like", "new_full"] {
      table.define(name) { arguments throws(EvaluationError) in
        [try full(arguments, arguments.double("fill_value", or: 0))]
      }
    }
    table.define("scalar_tensor") { arguments throws(EvaluationError) in
      [TensorView(number: arguments.double("s", or: 0))]
    }
    table.define("arange") { arguments throws(EvaluationError) in
      let (start, step) = (arguments.double("start", or: 0), arguments.double("step", or: 1))
      return [try row(arguments) { start + Double($0) * step }]
    }
    table.define("linspace") { arguments throws(EvaluationError) in
      let (start, end) = (arguments.double("start", or: 0), arguments.double("end", or: 0))
      let last = Double(max(try arguments.statedShape.first ?? 1, 2) - 1)
      return [try row(arguments) { start + (end - start) * (Double($0) / last) }]
    }
    for name in ["hann_window", "hamming_window"] {
      table.define(name) { arguments throws(EvaluationError) in
        let count = try arguments.statedShape.first ?? 1
        let period = Double(max(arguments.bool("periodic", or: true) ? count : count - 1, 1))
        let isHann = name == "hann_window"
        let alpha = isHann ? 0.5 : arguments.double("alpha", or: 0.54)
        let beta = isHann ? 0.5 : arguments.double("beta", or: 0.46)
        return [try row(arguments) { alpha - beta * cos(2 * .pi * Double($0) / period) }]
      }
    }
    table.define("eye") { arguments throws(EvaluationError) in
      let shape = try arguments.statedShape
      guard shape.count == 2 else { throw .misfit }
      var result = try full(arguments, 0)
      let numbers = (0..<result.count).map { $0 / shape[1] == $0 % shape[1] ? 1.0 : 0 }
      result = TensorView(shape, numbers)
      return [result]
    }
    return table
  }

  private static func full(
    _ arguments: TensorArguments, _ number: Double
  ) throws(EvaluationError) -> TensorView {
    let shape = try arguments.statedShape
    guard shape.reduce(1, { $0.times($1) }) <= EvaluationError.sizeLimit else { throw .misfit }
    var kind = TensorView.Kind.float
    if case .scalarType(let type)? = arguments.call.arguments["dtype"] {
      kind = type == 12 ? .flag : type < 6 ? .integer : .float
    }
    return TensorView(
      shape, [Double](repeating: number, count: shape.reduce(1, *)), kind: kind)
  }

  private static func row(
    _ arguments: TensorArguments, _ body: (Int) -> Double
  ) throws(EvaluationError) -> TensorView {
    let shape = try arguments.statedShape
    guard shape.count == 1, shape[0] <= EvaluationError.sizeLimit else { throw .misfit }
    var isFloat = ["hann_window", "hamming_window", "linspace"].contains(arguments.name)
    if case .scalarType(let type)? = arguments.call.arguments["dtype"] {
      isFloat = (6...8).contains(type) || type == 13
    }
    return TensorView(shape, (0..<shape[0]).map(body), kind: isFloat ? .float : .integer)
  }
}
