import CheckpointTools
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
    // All values are read ten times here, in one way and another, and by a command twice at most.
    limits.expandedBytes = 48 << 20
    return limits
  }()

  func run(_ input: Input) throws -> Outcome {
    var isWhole = true
    let held: Checkpoint
    do throws(CheckpointError) {
      held = try Checkpoint(name: "model.pt", data: Data(input.bytes), limits: Exercise.limits)
      if let root = held.root { Exercise.look(at: root) }
      for tensor in held.tensors { isWhole = Exercise.read(tensor) && isWhole }
    } catch {
      precondition(!error.description.isEmpty)
      return .refused
    }
    let model = folder.appending(path: "model.pt")
    let architecture = folder.appending(path: "model.arch.json")
    try Data(input.bytes).write(to: model)
    if let bytes = input.architecture {
      try Data(bytes).write(to: architecture)
    } else {
      try? FileManager.default.removeItem(at: architecture)
    }
    let read = try Checkpoint(contentsOf: model.path, limits: Exercise.limits)
    Exercise.compare(read, held)
    do throws(LoadError) {
      let file = NetworkFile(read, at: FilePath(model.path), limits: Exercise.limits)
      let outline = try LoadedModel(outlineOf: file)
      _ = try outline.plan(batch: 1).plan.modules.map(\.path)
      let network = try LoadedModel(file)
      _ = try network.plan(batch: 2).plan.modules.map(\.path)
      let contents = try NetworkContents(file)
      _ = try? Conversion(of: contents, in: "model.pt", to: .safetensors, castTo: .float16)
      _ = try? Conversion(of: contents, in: "model.pt", to: .torch)
    } catch {
      precondition(!error.description.isEmpty)
      isWhole = false
    }
    return isWhole ? .loaded : .readInPart
  }

  /// A file and the same bytes in memory are the same checkpoint.
  private static func compare(_ read: Checkpoint, _ held: Checkpoint) {
    precondition(read.format == held.format && read.metadata == held.metadata)
    precondition(read.tensors.map(\.path) == held.tensors.map(\.path))
    for (one, other) in zip(read.tensors, held.tensors) {
      precondition(one.shape == other.shape && one.byteRange == other.byteRange)
      precondition((try? one.littleEndianBytes()) == (try? other.littleEndianBytes()))
      precondition(
        (try? one.values())?.scalars.map(\.bitPattern)
          == (try? other.values())?.scalars.map(\.bitPattern))
    }
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
      _ = (value.bytes?.count, value.complex?.real, value.scalarType, value.partial)
      _ = (value.numpyArray?.numbers?.count, value.calleeName)
      pending += value.elements ?? []
      for (key, item) in (value.items ?? []) + value.keywords { pending += [key, item] }
      pending += value.arguments + value.states + value.attributes.map(\.value)
      if let callee = value.callee { pending.append(callee) }
    }
  }
}
