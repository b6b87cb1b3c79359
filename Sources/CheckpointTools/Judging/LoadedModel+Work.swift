import Checkpoints
package import Continual
import Tensors
import TextLayout
package import TorchModels
package import Verification

/// That a clip costs out of all proportion to the files that ask for it.
package struct WorkError: Error, Hashable, Sendable {
  /// What there is too much of.
  package enum Resource: Hashable, Sendable {
    /// Seconds of processor time.
    case time
    /// Bytes of memory.
    case memory
  }

  /// What there is too much of.
  package let resource: Resource
  /// The file of the network.
  package let file: String
  /// The size of all files that were read.
  package let byteCount: Int
  /// The number of frames of the clip.
  package let frames: Int
  /// About how many seconds or bytes it would take.
  package let estimate: Double
  /// How many are allowed.
  package let allowed: Int
  /// The path of the module that takes the longest; empty for the whole network.
  package let worst: String
}

extension WorkError: CustomStringConvertible {
  /// The estimate, what is allowed, and how to allow more.
  package var description: String {
    let rounded = Int(min(estimate.rounded(.up), 9e18))
    let (wanted, given, option): (String, String, String) =
      switch resource {
      case .time:
        (
          "\(Number.grouped(rounded)) s of processor time"
            + (worst.isEmpty ? "" : ", most of it in \(worst)"),
          "\(Number.grouped(allowed)) s are", "seconds"
        )
      case .memory:
        (
          "\(Number.grouped(max(rounded >> 20, 1))) MiB of memory",
          "\(Number.grouped(allowed >> 20)) MiB are", "plan-bytes"
        )
      }
    return
      "\(file): clips of \(Number.grouped(frames)) frames would take about \(wanted), and \(given) "
      + "allowed for files of \(byteCount) bytes; use shorter clips (--frames), fewer samples (--batch) "
      + "or smaller ones, or, for files that you trust, --limit \(option)=\(rounded)"
  }
}

extension LoadedModel {
  /// Checks that clips do not cost out of all proportion to the files, before anything is computed.
  ///
  /// A few bytes of architecture, or an option, can ask for clips of any length. What a user wants all
  /// the same is said in the error, to be copied.
  ///
  /// - Parameters:
  ///   - plan: the network.
  ///   - frames: the frames of its clips.
  ///   - kind: what is computed of them.
  ///   - byteCount: the size of the clip's file, where it has one of its own.
  ///   - twin: another network that computes the same clip, and its plan.
  /// - Returns: the estimate.
  /// - Throws: ``WorkError`` where it is more than is allowed.
  @discardableResult
  package func checkWork(
    of plan: Plan, frames: Int, kind: Work.Kind, clipBytes byteCount: Int = 0,
    twin: (model: LoadedModel, plan: Plan)? = nil
  ) throws(WorkError) -> Work {
    let work = plan.work(of: kind, frames: frames)
    let other = twin.map { $0.plan.work(of: kind, frames: frames) }
    let files = [self] + [twin?.model].compactMap(\.self)
    let size = files.reduce(byteCount) { size, model in
      size.plus(model.provenance.file.checkpoint.byteCount).plus(model.reference?.byteCount ?? 0)
    }
    let limits = provenance.file.limits
    func check(_ resource: WorkError.Resource, _ estimate: Double, _ allowed: Int) throws(WorkError)
    {
      guard estimate > Double(allowed) else { return }
      throw WorkError(
        resource: resource, file: file, byteCount: size, frames: work.frames, estimate: estimate,
        allowed: allowed, worst: work.worst)
    }
    try check(.time, work.seconds + (other?.seconds ?? 0), limits.seconds(fileSize: size))
    try check(.memory, work.bytes + (other?.bytes ?? 0), limits.planBytes(fileSize: size))
    return work
  }

  /// About how many numbers a verification may record at a time: as many as fit beside its clips.
  package var recordingBudget: Int {
    let limits = provenance.file.limits
    return limits.planBytes(fileSize: provenance.file.checkpoint.byteCount) / 16
  }
}
