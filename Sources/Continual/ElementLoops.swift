// The loops that pools and pointwise layers are made of. Each runs over whole rows, in the order of
// the indices, without any sum across the row, so that the compiler is free to vectorise it and the
// result of one element depends on nothing but that element.

/// Copies: target[i] = source[i].
@inline(__always)
func copy(_ source: Span<Float>, into target: inout MutableSpan<Float>) {
  precondition(source.count == target.count)
  guard source.count < 64 else {
    // One run, which the loop in C hands to memcpy.
    return DenseLoops.copyRun(source, into: &target)
  }
  for i in source.indices { target[i] = source[i] }
}

/// Fills: target[i] = value.
@inline(__always)
func fill(_ target: inout MutableSpan<Float>, with value: Float) {
  for i in target.indices { target[i] = value }
}

/// The later value where it is larger or NaN, else the earlier one.
@inline(__always)
func maximum(_ earlier: Float, _ later: Float) -> Float {
  later > earlier || later.isNaN ? later : earlier
}

/// Divides: target[i] /= divisor.
@inline(__always)
func divide(_ target: inout MutableSpan<Float>, by divisor: Float) {
  for i in target.indices { target[i] /= divisor }
}

/// Applies a function: target[i] = function(source[i]), or without a source, of target[i] itself.
@inline(__always)
func map(
  _ source: Span<Float>?, into target: inout MutableSpan<Float>, _ function: (Float) -> Float
) {
  guard let source else {
    for i in target.indices { target[i] = function(target[i]) }
    return
  }
  precondition(source.count == target.count)
  for i in source.indices { target[i] = function(source[i]) }
}

/// Applies a function to a part of the elements, as `map` does.
@inline(__always)
func map(
  _ source: Span<Float>?, _ range: Range<Int>, into target: inout MutableSpan<Float>,
  _ function: (Float) -> Float
) {
  var own = target._mutatingExtracting(range)
  if let source {
    map(source.extracting(range), into: &own, function)
  } else {
    map(nil, into: &own, function)
  }
}

/// The sum of a function of the elements, in double precision.
///
/// Fewer than 16 elements are added in order; more of them in four interleaved parts, which are then
/// added from the first to the last, and the elements that are left over in order.
@inline(__always)
func sum(_ source: Span<Float>, _ function: (Double) -> Double = { $0 }) -> Double {
  var sum = 0.0
  var next = 0
  if source.count >= 16 {
    var parts = SIMD4<Double>()
    while next + 4 <= source.count {
      parts += SIMD4(
        function(Double(source[next])), function(Double(source[next + 1])),
        function(Double(source[next + 2])), function(Double(source[next + 3])))
      next += 4
    }
    sum = parts[0] + parts[1] + parts[2] + parts[3]
  }
  while next < source.count {
    sum += function(Double(source[next]))
    next += 1
  }
  return sum
}
