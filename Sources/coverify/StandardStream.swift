import Foundation

/// What the program prints: the result to stdout, everything else to stderr.
enum StandardStream {
  /// Prints the result of a command.
  ///
  /// - Parameter text: written as it is; the caller ends the last line.
  /// - Throws: ``CommandError`` where it is not taken, as by a disk that is full: a result that nobody
  ///   gets is no success.
  static func print(result text: String) throws {
    do {
      try FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
    } catch {
      let reason = error as NSError
      let underlying = reason.userInfo[NSUnderlyingErrorKey] as? NSError ?? reason
      throw CommandError("the result cannot be printed: \(underlying.localizedDescription)")
    }
  }

  /// Prints text to stderr, as far as that takes it.
  static func note(_ text: String) {
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }
}
