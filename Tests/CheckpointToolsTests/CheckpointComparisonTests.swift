import CheckpointTools
import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing
import TorchModels

@Suite("What is to be said of two checkpoints")
struct CheckpointComparisonTests {
  private struct NotAsked: Error {}

  private static func file(_ values: [Float], name: String = "w") throws -> Checkpoint {
    let pickle = Pickle.whole(Pickle.dict([(name, Pickle.tensor([values.count]))]))
    return try Checkpoint(
      name: "file.pt", data: ZipBuilder.torch(pickle, ["0": little(values)]).data)
  }

  private static func compare(
    _ first: Checkpoint, _ second: Checkpoint, accepting: Double? = nil
  ) throws -> CheckpointComparison {
    try CheckpointComparison(
      (NetworkFile(first, at: "first.pt"), NetworkFile(second, at: "second.pt")),
      accepting: accepting)
  }

  @Test("the same bits are the same, and another bit differs unless it is accepted")
  func values() throws {
    let (one, other) = (try Self.file([1, 2]), try Self.file([1, 2.5]))
    #expect(try Self.compare(one, one).verdict == .same)
    let comparison = try Self.compare(one, other)
    #expect(comparison.verdict == .differs)
    #expect(comparison.changed.map(\.difference.maxAbs) == [0.5])
    #expect(try Self.compare(one, other, accepting: 0.5).verdict == .same)
    #expect(try Self.compare(one, other, accepting: 0.4).verdict == .differs)
  }

  @Test("another name or shape differs, whatever is accepted")
  func structure() throws {
    let one = try Self.file([1, 2])
    #expect(
      try Self.compare(one, Self.file([1, 2], name: "v"), accepting: 9).verdict == .differs)
    #expect(try Self.compare(one, Self.file([1]), accepting: 9).verdict == .differs)
  }

  @Test("a tensor that cannot be read leaves nothing to say, unless another differs")
  func unreadable() throws {
    func file(_ last: Float, isDamaged: Bool) throws -> Checkpoint {
      let pickle = Pickle.whole(
        Pickle.dict([("a", Pickle.tensor([1])), ("b", Pickle.tensor(key: "1", [1]))]))
      var data = ZipBuilder.torch(pickle, ["0": little([17.25]), "1": little([last])]).data
      if isDamaged {
        let place = try #require(data.firstRange(of: little([17.25])))
        data[place.lowerBound] ^= 1
      }
      return try Checkpoint(name: "file.pt", data: data)
    }
    let damaged = try file(2, isDamaged: true)
    #expect(try Self.compare(damaged, file(2, isDamaged: false)).verdict == .unreadable)
    #expect(try Self.compare(damaged, file(3, isDamaged: false)).verdict == .differs)
  }

  @Test("outputs that could not be compared leave doubt, and no more where tensors differ")
  func outputs() throws {
    let one = try Self.file([1])
    var comparison = try Self.compare(one, one)
    comparison.compareOutputs { throw NotAsked() }
    #expect(comparison.verdict == .inconclusive)
    guard case .failed(let error)? = comparison.outputs else {
      Issue.record("the reason is lost")
      return
    }
    #expect(error is NotAsked)
    var other = try Self.compare(one, Self.file([2]))
    other.compareOutputs { throw NotAsked() }
    #expect(other.verdict == .differs)
  }
}
