import CBuild
import Verification

/// What the program was built of, and how.
enum BuildFacts {
  /// As in `0.1.0 (commit 3f30f2a, release build for x86_64 Linux)`.
  static var words: String {
    // A text that is compiled in, and ends with a zero.
    let commit = unsafe String(cString: cbuild_commit())
    let origin = commit.isEmpty ? "built from source" : "commit \(commit)"
    return "\(Verifier.Options().toolVersion) (\(origin), \(kind) build for \(machine))"
  }

  private static var kind: String {
    #if DEBUG
    "debug"
    #else
    "release"
    #endif
  }

  private static var machine: String {
    #if arch(x86_64)
    let processor = "x86_64"
    #elseif arch(arm64)
    let processor = "arm64"
    #else
    let processor = "another processor"
    #endif
    #if os(Linux)
    return processor + " Linux"
    #elseif os(macOS)
    return processor + " macOS"
    #else
    return processor
    #endif
  }
}
