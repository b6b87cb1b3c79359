import CKernels
import Foundation

/// Spreads the loops of one clip, chunk or step over the cores.
///
/// A part of a loop computes the outputs that are its own as if there were no other part, so that bits do not
/// depend on the number of threads. A short loop stays on one thread: two of them need some microseconds to
/// find one another, as `CThreads.h` tells.
///
/// Sharing a loop allocates a few bytes; steps of small networks share none, and allocate nothing.
package enum Threads {
  /// How many processors there are for this process.
  package static let available =
    sharesAll ? 3 : max(ProcessInfo.processInfo.activeProcessorCount, 1)

  /// Whether every loop is shared, however short, by three threads.
  ///
  /// It is where the environment variable `COVERIFY_SHARE` is `always`, so that tests with small networks are
  /// tests of the threads, too.
  private static let sharesAll = ck_shares_all_loops() != 0

  /// The least that a part of a loop takes, in nanoseconds of one thread, where the others may sleep: about
  /// what it costs to wake them.
  static let leastPart = 10_000.0

  /// The same where they look out for loops, since another one has just ended.
  private static let leastWakefulPart = 3_000.0

  /// Lets what a body runs use at most so many threads, or as many as were allowed before if these are fewer.
  @inline(__always)
  package static func withMost<Result, Failure: Error>(
    _ threads: Int, _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let before = ck_threads()
    _ = ck_set_threads(min(before, Int32(clamping: threads)))
    defer { _ = ck_set_threads(before) }
    return try body()
  }

  /// Wakes the threads where many short loops follow that take so many nanoseconds together.
  static func gather(for nanoseconds: Double) {
    guard nanoseconds >= 4 * leastPart, ck_team_is_awake() == 0 else { return }
    split(2, cost: leastPart) { _ in }
  }

  /// Does a loop in parts, at the same time where it is long.
  ///
  /// - Parameters:
  ///   - count: what is looped over, from zero.
  ///   - unit: parts begin at multiples of it.
  ///   - cost: about how long each takes, in nanoseconds of one thread.
  ///   - body: does a part; several of them may run at the same time.
  @inline(__always)
  package static func split(
    _ count: Int, by unit: Int = 1, cost: Double, _ body: (Range<Int>) -> Void
  ) {
    guard count > unit, isWorthIt(count, cost) else { return body(0..<count) }
    var work = MutableSpan<Float>()
    share(count, by: unit, cost: cost, &work, of: 0) { range, _ in body(range) }
  }

  /// Does a loop in parts that need a work space.
  ///
  /// - Parameters:
  ///   - count: what is looped over, from zero.
  ///   - cost: about how long each takes, in nanoseconds of one thread.
  ///   - work: at least `size` floats, which hold anything.
  ///   - size: the floats of the work space of a part.
  ///   - body: does a part, and gets a work space; several of them may run at the same time.
  @inline(__always)
  static func split(
    _ count: Int, cost: Double, work: inout MutableSpan<Float>, of size: Int,
    _ body: (Range<Int>, inout MutableSpan<Float>) -> Void
  ) {
    guard isWorthIt(count, cost) else { return body(0..<count, &work) }
    share(count, by: 1, cost: cost, &work, of: size, body)
  }

  /// Does a loop in parts that need a work space and whose outputs are between one another.
  ///
  /// - Parameters:
  ///   - count: what is looped over, from zero.
  ///   - output: what the parts write.
  ///   - cost: about how long each takes, in nanoseconds of one thread.
  ///   - work: at least `size` floats, which hold anything.
  ///   - size: the floats of the work space of a part.
  ///   - body: does a part, and gets all of the output, of which it must write only what is its own, and a
  ///     work space; several of them may run at the same time.
  @inline(__always)
  static func split(
    _ count: Int, of output: inout MutableSpan<Float>, cost: Double,
    work: inout MutableSpan<Float>, of size: Int,
    _ body: (Range<Int>, inout MutableSpan<Float>, inout MutableSpan<Float>) -> Void
  ) {
    guard isWorthIt(count, cost) else { return body(0..<count, &output, &work) }
    unsafe output.withUnsafeMutableBufferPointer { output in
      let output = unsafe output
      share(count, by: 1, cost: cost, &work, of: size) { range, work in
        // No part reads or writes what another one writes.
        var all = unsafe MutableSpan(_unsafeElements: output)
        body(range, &all, &work)
      }
    }
  }

  /// Does a loop in parts whose outputs lie one behind the other.
  ///
  /// - Parameters:
  ///   - output: what the parts write: of each of `count`, as many floats.
  ///   - count: what is looped over.
  ///   - cost: about how long each takes, in nanoseconds of one thread.
  ///   - body: does a part, and gets what belongs to it of the output.
  @inline(__always)
  static func split(
    _ output: inout MutableSpan<Float>, into count: Int, cost: Double,
    _ body: (Range<Int>, inout MutableSpan<Float>) -> Void
  ) {
    guard isWorthIt(count, cost) else { return body(0..<count, &output) }
    precondition(output.count.isMultiple(of: count), "\(count) parts of \(output.count) floats")
    let each = output.count / count
    unsafe output.withUnsafeMutableBufferPointer { output in
      let output = unsafe output
      var work = MutableSpan<Float>()
      share(count, by: 1, cost: cost, &work, of: 0) { range, _ in
        // Parts do not meet, and so each has its floats for itself.
        var own = unsafe MutableSpan(
          _unsafeElements: UnsafeMutableBufferPointer(
            rebasing: output[range.lowerBound * each..<range.upperBound * each]))
        body(range, &own)
      }
    }
  }

  /// Whether a loop over so many takes long enough to be shared.
  @inline(__always)
  private static func isWorthIt(_ count: Int, _ cost: Double) -> Bool {
    let nanoseconds = Double(count) * cost
    guard count > 1, cost > 0 else { return false }
    return nanoseconds >= 2 * leastPart
      || nanoseconds >= 2 * leastWakefulPart && ck_team_is_awake() != 0 || sharesAll
  }

  /// What a thread needs to do a part.
  private struct Loop {
    let count: Int
    let unit: Int
    let parts: Int
    let workCount: Int
    let body: (Range<Int>, inout MutableSpan<Float>) -> Void

    func run(_ part: Int, _ work: UnsafeMutablePointer<Float>?) {
      var work = unsafe MutableSpan(
        _unsafeElements: UnsafeMutableBufferPointer(
          start: work, count: work == nil ? 0 : workCount))
      body(start(of: part)..<start(of: part + 1), &work)
    }

    /// Parts have as many units as others, or one more.
    private func start(of part: Int) -> Int {
      min((count + unit - 1) / unit * part / parts * unit, count)
    }
  }

  @inline(never)
  private static func share(
    _ count: Int, by unit: Int, cost: Double, _ work: inout MutableSpan<Float>, of workCount: Int,
    _ body: (Range<Int>, inout MutableSpan<Float>) -> Void
  ) {
    precondition(workCount <= work.count, "\(workCount) floats of work space")
    let threads = min(ck_threads(), Int32(clamping: available))
    guard threads > 1 else { return body(0..<count, &work) }
    // Several parts for each thread, so that one that is slower, or comes later, has fewer of them; but where
    // they cannot be nearly equal, as many as there are threads.
    let units = (count + unit - 1) / unit
    let worthwhile = sharesAll ? units : Int(Double(count) * cost / leastWakefulPart)
    let parts = min(worthwhile, units, Int(threads) * (units < 16 * threads ? 1 : 4))
    withoutActuallyEscaping(body) { body in
      var loop = Loop(count: count, unit: unit, parts: parts, workCount: workCount, body: body)
      unsafe work.withUnsafeMutableBufferPointer { work in
        unsafe withUnsafeMutablePointer(to: &loop) { loop in
          unsafe ck_share(
            parts, threads,
            { loop, part, work in
              unsafe loop?.assumingMemoryBound(to: Loop.self).pointee.run(part, work)
            }, loop, work.baseAddress, workCount)
        }
      }
    }
  }
}
