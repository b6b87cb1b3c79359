import Checkpoints
import Continual
import Foundation
import Tensors
import TorchModels

/// What a program does with a file from a stranger: open it, look at all objects, read all tensors,
/// and load it as a network.
///
/// Every outcome is right but a trap, a hang, and the use of much memory.
struct Exercise {
  /// What became of a file.
  enum Outcome: String, CaseIterable {
    case refused
    /// It was read, and some tensor or the network in it was refused.
    case readInPart
    case loaded
  }

  /// Where files are put for what reads files.
  let folder: URL

  private static let limits: Limits = {
    var limits = Limits.standard
    // A view of a small storage can be as large as a caller allows.
    limits.tensorBytes = 8 << 20
    return limits
  }()

  func run(_ mutant: Mutant) throws -> Outcome {
    var isWhole = true
    do {
      let checkpoint = try Checkpoint(
        name: "model.pt", data: Data(mutant.bytes), limits: Exercise.limits)
      if let root = checkpoint.root { Exercise.look(at: root) }
      for tensor in checkpoint.tensors { isWhole = Exercise.read(tensor) && isWhole }
    } catch {
      precondition(!error.description.isEmpty)
      return .refused
    }
    let model = folder.appending(path: "model.pt")
    let architecture = folder.appending(path: "model.arch.json")
    try Data(mutant.bytes).write(to: model)
    if let bytes = mutant.architecture {
      try Data(bytes).write(to: architecture)
    } else {
      try? FileManager.default.removeItem(at: architecture)
    }
    do throws(LoadError) {
      let model = try LoadedModel(contentsOf: model.path)
      _ = try model.plan(batch: 1).plan.modules.map(\.path)
    } catch {
      precondition(!error.description.isEmpty)
      isWhole = false
    }
    return isWhole ? .loaded : .readInPart
  }

  /// Reads a tensor in every way; false where one is refused.
  private static func read(_ tensor: StoredTensor) -> Bool {
    precondition(tensor.byteRange.map { $0.lowerBound >= 0 } ?? true)
    let bytes = try? tensor.littleEndianBytes()
    precondition(bytes.map { $0.count == tensor.shape.count * tensor.scalarType.size } ?? true)
    let values = try? tensor.values()
    let wide = try? tensor.wideValues()
    precondition(values?.shape == wide?.shape)
    _ = try? tensor.integers()
    _ = try? tensor.complexValues()
    return tensor.refusal == nil && bytes != nil
  }

  /// Looks at every value once, and asks it for everything it could be.
  private static func look(at root: PickledValue) {
    var seen: Set<Int> = []
    var pending = [root]
    while let value = pending.popLast(), seen.count < 20_000 {
      guard seen.insert(value.index).inserted else { continue }
      _ = (value.kind, value.offset, value.bool, value.int, value.double, value.string)
      _ = (value.bytes?.count, value.complex?.real, value.ints, value.scalarType, value.partial)
      _ = (value.numpyArray?.numbers?.count, value.moduleVersions.count, value.calleeName)
      pending += value.elements ?? []
      for (key, item) in (value.items ?? []) + value.keywords { pending += [key, item] }
      pending += value.arguments + value.states + value.attributes.map(\.value)
      if let callee = value.callee { pending.append(callee) }
    }
  }
}
