package import Checkpoints
import Foundation

/// One of several parts of all models, for as many machines: `2/4` is the second of four.
///
/// Which part a model is in depends on the bytes of its file alone, so that it stays there when others come
/// and go, and under another name.
package struct Shard: Hashable, Sendable {
  /// Which part, from 1.
  package let number: Int
  /// How many parts there are.
  package let count: Int

  /// Reads `2/4`; nil for what is not a part of something.
  package init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let number = parts[0], let count = parts[1], count > 0,
      (1...count).contains(number)
    else { return nil }
    self.number = number
    self.count = count
  }

  /// Whether a model is in this part.
  package func contains(_ path: FilePath) -> Bool {
    let hash = Shard.digest(of: path).prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return hash % UInt64(count) == UInt64(number - 1)
  }

  /// The SHA-256 of a file, or of the name of what cannot be read.
  private static func digest(of path: FilePath) -> [UInt8] {
    var hash = SHA256()
    do {
      let file = try FileHandle(forReadingFrom: URL(filePath: path.text))
      while let piece = try file.read(upToCount: 1 << 20), !piece.isEmpty {
        hash.update(Array(piece))
      }
    } catch {
      hash = SHA256()
      hash.update(path.bytes)
    }
    return hash.digest
  }
}
