import Foundation
import OrderedCollections
import Tensors

// Convolutions, pools and other windows along the last axes.
extension TensorOperators {
  /// Where windows lie along the last axes.
  struct Windows {
    var lengths: [Int]
    var kernel: [Int]
    var stride: [Int]
    var padding: [[Int]]
    var dilation: [Int]
    var isCeiled = false

    /// How many windows there are along each axis.
    var counts: [Int] {
      get throws(EvaluationError) {
        var counts: [Int] = []
        for axis in lengths.indices {
          let (k, s, d) = (kernel[axis], stride[axis], dilation[axis])
          let pad = padding[axis]
          guard k > 0, s > 0, d > 0, pad.allSatisfy({ (0...1 << 20).contains($0) }), k < 1 << 20,
            d < 1 << 20
          else { throw .misfit }
          let room = lengths[axis] + pad[0] + pad[1] - d * (k - 1) - 1
          guard room >= 0 else { throw .misfit }
          var count = room / s + 1
          // One more, if it begins within what is there.
          if isCeiled, room % s > 0, count * s < lengths[axis] + pad[0] { count += 1 }
          counts.append(count)
        }
        return counts
      }
    }

    /// For each place in the window, the place along the axes of each window.
    func places() throws(EvaluationError) -> WindowPlaces {
      let counts = try counts
      let (taps, size) = (kernel.reduce(1) { $0.times($1) }, counts.reduce(1) { $0.times($1) })
      guard taps.times(size) <= EvaluationError.sizeLimit / 4,
        lengths.reduce(1, { $0.times($1) }) < Int(Int32.max)
      else { throw .misfit }
      // Axis by axis, the last one running fastest; what is outside stays outside.
      var result = WindowPlaces(taps: 1, size: 1, places: [0])
      for axis in lengths.indices {
        var next = WindowPlaces(
          taps: result.taps * kernel[axis], size: result.size * counts[axis], places: [])
        next.places.reserveCapacity(next.taps * next.size)
        for tap in 0..<result.taps {
          for own in 0..<kernel[axis] {
            for window in result[tap] {
              for count in 0..<counts[axis] {
                let place = count * stride[axis] - padding[axis][0] + own * dilation[axis]
                let isInside = window >= 0 && (0..<lengths[axis]).contains(place)
                next.places.append(
                  isInside ? window * Int32(lengths[axis]) + Int32(place) : WindowPlaces.outside)
              }
            }
          }
        }
        result = next
      }
      return result
    }
  }

  /// Where the numbers of windows are.
  struct WindowPlaces {
    /// Of a number that is in the padding.
    static let outside: Int32 = -1
    /// The number of places in a window.
    var taps: Int
    /// The number of windows.
    var size: Int
    /// For each place in the window, one of each window.
    var places: [Int32]

    /// The places of a tap.
    subscript(tap: Int) -> ArraySlice<Int32> { places[tap * size..<(tap + 1) * size] }
  }

  static func convolved(
    _ input: TensorView, _ weight: TensorView, _ bias: TensorView?, _ windows: Windows, groups: Int
  ) throws(EvaluationError) -> TensorView {
    let (samples, channels, outputs) = (input.shape[0], input.shape[1], weight.shape[0])
    guard groups > 0, channels.isMultiple(of: groups), outputs.isMultiple(of: groups),
      weight.shape[1] == channels / groups
    else { throw .misfit }
    let (counts, places) = (try windows.counts, try windows.places())
    let plane = windows.lengths.reduce(1, *)
    let size = counts.reduce(1, *)
    let (inner, own) = (channels / groups, outputs / groups)
    let taps = places.taps
    guard (inner * taps).times(size) <= EvaluationError.sizeLimit,
      samples.times(outputs).times(size) <= EvaluationError.sizeLimit
    else { throw .misfit }
    let (numbers, factors) = (input.numbers, weight.numbers)
    var result: [Double] = []
    result.reserveCapacity(samples * outputs * size)
    for sample in 0..<samples {
      for group in 0..<groups {
        var columns = [Double](repeating: 0, count: inner * taps * size)
        for channel in 0..<inner {
          let start = (sample * channels + group * inner + channel) * plane
          fill(
            &columns, from: channel * taps * size,
            with: numbers.span.extracting(start..<start + plane), at: places.places.span)
        }
        let start = group * own * inner * taps
        result += product(
          Array(factors[start..<start + own * inner * taps]), columns, rows: own,
          inner: inner * taps, columns: size)
      }
    }
    return try biased(TensorView([samples, outputs] + counts, result), bias)
  }

  /// Writes the numbers at given places one after the other, and leaves those that are outside.
  private static func fill(
    _ target: inout [Double], from start: Int, with numbers: Span<Double>, at places: Span<Int32>
  ) {
    var target = target.mutableSpan
    for index in places.indices {
      let place = Int(places[index])
      if place >= 0 { target[start + index] = numbers[place] }
    }
  }

  private static func biased(
    _ input: TensorView, _ bias: TensorView?
  ) throws(EvaluationError) -> TensorView {
    guard let bias else { return input }
    var shape = [Int](repeating: 1, count: input.rank)
    shape[1] = bias.count
    return try zipped(input, try bias.reshaped(shape), kind: .float) { $0 + $1 }
  }

  private static func transposed(
    _ input: TensorView, _ weight: TensorView, _ bias: TensorView?, stride: [Int], padding: [Int],
    outputPadding: [Int], dilation: [Int], groups: Int
  ) throws(EvaluationError) -> TensorView {
    let rank = stride.count
    let (samples, channels) = (input.shape[0], input.shape[1])
    guard groups > 0, channels.isMultiple(of: groups), weight.shape[0] == channels else {
      throw .misfit
    }
    let lengths = Array(input.shape[2...])
    let kernel = Array(weight.shape[2...])
    var counts: [Int] = []
    for axis in 0..<rank {
      let all = [stride[axis], dilation[axis], padding[axis] + 1, outputPadding[axis] + 1]
      guard all.allSatisfy({ (1...1 << 20).contains($0) }) else { throw .misfit }
      let count =
        (lengths[axis] - 1) * stride[axis] - 2 * padding[axis] + dilation[axis] * (kernel[axis] - 1)
        + outputPadding[axis] + 1
      guard count > 0 else { throw .misfit }
      counts.append(count)
    }
    // The windows of the convolution that this one turns around.
    let windows = Windows(
      lengths: counts, kernel: kernel, stride: stride,
      padding: (0..<rank).map { axis in
        [
          padding[axis],
          max(
            (lengths[axis] - 1) * stride[axis] + dilation[axis] * (kernel[axis] - 1) + 1
              - counts[axis] - padding[axis], 0),
        ]
      }, dilation: dilation)
    var places = try windows.places()
    let windowCounts = try windows.counts
    guard zip(windowCounts, lengths).allSatisfy({ $0 >= $1 }) else { throw .misfit }
    if windowCounts != lengths {
      // Windows behind the last input have no input.
      let shape = Shape(windowCounts)
      let kept = (0..<shape.count).filter { element in
        zip(shape.place(ofElement: element), lengths).allSatisfy { $0 < $1 }
      }
      places.places = (0..<places.taps).flatMap { tap in
        kept.map { places.places[tap * places.size + $0] }
      }
      places.size = kept.count
    }
    let (plane, size) = (lengths.reduce(1, *), counts.reduce(1, *))
    let (inner, own) = (channels / groups, weight.shape[1])
    let taps = places.taps
    guard (own * taps).times(plane) <= EvaluationError.sizeLimit,
      (samples * groups * own).times(size) <= EvaluationError.sizeLimit
    else { throw .misfit }
    let (numbers, factors) = (input.numbers, weight.numbers)
    var result = [Double](repeating: 0, count: samples * groups * own * size)
    for sample in 0..<samples {
      for group in 0..<groups {
        // (own taps, inner) times (inner, plane).
        var left = [Double](repeating: 0, count: own * taps * inner)
        for channel in 0..<inner {
          for index in 0..<own * taps {
            left[index * inner + channel] =
              factors[(group * inner + channel) * own * taps + index]
          }
        }
        let start = (sample * channels + group * inner) * plane
        let parts = product(
          left, Array(numbers[start..<start + inner * plane]), rows: own * taps, inner: inner,
          columns: plane)
        for output in 0..<own {
          let target = ((sample * groups + group) * own + output) * size
          for tap in 0..<taps {
            let source = (output * taps + tap) * plane
            for (index, place) in places[tap].enumerated() {
              if place >= 0 { result[target + Int(place)] += parts[source + index] }
            }
          }
        }
      }
    }
    return try biased(TensorView([samples, groups * own] + counts, result), bias)
  }

  private static func convolution(
    _ arguments: TensorArguments, rank: Int, isTransposed: Bool
  ) throws(EvaluationError) -> [TensorView] {
    var input = try real(try arguments.tensor("input"))
    let (weight, bias) = (try arguments.tensor("weight"), try arguments.optionalTensor("bias"))
    let isSingle = input.rank == rank + 1
    if isSingle { input = try input.unsqueezed(0) }
    guard input.rank == rank + 2, weight.rank == rank + 2 else { throw .misfit }
    let ones = [Int](repeating: 1, count: rank)
    let zeros = [Int](repeating: 0, count: rank)
    let stride = try arguments.ints("stride", or: ones, count: rank)
    let dilation = try arguments.ints("dilation", or: ones, count: rank)
    let groups = try arguments.int("groups", or: 1)
    var result: TensorView
    if isTransposed {
      result = try transposed(
        input, weight, bias, stride: stride,
        padding: try arguments.ints("padding", or: zeros, count: rank),
        outputPadding: try arguments.ints("output_padding", or: zeros, count: rank),
        dilation: dilation, groups: groups)
    } else {
      let kernel = Array(weight.shape[2...])
      var padding: [[Int]]
      if case .string(let text)? = arguments.call.arguments["padding"] {
        padding = (0..<rank).map { axis in
          let all = text == "same" ? dilation[axis] * (kernel[axis] - 1) : 0
          return [all / 2, all - all / 2]
        }
      } else {
        padding = try arguments.ints("padding", or: zeros, count: rank).map { [$0, $0] }
      }
      result = try convolved(
        input, weight, bias,
        Windows(
          lengths: Array(input.shape[2...]), kernel: kernel, stride: stride, padding: padding,
          dilation: dilation), groups: groups)
    }
    return [isSingle ? try result.selected(0, 0) : result]
  }

  static let windows = makeWindows()

  private static func makeWindows() -> [String: Operation] {
    var table: [String: Operation] = [:]
    for rank in 1...3 {
      table.define("conv\(rank)d") { arguments throws(EvaluationError) in
        try convolution(arguments, rank: rank, isTransposed: false)
      }
      table.define("conv_transpose\(rank)d") { arguments throws(EvaluationError) in
        try convolution(arguments, rank: rank, isTransposed: true)
      }
    }
    table.define("convolution") { arguments throws(EvaluationError) in
      try convolution(
        arguments, rank: try arguments.tensor("weight").rank - 2,
        isTransposed: arguments.bool("transposed", or: false))
    }
    table.define("im2col") { arguments throws(EvaluationError) in
      let input = try real(try arguments.first)
      guard input.rank == 4 else { throw .misfit }
      let windows = Windows(
        lengths: Array(input.shape[2...]),
        kernel: try arguments.ints("kernel_size", or: [1, 1], count: 2),
        stride: try arguments.ints("stride", or: [1, 1], count: 2),
        padding: try arguments.ints("padding", or: [0, 0], count: 2).map { [$0, $0] },
        dilation: try arguments.ints("dilation", or: [1, 1], count: 2))
      let places = try windows.places()
      let flat = try input.reshaped([
        input.shape[0], input.shape[1], input.shape[2] * input.shape[3],
      ])
      let rows = try gathered(flat, 2, places.places.map { $0 >= 0 ? Int($0) : nil })
      return [
        try rows.reshaped([input.shape[0], input.shape[1] * places.taps, places.size])
      ]
    }
    return table
  }

  // MARK: - Pools

  static let pools = makePools()

  private static func makePools() -> [String: Operation] {
    var table: [String: Operation] = [:]
    for rank in 1...3 {
      for name in ["avg_pool\(rank)d", "max_pool\(rank)d", "max_pool\(rank)d_with_indices"] {
        table.define(name) { arguments throws(EvaluationError) in
          [try pooled(arguments, rank: rank, isMax: name.hasPrefix("max"))]
        }
      }
      for name in ["adaptive_avg_pool\(rank)d", "adaptive_max_pool\(rank)d"] {
        table.define(name) { arguments throws(EvaluationError) in
          let input = try real(try arguments.first)
          guard input.rank > rank else { throw .misfit }
          let sizes = Array(try arguments.statedShape.suffix(rank))
          var result = input
          for axis in 0..<rank {
            result = try adaptivelyPooled(
              result, input.rank - rank + axis, sizes[axis], isMax: name.contains("max"))
          }
          return [result]
        }
      }
    }
    for rank in 1...3 {
      for name in ["upsample_nearest\(rank)d", "_upsample_nearest_exact\(rank)d"] {
        table.define(name) { arguments throws(EvaluationError) in
          var result = try real(try arguments.first)
          let sizes = Array(try arguments.statedShape.suffix(rank))
          guard result.rank == rank + 2 else { throw .misfit }
          for axis in 0..<rank {
            let (length, size) = (result.shape[axis + 2], sizes[axis])
            let scale = scale(arguments, axis, rank: rank) ?? Double(length) / Double(size)
            let shift = name.hasPrefix("_") ? 0.5 : 0
            let places = (0..<size).map { min(Int((Double($0) + shift) * scale), length - 1) }
            result = try gathered(result, axis + 2, places)
          }
          return [result]
        }
      }
    }
    for (name, rank) in [
      ("upsample_linear1d", 1), ("upsample_bilinear2d", 2), ("upsample_trilinear3d", 3),
    ] {
      table.define(name) { arguments throws(EvaluationError) in
        var result = try real(try arguments.first)
        let sizes = Array(try arguments.statedShape.suffix(rank))
        guard result.rank == rank + 2 else { throw .misfit }
        let isAligned = arguments.bool("align_corners", or: false)
        for axis in 0..<rank {
          result = try stretched(
            result, axis + 2, sizes[axis], scale: scale(arguments, axis, rank: rank),
            isAligned: isAligned)
        }
        return [result]
      }
    }
    return table
  }

  /// How many places of the input one of the output stands for, where an upsampling was given a factor; nil where
  /// the lengths say it.
  private static func scale(_ arguments: TensorArguments, _ axis: Int, rank: Int) -> Double? {
    let names = ["scales_d", "scales_h", "scales_w"].suffix(rank)
    var factor = arguments.double(rank == 1 ? "scales" : names[names.startIndex + axis], or: 0)
    if case .floats(let factors)? = arguments.call.arguments["scale_factors"],
      factors.indices.contains(axis)
    {
      factor = factors[axis]
    }
    return factor > 0 ? 1 / factor : nil
  }

  /// An axis made longer or shorter, with lines between neighbours.
  private static func stretched(
    _ input: TensorView, _ dim: Int, _ size: Int, scale given: Double?, isAligned: Bool
  ) throws(EvaluationError) -> TensorView {
    let length = input.shape[dim]
    guard length > 0, size > 0 else { throw .misfit }
    let scale =
      isAligned
      ? size > 1 ? Double(length - 1) / Double(size - 1) : 0
      : given ?? Double(length) / Double(size)
    let sources = (0..<size).map { index in
      isAligned ? Double(index) * scale : max((Double(index) + 0.5) * scale - 0.5, 0)
    }
    let low = sources.map { min(Int($0), length - 1) }
    let high = low.map { min($0 + 1, length - 1) }
    var shape = [Int](repeating: 1, count: input.rank)
    shape[dim] = size
    let part = TensorView(shape, zip(sources, low).map { $0 - Double($1) })
    let (one, other) = (try gathered(input, dim, low), try gathered(input, dim, high))
    let way = try zipped(other, one, kind: .float) { $0 - $1 }
    return try zipped(
      one, try zipped(way, part, kind: .float) { $0 * $1 }, kind: .float
    ) { $0 + $1 }
  }

  private static func adaptivelyPooled(
    _ input: TensorView, _ dim: Int, _ size: Int, isMax: Bool
  ) throws(EvaluationError) -> TensorView {
    let length = input.shape[dim]
    guard size > 0, length > 0 else { throw .misfit }
    if size == length { return input }
    var parts: [TensorView] = []
    for index in 0..<size {
      let start = index * length / size
      let end = ((index + 1) * length + size - 1) / size
      parts.append(
        try reduced(
          try input.narrowed(dim, from: start, count: end - start), [dim], keepsDims: true
        ) { row in
          isMax ? row.max() ?? 0 : row.reduce(0, +) / Double(row.count)
        })
    }
    return try joined(parts, dim)
  }

  private static func pooled(
    _ arguments: TensorArguments, rank: Int, isMax: Bool
  ) throws(EvaluationError) -> TensorView {
    let input = try real(try arguments.first)
    guard input.rank > rank else { throw .misfit }
    let ones = [Int](repeating: 1, count: rank)
    let kernel = try arguments.ints("kernel_size", or: ones, count: rank)
    let pads = try arguments.ints("padding", or: ones.map { _ in 0 }, count: rank)
    let given = try arguments.ints("stride")
    let windows = Windows(
      lengths: Array(input.shape.suffix(rank)), kernel: kernel,
      stride: given.isEmpty ? kernel : try arguments.ints("stride", or: ones, count: rank),
      padding: pads.map { [$0, $0] },
      dilation: isMax ? try arguments.ints("dilation", or: ones, count: rank) : ones,
      isCeiled: arguments.bool("ceil_mode", or: false))
    let (counts, places) = (try windows.counts, try windows.places())
    let (plane, size) = (windows.lengths.reduce(1, *), counts.reduce(1, *))
    let numbers = input.numbers
    let outer = input.shape.dropLast(rank).reduce(1, *)
    let countsPadding = arguments.bool("count_include_pad", or: true)
    let divisor = arguments.double("divisor_override", or: 0)
    // Padding that is beyond the end because a window was added is never counted.
    let outside = Shape(counts)
    let areas: [Double] = (0..<size).map { element in
      let window = outside.place(ofElement: element)
      var area = 1
      for axis in 0..<rank {
        let start = window[axis] * windows.stride[axis] - pads[axis]
        let end = min(start + kernel[axis], windows.lengths[axis] + pads[axis])
        area *=
          countsPadding
          ? end - start : min(end, windows.lengths[axis]) - max(start, 0)
      }
      return divisor != 0 ? divisor : Double(max(area, 1))
    }
    var result = [Double](repeating: isMax ? -.infinity : 0, count: outer * size)
    for row in 0..<outer {
      for tap in 0..<places.taps {
        for (index, place) in places[tap].enumerated() where place >= 0 {
          let number = numbers[row * plane + Int(place)]
          let target = row * size + index
          result[target] = isMax ? max(result[target], number) : result[target] + number
        }
      }
      if !isMax { for index in 0..<size { result[row * size + index] /= areas[index] } }
    }
    return TensorView(input.shape.dropLast(rank) + counts, result)
  }
}
