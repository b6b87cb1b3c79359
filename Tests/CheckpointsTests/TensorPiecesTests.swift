import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

@Suite("Tensors, a piece at a time")
struct TensorPiecesTests {
  /// A file with a tensor of more than two pieces, a transposed view of it, and one without elements.
  private static func checkpoint(_ damage: Bool = false) throws -> (Checkpoint, TemporaryFolder) {
    let count = 2 * TensorPieces.length + 6
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) }
    let storage = { (shape: [Int], strides: [Int]) in
      Pickle.tensor(shape, strides: strides, count: count, type: "ByteStorage")
    }
    let pickle = Pickle.whole(
      Pickle.dict([
        ("plain", storage([count], [1])), ("turned", storage([2, count / 2], [1, 2])),
        ("empty", storage([0, 3], [3, 1])),
      ]))
    var file = ZipBuilder.torch(pickle, ["0": bytes]).data
    if damage, let place = file.range(of: Data(bytes.suffix(100))) { file[place.lowerBound] ^= 1 }
    let folder = try TemporaryFolder()
    let path = folder.path("t.pt")
    try file.write(to: URL(filePath: path))
    return (try Checkpoint(contentsOf: path), folder)
  }

  @Test("the pieces together are the tensor, whichever way it lies")
  func together() throws {
    let (checkpoint, folder) = try Self.checkpoint()
    try withExtendedLifetime(folder) {
      for tensor in checkpoint.tensors {
        var pieces = TensorPieces(tensor)
        var all: [[UInt8]] = []
        while let piece = try pieces.next() { all.append(piece) }
        #expect(Array(all.joined()) == (try tensor.littleEndianBytes()))
        #expect(all.dropLast().allSatisfy { $0.count == TensorPieces.length })
        #expect(all.count == (tensor.shape.count == 0 ? 0 : 3))
        let none = try pieces.next()
        #expect(none == nil)
      }
    }
  }

  @Test("a wrong checksum is an error before the last piece is given")
  func damaged() throws {
    let (checkpoint, folder) = try Self.checkpoint(true)
    try withExtendedLifetime(folder) {
      var pieces = TensorPieces(checkpoint.tensors[0])
      for _ in 0..<2 {
        let piece = try pieces.next()
        #expect(piece != nil)
      }
      #expect(throws: CheckpointError.self) { try pieces.next() }
    }
  }
}
