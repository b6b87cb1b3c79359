import Tensors

/// The place of the last element of a view in its storage; nil where no storage reaches so far.
///
/// - Precondition: there is an element, and no stride is negative.
func lastElement(_ shape: Shape, _ strides: [Int], _ offset: Int) -> Int? {
  var last = offset
  for (length, stride) in zip(shape.axes, strides) {
    let (reach, tooFar) = (length - 1).multipliedReportingOverflow(by: stride)
    let (sum, overflow) = last.addingReportingOverflow(reach)
    guard !tooFar, !overflow else { return nil }
    last = sum
  }
  return last
}

/// The elements of a view of some bytes, in row-major order.
///
/// - Precondition: the last element is within the bytes.
func gathered(
  _ bytes: Span<UInt8>, shape: Shape, strides: [Int], offset: Int, width: Int
) -> [UInt8] {
  guard shape.count > 0 else { return [] }
  if let axis = repeatedAxis(shape, strides) {
    return repeated(bytes, shape: shape, strides: strides, offset: offset, width: width, axis)
  }
  var result = [UInt8](repeating: 0, count: shape.count * width)
  let rowLength = shape.axes.last ?? 1
  let rowStride = (strides.last ?? 1) * width
  let outer = Array(shape.axes.dropLast())
  var place = [Int](repeating: 0, count: outer.count)
  var target = 0
  var start = offset * width
  for _ in 0..<shape.count / rowLength {
    var source = start
    for _ in 0..<rowLength {
      for index in 0..<width { result[target + index] = bytes[source + index] }
      target += width
      source += rowStride
    }
    // The next row: count up the axes outside, from the last.
    for axis in outer.indices.reversed() {
      place[axis] += 1
      start += strides[axis] * width
      if place[axis] < outer[axis] { break }
      start -= outer[axis] * strides[axis] * width
      place[axis] = 0
    }
  }
  return result
}

/// The first axis along which a view of stride 0 repeats what is inside it, where that is worth copying.
private func repeatedAxis(_ shape: Shape, _ strides: [Int]) -> Int? {
  var inside = shape.count
  for (axis, length) in shape.axes.enumerated() {
    // With fewer elements a copy costs more than the elements themselves.
    guard inside >= 256 else { return nil }
    if length > 1, strides[axis] == 0 { return axis }
    inside /= length
  }
  return nil
}

/// The elements of a view of which what is inside an axis is gathered once, and repeated.
private func repeated(
  _ bytes: Span<UInt8>, shape: Shape, strides: [Int], offset: Int, width: Int, _ axis: Int
) -> [UInt8] {
  let outer = Array(shape.axes[..<axis])
  let inner = Shape(Array(shape.axes[(axis + 1)...]))
  let length = shape.axes[axis]
  var result: [UInt8] = []
  result.reserveCapacity(shape.count * width)
  var place = [Int](repeating: 0, count: axis)
  var start = offset
  for _ in 0..<outer.reduce(1, *) {
    var block = gathered(
      bytes, shape: inner, strides: Array(strides[(axis + 1)...]), offset: start, width: width)
    // Few long copies instead of many short ones.
    var left = length
    while block.count < 4096, left.isMultiple(of: 2) {
      block += block
      left /= 2
    }
    for _ in 0..<left { result += block }
    for axis in outer.indices.reversed() {
      place[axis] += 1
      start += strides[axis]
      if place[axis] < outer[axis] { break }
      start -= outer[axis] * strides[axis]
      place[axis] = 0
    }
  }
  return result
}

/// The elements of a view of bytes that are read piece by piece, in row-major order.
///
/// They are read in the order in which they are stored, so that each piece is read once, except where
/// several rows of the view lie across each other.
///
/// - Parameters:
///   - shape: the axis lengths.
///   - strides: the elements from one to its neighbour along each axis, none of them negative.
///   - offset: the first element.
///   - width: the bytes of an element.
///   - read: gives the bytes of a range, or as many as there are; at least those of one element.
/// - Returns: the bytes of all elements.
/// - Throws: what `read` throws.
func gathered(
  shape: Shape, strides: [Int], offset: Int, width: Int,
  from read: (Range<Int>) throws(CheckpointError) -> ArraySlice<UInt8>
) throws(CheckpointError) -> [UInt8] {
  var result = [UInt8](repeating: 0, count: shape.count * width)
  let axes = shape.axes.indices.sorted { strides[$0] > strides[$1] }
  let targets = shape.strides
  var place = [Int](repeating: 0, count: axes.count)
  var source = offset * width
  var target = 0
  var window: ArraySlice<UInt8> = []
  var start = 0
  // Elements that lie far apart, or in another order, are not worth the bytes between them.
  var length = 1 << 12
  var used = 0
  for _ in 0..<shape.count {
    if source < start || source + width > start + window.count {
      length = used * width * 4 < length ? max(length / 2, width) : min(length * 2, 1 << 16)
      (window, start, used) = (try read(source..<source + length), source, 0)
    }
    used += 1
    let first = window.startIndex + source - start
    for index in 0..<width { result[target + index] = window[first + index] }
    // The next element: count up the axes, the narrowest first.
    for level in axes.indices.reversed() {
      let axis = axes[level]
      place[level] += 1
      source += strides[axis] * width
      target += targets[axis] * width
      if place[level] < shape.axes[axis] { break }
      source -= shape.axes[axis] * strides[axis] * width
      target -= shape.axes[axis] * targets[axis] * width
      place[level] = 0
    }
  }
  return result
}

/// Numbers of less than a byte in a byte each; those of the lower bits of a byte come first.
func unpacked(_ bytes: Span<UInt8>, bits: Int) -> [UInt8] {
  let mask = UInt8(1 << bits - 1)
  return [UInt8](capacity: bytes.count * (8 / bits)) { output in
    for index in bytes.indices {
      for shift in stride(from: 0, to: 8, by: bits) { output.append(bytes[index] >> shift & mask) }
    }
  }
}

/// The bytes with each group of `width` the other way round.
func swapped(_ bytes: [UInt8], _ width: Int) -> [UInt8] {
  guard width > 1 else { return bytes }
  var result = bytes
  for start in stride(from: 0, to: bytes.count - width + 1, by: width) {
    for index in 0..<width { result[start + index] = bytes[start + width - 1 - index] }
  }
  return result
}
