import CBytes

/// What a program does with signals; a library leaves them alone.
package enum Interrupts {
  /// Prepares a program that writes files, at its start.
  ///
  /// SIGHUP, SIGINT, SIGTERM and SIGXCPU end it with a sentence and exit code 2, after incomplete files
  /// are removed. A limit of the size of files is an error of writing. No file that is opened later
  /// becomes stdin, stdout or stderr, where one of them is closed.
  package static func endProgramWithSentences() {
    cb_reserve_standard_streams()
    cb_end_with_sentences()
  }

  /// Makes printing to a pipe that nobody reads an error like any other.
  package static func ignoreBrokenPipes() { cb_ignore_broken_pipes() }
}
