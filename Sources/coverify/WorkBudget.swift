import Checkpoints
import Continual
import Tensors
import TorchModels
import Verification

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
  /// - Throws: ``CommandError`` with the estimate, what is allowed, and how to allow more.
  func checkWork(of plan: Plan, frames: Int, isAskedFor: Bool) throws {
    let allowed = limits.work(fileSize: checkpoint.byteCount).times(isAskedFor ? 1000 : 1)
    let work = plan.work(frames: frames)
    guard work.multiplications > Double(allowed) else { return }
    let place = work.worst.isEmpty ? "" : ", most of them in \(work.worst)"
    throw CommandError(
      "\(file): a clip of \(Number.grouped(work.frames)) frames would cost about "
        + "\(Number.short(work.multiplications)) multiplications\(place), and "
        + "\(Number.short(Double(allowed))) are allowed for a file of \(checkpoint.byteCount) bytes; "
        + "use shorter clips (--frames) or smaller ones, or, for a file that you trust, "
        + "--limit work=\(Int(min(work.multiplications, 9e18)))")
  }
}
