// The loops that pools and pointwise layers are made of. Each runs over whole rows, in the order of
// the indices, without any sum across the row, so that the compiler is free to vectorise it and the
// result of one element depends on nothing but that element.

/// Copies: target[i] = source[i].
@inline(__always)
func copy(_ source: Span<Float>, into target: inout MutableSpan<Float>) {
  precondition(source.count == target.count)
  for i in source.indices { target[i] = source[i] }
}

/// Fills: target[i] = value.
@inline(__always)
func fill(_ target: inout MutableSpan<Float>, with value: Float) {
  for i in target.indices { target[i] = value }
}

/// Adds: target[i] += source[i].
@inline(__always)
func accumulate(_ source: Span<Float>, into target: inout MutableSpan<Float>) {
  precondition(source.count == target.count)
  for i in source.indices { target[i] += source[i] }
}

/// Takes the larger of target[i] and source[i]; a NaN stays or wins, as in PyTorch.
@inline(__always)
func accumulateMaximum(_ source: Span<Float>, into target: inout MutableSpan<Float>) {
  precondition(source.count == target.count)
  for i in source.indices { target[i] = maximum(target[i], source[i]) }
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

/// Applies a function: target[i] = function(source[i]).
@inline(__always)
func map(
  _ source: Span<Float>, into target: inout MutableSpan<Float>, _ function: (Float) -> Float
) {
  precondition(source.count == target.count)
  for i in source.indices { target[i] = function(source[i]) }
}
