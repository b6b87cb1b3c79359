import Foundation

/// How much of the tests is run.
public enum TestRun {
  /// Whether tests that take long in a debug build are left out.
  ///
  /// `scripts/test --quick` asks for that, and names them; `scripts/test` runs them all.
  public static let isQuick = ProcessInfo.processInfo.environment["COVERIFY_QUICK"] != nil
}
