import Foundation

#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// What this process has used so far.
public struct Usage {
  /// Processor time, which other programs do not lengthen.
  public let seconds: Double
  /// The most memory at any time, in megabytes.
  public let peakMegabytes: Int

  /// Asks the system.
  public init() {
    var usage = rusage()
    // The pointer is to a local value of the type that the function fills.
    _ = unsafe getrusage(Usage.ofThisProcess, &usage)
    seconds =
      Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
      + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
    #if canImport(Darwin)
    peakMegabytes = usage.ru_maxrss >> 20
    #else
    peakMegabytes = usage.ru_maxrss >> 10
    #endif
  }

  /// What was used after an earlier time: processor time, and by how much the most memory rose.
  public func since(_ before: Usage) -> (seconds: Double, megabytes: Int) {
    (seconds - before.seconds, peakMegabytes - before.peakMegabytes)
  }

  /// The processor time that the thread which asks has used so far, in seconds.
  public static var secondsOfThread: Double {
    seconds(of: CLOCK_THREAD_CPUTIME_ID)
  }

  /// The time that has passed since the system was started, in seconds.
  public static var secondsSinceBoot: Double {
    seconds(of: CLOCK_MONOTONIC)
  }

  private static func seconds(of clock: clockid_t) -> Double {
    var time = timespec()
    // As above.
    _ = unsafe clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// The sanitizer that the tests run under, as `scripts/sanitize` says: address, thread or undefined.
  public static let sanitizer = ProcessInfo.processInfo.environment["COVERIFY_SANITIZER"]

  #if canImport(Darwin)
  private static let ofThisProcess = RUSAGE_SELF
  #else
  private static let ofThisProcess = __rusage_who_t(RUSAGE_SELF.rawValue)
  #endif
}
