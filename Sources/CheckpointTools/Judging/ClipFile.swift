package import Checkpoints
package import Tensors
package import TorchModels

/// A clip for a network, out of a file of tensors.
package struct ClipFile: Sendable {
  /// Something about a clip that its user may not expect.
  package enum Note: Hashable, Sendable {
    /// A value is infinite or NaN, at this place.
    case notFinite(Float, place: [Int])
    /// There was no batch axis, so it was taken for one sample.
    case oneSample
  }

  /// The clip (B, C, T, S…).
  package private(set) var clip: Tensor

  /// What should be said of it.
  package private(set) var notes: [Note] = []

  /// The size of the file.
  package let byteCount: Int

  /// Reads the tensor called `input`, or the only one of the file.
  ///
  /// - Parameters:
  ///   - file: a file of tensors, of any format.
  ///   - path: what it is called in messages.
  ///   - model: tells how many axes a clip has.
  /// - Throws: ``ClipError`` where there is no such clip.
  package init(
    _ file: Checkpoint, at path: FilePath, for model: LoadedModel
  ) throws(ClipError) {
    byteCount = file.byteCount
    let only = file.tensors.count == 1 ? file.tensors[0] : nil
    guard let tensor = file.tensors.first(where: { $0.path == "input" }) ?? only else {
      throw .noInput(path, tensors: file.tensors.map(\.path))
    }
    clip = try rethrowing(ClipError.checkpoint, try tensor.values())
    if let bad = clip.scalars.firstIndex(where: { !$0.isFinite }) {
      notes.append(.notFinite(clip.scalars[bad], place: clip.shape.place(ofElement: bad)))
    }
    if let order = model.axisOrder {
      guard clip.shape.rank == order.input.count else {
        throw .rank(path, found: clip.shape, expected: order.input.count)
      }
      clip = clip.ordered(by: order.input)
      return
    }
    guard let sample = model.sample, sample.hasKnownAxes else { return }
    let rank = sample.space.count + 3
    if clip.shape.rank == rank { return }
    guard clip.shape.rank == rank - 1 else {
      throw .rank(path, found: clip.shape, expected: rank)
    }
    notes.append(.oneSample)
    clip = clip.reshaped(Shape([1] + clip.shape.axes))
  }
}

extension ClipFile.Note {
  /// The note as a sentence about a file.
  package func sentence(about path: FilePath) -> String {
    switch self {
    case .notFinite(let value, let place): "\(path) is \(value) at \(place)"
    case .oneSample: "\(path) has no batch axis; it is taken as one sample"
    }
  }
}

/// Why a file holds no clip for a network.
package enum ClipError: Error, Sendable {
  /// The file is damaged.
  case checkpoint(CheckpointError)
  /// It has several tensors, or none, and none is called `input`.
  case noInput(FilePath, tensors: [String])
  /// The clip has another number of axes.
  case rank(FilePath, found: Shape, expected: Int)
}

extension ClipError: CustomStringConvertible {
  /// What was found, and what was expected.
  package var description: String {
    switch self {
    case .checkpoint(let error): return String(describing: error)
    case .noInput(let path, let tensors):
      let names = tensors.prefix(8).joined(separator: ", ")
      return "\(path): has \(tensors.count) tensors (\(names)); call the clip \"input\""
    case .rank(let path, let found, let expected):
      let axes = "(B, C, T\(expected > 3 ? ", S…" : ""))"
      return "\(path): has shape \(found), expected \(expected) axes: \(axes)"
    }
  }
}
