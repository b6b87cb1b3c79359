package import Foundation

extension FilePath {
  /// Reads a whole file, as an architecture is.
  ///
  /// - Parameters:
  ///   - expected: what the file is for, as a message names it: "an architecture file".
  ///   - limit: the most bytes that it may have.
  /// - Returns: its bytes.
  /// - Throws: ``CheckpointError`` where it is a folder, a pipe, larger, or cannot be read.
  package func contents(expected: String, limit: Int) throws(CheckpointError) -> Data {
    do throws(CheckpointError) {
      let file = try OpenFile(self, expected: expected)
      guard file.byteCount <= limit else {
        throw CheckpointError(
          FileFinding.tooLong(file.byteCount, limit: limit, expected: expected))
      }
      var sum: UInt32?
      return Data(try file.read(UInt8.self, 0..<file.byteCount, sum: &sum))
    } catch {
      throw error.at(file: description)
    }
  }
}
