import CKernels
import Synchronization

/// Memory for the packed weights of a network, one behind the other.
///
/// Each part is given out once, and begins at a line of the cache; all of it is freed with the last one.
@safe package final class WeightPages: @unchecked Sendable {
  private let floats: UnsafeMutableBufferPointer<Float>
  private let count: Int
  /// The floats that were given out.
  private let used = Mutex(0)

  /// Fewer floats are packed as fast where they are.
  private static let least = 1 << 21

  /// Takes memory for some weights; nil where they are few, or there is not so much memory.
  ///
  /// - Parameter counts: the floats of each.
  package init?(for counts: some Sequence<Int>) {
    var count = 0
    for own in counts {
      let (sum, overflow) = count.addingReportingOverflow(own)
      guard own >= 0, !overflow, sum <= Int.max >> 8 else { return nil }
      count = DenseLoops.lines(sum)
    }
    guard count >= WeightPages.least,
      let memory = unsafe ck_allocate_pages(count * MemoryLayout<Float>.size)
    else { return nil }
    self.count = count
    unsafe floats = UnsafeMutableBufferPointer(
      start: memory.bindMemory(to: Float.self, capacity: count), count: count)
  }

  deinit { unsafe ck_free_pages(floats.baseAddress) }

  /// A part that nobody had before; nil where there is no more.
  func take(_ count: Int) -> Range<Int>? {
    used.withLock { used in
      guard count >= 0, count <= self.count - used else { return nil }
      let part = used..<used + count
      // All memory ends with a line, too.
      used = DenseLoops.lines(part.upperBound)
      return part
    }
  }

  /// Lets a body read a part.
  ///
  /// It is safe as the memory is there as long as this is, and nobody writes to a part any more that others can read.
  @inline(__always)
  func withSpan<Result>(_ part: Range<Int>, _ body: (Span<Float>) -> Result) -> Result {
    let floats = unsafe UnsafeBufferPointer(rebasing: floats[part])
    return body(unsafe Span(_unsafeElements: floats))
  }

  /// Lets a body write to a part, which must be known to the caller alone.
  ///
  /// It is safe because whoever takes a part is the only one that has it. Its bits are those of some floats even before.
  func write(to part: Range<Int>, _ body: (inout MutableSpan<Float>) -> Void) {
    let floats = unsafe UnsafeMutableBufferPointer(rebasing: floats[part])
    var span = unsafe MutableSpan(_unsafeElements: floats)
    body(&span)
  }
}

/// Where the floats of packed weights are.
enum PanelMemory: Sendable {
  case array([Float])
  case pages(WeightPages, Range<Int>)

  /// Lets a body read them.
  @inline(__always)
  func withSpan<Result>(_ body: (Span<Float>) -> Result) -> Result {
    switch self {
    case .array(let floats): body(floats.span)
    case .pages(let pages, let part): pages.withSpan(part, body)
    }
  }
}
