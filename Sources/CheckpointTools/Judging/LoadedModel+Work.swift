import Checkpoints
package import Continual
import Tensors
import TextLayout
package import TorchModels
import Verification

/// That a clip costs out of all proportion to the file that asks for it.
package struct WorkError: Error, Hashable, Sendable {
  /// The file of the network.
  package let file: String
  /// The size of the file.
  package let byteCount: Int
  /// The number of frames of the clip.
  package let frames: Int
  /// About how many multiplications it would cost.
  package let multiplications: Double
  /// How many are allowed.
  package let allowed: Int
  /// The path of the module that costs the most; empty for the whole network.
  package let worst: String
}

extension WorkError: CustomStringConvertible {
  /// The estimate, what is allowed, and how to allow more.
  package var description: String {
    let place = worst.isEmpty ? "" : ", most of them in \(worst)"
    return "\(file): a clip of \(Number.grouped(frames)) frames would cost about "
      + "\(Number.short(multiplications)) multiplications\(place), and "
      + "\(Number.short(Double(allowed))) are allowed for a file of \(byteCount) bytes; "
      + "use shorter clips (--frames) or smaller ones, or, for a file that you trust, "
      + "--limit work=\(Int(min(multiplications, 9e18)))"
  }
}

extension LoadedModel {
  /// Checks that a clip does not cost out of all proportion to the file, before anything is computed.
  ///
  /// A few bytes of architecture can ask for clips of any length. What is asked for on the command line
  /// may cost more than what a file asks for.
  ///
  /// - Parameters:
  ///   - plan: the network.
  ///   - frames: the frames of its clips.
  ///   - isAskedFor: whether the user has given the clip or its size.
  /// - Throws: ``WorkError`` where it costs more than is allowed.
  package func checkWork(of plan: Plan, frames: Int, isAskedFor: Bool) throws(WorkError) {
    let byteCount = provenance.file.checkpoint.byteCount
    let allowed = provenance.file.limits.work(fileSize: byteCount).times(isAskedFor ? 1000 : 1)
    let work = plan.work(frames: frames)
    guard work.multiplications > Double(allowed) else { return }
    throw WorkError(
      file: file, byteCount: byteCount, frames: work.frames,
      multiplications: work.multiplications, allowed: allowed, worst: work.worst)
  }
}
