/// The axis lengths of a tensor, none negative, whose product is known not to overflow.
///
/// An empty list of axes is a scalar and has a count of one.
public struct Shape: Hashable, Sendable {
  /// The length of each axis, outermost first.
  public let axes: [Int]

  /// The number of elements, the product of all axes.
  public let count: Int

  /// Makes a shape from lengths of unknown origin.
  ///
  /// Returns nil where a length is negative or the product does not fit in an `Int`.
  public init?(checking axes: [Int]) {
    var count = 1
    // A zero anywhere makes the product zero; the other factors must still not overflow.
    for length in axes {
      guard length >= 0 else { return nil }
      let (product, overflow) = count.multipliedReportingOverflow(by: max(length, 1))
      guard !overflow else { return nil }
      count = product
    }
    self.axes = axes
    self.count = axes.contains(0) ? 0 : count
  }

  /// Makes a shape from lengths that the program has computed itself.
  ///
  /// - Precondition: no length is negative and the product fits in an `Int`.
  public init(_ axes: [Int]) {
    guard let shape = Shape(checking: axes) else {
      preconditionFailure("not a shape: \(axes)")
    }
    self = shape
  }

  /// The number of axes.
  public var rank: Int { axes.count }

  /// The length of one axis.
  public subscript(axis: Int) -> Int { axes[axis] }

  /// The number of elements from one element to its neighbour along each axis, in row-major order.
  public var strides: [Int] {
    var strides = [Int](repeating: 1, count: rank)
    for axis in stride(from: rank - 2, through: 0, by: -1) {
      strides[axis] = strides[axis + 1] * axes[axis + 1]
    }
    return strides
  }

  /// The place of the element at a row-major offset, one index an axis.
  public func place(ofElement offset: Int) -> [Int] {
    var rest = offset
    var place = [Int](repeating: 0, count: rank)
    for axis in stride(from: rank - 1, through: 0, by: -1) where axes[axis] > 0 {
      (rest, place[axis]) = rest.quotientAndRemainder(dividingBy: axes[axis])
    }
    return place
  }
}

extension Shape: ExpressibleByArrayLiteral {
  public init(arrayLiteral axes: Int...) { self.init(axes) }
}

extension Shape: CustomStringConvertible {
  /// The shape as PyTorch prints it: `()`, `(10)` or `(64, 64, 3)`.
  public var description: String {
    "(" + axes.map(String.init).joined(separator: ", ") + ")"
  }
}
