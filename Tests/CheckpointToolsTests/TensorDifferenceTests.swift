import CheckpointTools
import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing
import TorchModels

@Suite("What is different in two tensors")
struct TensorDifferenceTests {
  /// The comparison of two files with a tensor each.
  private static func compare(
    _ one: [UInt8], _ other: [UInt8], _ types: (String, String), counts: Int
  ) throws -> WeightComparison {
    let contents = try [(one, types.0), (other, types.1)].map { bytes, type in
      let tensor =
        type.hasSuffix("Storage")
        ? Pickle.tensor([counts], type: type)
        : Pickle.untypedTensor([counts], type: type, byteCount: bytes.count)
      let pickle = Pickle.whole(Pickle.dict([("t", tensor)]))
      return try NetworkContents(
        NetworkFile(
          Checkpoint(name: "t.pt", data: ZipBuilder.torch(pickle, ["0": bytes]).data), at: "t.pt"))
    }
    return WeightComparison(contents[0], contents[1])
  }

  @Test("large integers that no double tells apart differ by what they do")
  func integers() throws {
    let one = little(1 << 62, 8) + little(5, 8) + little(-3, 8)
    let other = little(1 << 62 + 1, 8) + little(5, 8) + little(-3, 8)
    let weights = try Self.compare(one, other, ("LongStorage", "LongStorage"), counts: 3)
    let difference = try #require(weights.pairs.first?.difference)
    #expect(difference.differing == 1)
    #expect(difference.maxAbs == 1)
  }

  @Test("bits that stand for no number are compared as bits")
  func noNumbers() throws {
    let weights = try Self.compare([1, 2, 3], [1, 7, 3], ("bits8", "bits8"), counts: 3)
    let pair = try #require(weights.pairs.first)
    #expect(pair.reason == nil)
    #expect(pair.difference?.differing == 1)
    #expect(pair.difference?.maxAbs == .infinity)
  }

  @Test("values of two types are compared, and bits of one")
  func types() throws {
    let same = try Self.compare(
      little([1, 2, .nan]), little(0x3C00, 2) + little(0x4000, 2) + little(0x7E00, 2),
      ("FloatStorage", "HalfStorage"), counts: 3)
    #expect(same.pairs.first?.difference?.differing == 0)
    let zeros = try Self.compare(
      little([0]), little([-0.0]), ("FloatStorage", "FloatStorage"), counts: 1)
    #expect(zeros.pairs.first?.difference?.differing == 1)
    #expect(zeros.pairs.first?.difference?.maxAbs == 0)
    let count = 600_000
    var long = [Float](repeating: 0.5, count: count)
    let before = little(long)
    long[599_999] = 4
    let far = try Self.compare(
      before, little(long), ("FloatStorage", "FloatStorage"), counts: count)
    #expect(far.pairs.first?.difference?.differing == 1)
    #expect(far.pairs.first?.difference?.maxAbs == 3.5)
    #expect(far.pairs.first?.difference?.relative == 7)
  }

  @Test("integers that stand for other numbers by another scale are different")
  func quantized() throws {
    func file(_ scale: Double) throws -> NetworkContents {
      let tensor = Pickle.call(
        Pickle.global("torch._utils", "_rebuild_qtensor"),
        [
          Pickle.storage(key: "0", 2, type: "QInt8Storage"), Pickle.int(0), Pickle.ints([2]),
          Pickle.ints([1]),
          Pickle.tuple([
            Pickle.global("torch", "per_tensor_affine"), Pickle.float(scale), Pickle.int(0),
          ]), Pickle.bool(false), Pickle.orderedDict,
        ])
      let pickle = Pickle.whole(Pickle.dict([("q", tensor)]))
      return try NetworkContents(
        NetworkFile(
          Checkpoint(name: "q.pt", data: ZipBuilder.torch(pickle, ["0": [1, 3]]).data), at: "q.pt"))
    }
    #expect(WeightComparison(try file(0.5), try file(0.5)).pairs.isEmpty)
    let difference = WeightComparison(try file(0.5), try file(1)).pairs.first?.difference
    #expect(difference?.differing == 2)
    #expect(difference?.maxAbs == 1.5)
  }
}
