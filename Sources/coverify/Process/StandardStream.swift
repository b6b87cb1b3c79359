import Checkpoints
import Foundation
import PlainData

/// What the program prints: the result to stdout, everything else to stderr.
enum StandardStream {
  /// Prints the result of a command.
  ///
  /// - Parameter text: written as it is; the caller ends the last line.
  /// - Throws: ``CommandError`` where it is not taken, as by a disk that is full: a result that nobody
  ///   gets is not a success.
  static func print(result text: String) throws {
    do {
      try FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
    } catch {
      throw CommandError.notPrinted(error)
    }
  }

  /// Prints what a command did, when its files are complete: where that is not taken, the files are
  /// what was asked for all the same.
  static func print(summary text: String) {
    Interrupts.ignoreBrokenPipes()
    do {
      try print(result: text)
    } catch {
      note("note: all files are written; \(error)\n")
    }
  }

  /// Prints text to stderr, ignoring errors of writing.
  static func note(_ text: String) {
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }

  /// Prints a message to stderr, so that what comes from a file can neither steer a terminal nor fill
  /// it.
  static func say(_ text: String) { note(text.message + "\n") }
}
