import Continual
import Tensors

/// What each module of a network made of a clip, in float64, by its path.
struct OracleRecord: Sendable {
  /// A module's clip, and what it made of it.
  struct Entry: Sendable {
    let input: Tensor64
    let output: Tensor64
  }

  /// By path, of each module the first time that it was asked.
  fileprivate(set) var entries: [String: Entry] = [:]

  /// The paths, in the order in which modules were done.
  fileprivate(set) var order: [String] = []
}

/// Collects a record while an oracle runs.
final class OracleRecorder {
  private(set) var record = OracleRecord()

  /// How many numbers there is still room for; what does not fit is computed again.
  private var room = 1 << 25

  func enter(_ path: String, _ input: Tensor64, _ output: Tensor64) {
    guard record.entries[path] == nil, output.scalars.count <= room else { return }
    room -= output.scalars.count
    record.entries[path] = OracleRecord.Entry(input: input, output: output)
    record.order.append(path)
  }
}

/// A network with another module at a path; what does not depend on it is known already.
struct OracleTrial: Sendable {
  let path: String
  let module: any Module
  let known: OracleRecord

  /// Throws where a module cannot take a clip as it comes here; oracles rely on a plan that has checked it.
  ///
  /// - Parameters:
  ///   - module: the module that is asked.
  ///   - path: its path.
  ///   - clip: what it gets.
  /// - Throws: ``VerificationError`` with the reason.
  func check(
    _ module: any Module, at path: String, takes clip: Tensor64
  ) throws(VerificationError) {
    let isOther = path == self.path || path.hasPrefix(self.path + ".") || self.path.isEmpty
    guard isOther || known.entries[path]?.input.shape != clip.shape else { return }
    let plan = try rethrowing(
      { VerificationError(.notTaken($0)) },
      try Plan(module, frame: clip.shape.frame, clipLength: clip.shape[2]))
    guard plan.outputLength(ofClip: clip.shape[2]) != nil else {
      throw VerificationError(.clip(.nothingMade(frames: clip.shape[2])))
    }
  }

  /// What a module is known to make of a clip; nil where it has to be asked.
  func output(at path: String, for clip: Tensor64) -> Tensor64? {
    // What is inside of another module is another one, whatever its path.
    guard !path.isEmpty, !self.path.isEmpty, path != self.path, !path.hasPrefix(self.path + "."),
      !self.path.hasPrefix(path + "."), let entry = known.entries[path], entry.input == clip
    else { return nil }
    return entry.output
  }
}
