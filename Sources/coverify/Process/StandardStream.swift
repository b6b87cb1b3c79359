import Checkpoints
import Foundation
import PlainData
import TextLayout

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

  /// The width of the screen: what COLUMNS says, or a terminal; nil where neither does.
  static var columns: Int? {
    if let columns = statedColumns { return columns > 0 ? columns : nil }
    var size = winsize()
    // Safe: the answer is written to a variable that outlives the call.
    guard unsafe ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
      return nil
    }
    return Int(size.ws_col)
  }

  /// What COLUMNS says; nil where it is not set, or is no number.
  private static var statedColumns: Int? {
    ProcessInfo.processInfo.environment["COLUMNS"].flatMap { Int($0) }
  }

  /// Lays out a page of text for the screen: 80 columns wide, or as wide as COLUMNS says, from 40 to 200.
  static func laidOut(_ page: () -> String) -> String {
    guard let columns = statedColumns, columns > 0 else { return page() }
    return Paragraph.$width.withValue(min(max(columns, 40), 200)) { page() }
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
