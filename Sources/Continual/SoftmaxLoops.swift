import CKernels

/// Swift's side of softmax in C, behind safe signatures.
///
/// A column is what is added up: all elements along an axis that have everything else in common. Its powers
/// are of the elements, or where the largest is far from zero, of their differences from it. Results are
/// within 2.2 units in the last place of the exact ones, or 2.5 without a fused multiply-add, also where the
/// differences are large; a logarithm is within 1.5, and by so much more as `Double` loses in the
/// differences. A column has the same bits wherever it is, in whichever layout: its powers are added in
/// eight sums in double precision, as `softmax_variant.h` says.
///
/// They are safe for the reason that ``DenseLoops`` gives for loops over elements.
enum SoftmaxLoops {
  /// Which function.
  enum Kind {
    case softmax
    case softmin
    case logarithm

    fileprivate var number: ck_softmax_kind {
      switch self {
      case .softmax: CK_SOFTMAX
      case .softmin: CK_SOFTMIN
      case .logarithm: CK_LOG_SOFTMAX
      }
    }
  }

  /// How elements lie: (outer, length, inner), of which the columns are along the second axis.
  typealias Sizes = (outer: Int, length: Int, inner: Int)

  /// How many columns are computed together at least: a work space has so many times their length.
  static let lanes = Int(CK_SOFTMAX_LANES)

  /// The floats of a work space: none for columns that lie in one piece each; for others at least what is needed,
  /// and up to half a cache of 64 KiB, if there are so many, with which neighbouring columns are computed
  /// together.
  static func work(_ sizes: Sizes) -> Int {
    guard sizes.inner > 1 else { return 0 }
    let together = (min(sizes.inner, lanes * 16) + lanes - 1) / lanes * lanes
    return max(lanes * sizes.length, min(together * sizes.length, 8192))
  }

  /// Makes the softmax of each column.
  ///
  /// - Parameters:
  ///   - kind: which function.
  ///   - source: the elements; nil where they are in `target`.
  ///   - target: as many elements.
  ///   - sizes: how they lie.
  ///   - work: at least `lanes` times the length, which hold anything; not needed where `inner` is one.
  ///   - instructionSet: which one to use.
  static func apply(
    _ kind: Kind, _ source: Span<Float>?, into target: inout MutableSpan<Float>, _ sizes: Sizes,
    work: inout MutableSpan<Float>, instructionSet: InstructionSet = .current
  ) {
    check(sizes, target.count, work.count)
    unsafe work.withUnsafeMutableBufferPointer { work in
      unsafe DenseLoops.map(
        { isa, source, target, _ in
          unsafe ck_softmax(
            isa, kind.number, source, target, sizes.outer, sizes.length, sizes.inner,
            work.baseAddress, work.count)
        }, source, into: &target, instructionSet)
    }
  }

  /// Makes the softmax of rows that lie one behind the other, where they are, after a multiplication by a scale.
  ///
  /// - Parameters:
  ///   - scale: any; one that is not above zero is multiplied by in double precision, and rounded.
  ///   - rows: how many, at least one.
  ///   - target: the elements.
  static func apply(scale: Double, rows: Int, into target: inout MutableSpan<Float>) {
    let isPlain = scale > 0 && scale.isFinite
    if !isPlain {
      for place in target.indices { target[place] = Float(Double(target[place]) * scale) }
    }
    var none = MutableSpan<Float>()
    apply(
      scale: isPlain ? scale : 1, nil, into: &target, (rows, target.count / rows, 1), work: &none)
  }

  /// Makes the softmax of each column of elements that are first multiplied by a scale.
  ///
  /// - Parameters:
  ///   - scale: above zero.
  ///   - source: the elements; nil where they are in `target`.
  ///   - target: as many elements.
  ///   - sizes: how they lie.
  ///   - work: at least `lanes` times the length, which hold anything; not needed where `inner` is one.
  ///   - instructionSet: which one to use.
  static func apply(
    scale: Double, _ source: Span<Float>?, into target: inout MutableSpan<Float>, _ sizes: Sizes,
    work: inout MutableSpan<Float>, instructionSet: InstructionSet = .current
  ) {
    check(sizes, target.count, work.count)
    let high = Float(scale)
    let numbers = ck_softmax_scale(
      scale: high, scale_low: Float(scale - Double(high)), range: Float(105 / scale))
    unsafe withUnsafePointer(to: numbers) { numbers in
      unsafe work.withUnsafeMutableBufferPointer { work in
        unsafe DenseLoops.map(
          { isa, source, target, _ in
            unsafe ck_scaled_softmax(
              isa, numbers, source, target, sizes.outer, sizes.length, sizes.inner,
              work.baseAddress, work.count)
          }, source, into: &target, instructionSet)
      }
    }
  }

  private static func check(_ sizes: Sizes, _ count: Int, _ work: Int) {
    precondition(
      sizes.outer >= 0 && sizes.length >= 0 && sizes.inner >= 0
        && sizes.outer * sizes.length * sizes.inner == count,
      "\(count) elements are not \(sizes)")
    precondition(
      sizes.inner <= 1 || work >= lanes * sizes.length,
      "a work space of \(work) floats is too small")
  }
}
