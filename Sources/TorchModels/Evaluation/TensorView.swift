import Tensors

/// Numbers in memory, and where along each axis the next one is: what torch calls a tensor.
///
/// Several views can share their numbers; what is written into one of them is in all.
struct TensorView {
  /// The numbers that views share.
  final class Storage {
    var numbers: [Double]
    init(_ numbers: [Double]) { self.numbers = numbers }
  }

  /// What kind of numbers they are, as far as it changes what is calculated.
  enum Kind: Hashable { case float, integer, flag }

  let storage: Storage
  var shape: [Int]
  /// The distance of neighbours along each axis.
  var strides: [Int]
  var offset = 0
  var kind = Kind.float
  /// Whether each place holds two numbers, a real and an imaginary part, one behind the other.
  var isComplex = false

  var rank: Int { shape.count }
  var count: Int { shape.reduce(1, *) }

  /// The numbers of a shape, in order.
  init(_ shape: [Int], _ numbers: [Double], kind: Kind = .float, isComplex: Bool = false) {
    storage = Storage(numbers)
    self.shape = shape
    self.kind = kind
    self.isComplex = isComplex
    strides = TensorView.strides(shape, isComplex: isComplex)
    precondition(numbers.count == shape.reduce(isComplex ? 2 : 1, *))
  }

  init(_ tensor: Tensor64) { self.init(tensor.shape.axes, tensor.scalars) }

  /// One number, without axes.
  init(number: Double) { self.init([], [number]) }

  static func strides(_ shape: [Int], isComplex: Bool = false) -> [Int] {
    var strides = [Int](repeating: 1, count: shape.count)
    var step = isComplex ? 2 : 1
    for axis in shape.indices.reversed() {
      strides[axis] = step
      step *= shape[axis]
    }
    return strides
  }

  /// Whether the numbers lie one behind the other.
  var isPacked: Bool {
    var step = isComplex ? 2 : 1
    for axis in shape.indices.reversed() {
      if shape[axis] != 1, strides[axis] != step { return false }
      step *= shape[axis]
    }
    return true
  }

  /// The numbers, in order.
  var numbers: [Double] {
    let total = count * (isComplex ? 2 : 1)
    if isPacked {
      return offset == 0 && storage.numbers.count == total
        ? storage.numbers : Array(storage.numbers[offset..<offset + total])
    }
    var result: [Double] = []
    result.reserveCapacity(total)
    let numbers = storage.numbers
    forEachRow { start, length, stride in
      for index in 0..<length { result.append(numbers[start + index * stride]) }
    }
    return result
  }

  /// Calls `body` with the first place, the length, and the distance in each innermost row.
  func forEachRow(_ body: (_ start: Int, _ length: Int, _ stride: Int) -> Void) {
    var axes = Array(zip(shape, strides))
    if isComplex { axes.append((2, 1)) }
    guard let last = axes.popLast() else { return body(offset, 1, 1) }
    guard axes.allSatisfy({ $0.0 > 0 }) else { return }
    var place = [Int](repeating: 0, count: axes.count)
    var start = offset
    while true {
      body(start, last.0, last.1)
      var axis = axes.count - 1
      while axis >= 0 {
        place[axis] += 1
        start += axes[axis].1
        if place[axis] < axes[axis].0 { break }
        start -= axes[axis].0 * axes[axis].1
        place[axis] = 0
        axis -= 1
      }
      if axis < 0 { return }
    }
  }

  /// The same numbers in memory of their own.
  var copied: TensorView { TensorView(shape, numbers, kind: kind, isComplex: isComplex) }

  /// Writes numbers, in order, into the places of the view.
  func write(_ values: [Double]) {
    var next = 0
    if isPacked {
      storage.numbers.replaceSubrange(offset..<offset + values.count, with: values)
      return
    }
    forEachRow { start, length, stride in
      for index in 0..<length {
        storage.numbers[start + index * stride] = values[next]
        next += 1
      }
    }
  }

  /// As a tensor of this package.
  var tensor: Tensor64 { Tensor64(Shape(shape), numbers) }

  /// The same with another shape of as many numbers.
  func reshaped(_ shape: [Int]) throws(EvaluationError) -> TensorView {
    guard shape.allSatisfy({ $0 >= 0 }), shape.reduce(1, { $0.times($1) }) == count else {
      throw .misfit
    }
    var result = isPacked ? self : copied
    result.shape = shape
    result.strides = TensorView.strides(shape, isComplex: isComplex)
    return result
  }

  /// The same numbers repeated along axes that are missing or have length one.
  func spread(to target: [Int]) throws(EvaluationError) -> TensorView {
    let missing = target.count - rank
    guard missing >= 0, target.reduce(1, { $0.times($1) }) <= EvaluationError.sizeLimit else {
      throw .misfit
    }
    var result = self
    result.shape = target
    result.strides = [Int](repeating: 0, count: target.count)
    for axis in shape.indices {
      guard shape[axis] == target[axis + missing] || shape[axis] == 1 else { throw .misfit }
      result.strides[axis + missing] = shape[axis] == 1 ? 0 : strides[axis]
    }
    return result
  }

  /// The axes in another order.
  func permuted(_ order: [Int]) throws(EvaluationError) -> TensorView {
    guard order.sorted() == Array(shape.indices) else { throw .misfit }
    var result = self
    result.shape = order.map { shape[$0] }
    result.strides = order.map { strides[$0] }
    return result
  }

  /// Some places along an axis.
  func narrowed(
    _ dim: Int, from start: Int, count: Int, step: Int = 1
  ) throws(EvaluationError) -> TensorView {
    guard shape.indices.contains(dim), start >= 0, count >= 0, step > 0,
      count == 0 || start.plus((count - 1).times(step)) < shape[dim]
    else { throw .misfit }
    var result = self
    result.offset += count == 0 ? 0 : start * strides[dim]
    result.shape[dim] = count
    result.strides[dim] *= step
    return result
  }

  /// One place along an axis, which is gone.
  func selected(_ dim: Int, _ index: Int) throws(EvaluationError) -> TensorView {
    var result = try narrowed(dim, from: index, count: 1)
    result.shape.remove(at: dim)
    result.strides.remove(at: dim)
    return result
  }

  /// With an axis of length one more.
  func unsqueezed(_ dim: Int) throws(EvaluationError) -> TensorView {
    guard (0...rank).contains(dim) else { throw .misfit }
    var result = self
    result.shape.insert(1, at: dim)
    result.strides.insert(0, at: dim)
    return result
  }
}

/// Why a call cannot be calculated.
enum EvaluationError: Error, Hashable {
  /// Nobody knows the operator.
  case unknown(String)
  /// Its arguments do not fit each other.
  case misfit
  /// A value is not there.
  case missing(String)

  /// The most numbers of a value.
  static let sizeLimit = 1 << 28
}
