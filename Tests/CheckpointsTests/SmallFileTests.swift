import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

/// Small files that ask for much memory or time: each is refused before it has either.
@Suite("Small files that grow")
struct SmallFileTests {
  private static func refusal(
    _ requirement: String, _ words: String, _ value: [UInt8],
    _ storages: [String: [UInt8]] = ["0": little([1])]
  ) -> Refusal {
    Refusal(requirement, .limit, words, ZipBuilder.torch(Pickle.whole(value), storages).data)
  }

  /// A list that holds one value many times, as DUP or what is remembered gives it.
  private static func repeated(_ value: [UInt8], _ count: Int, by again: [UInt8]) -> [UInt8] {
    Pickle.emptyList + Pickle.mark + value + [[UInt8]](repeating: again, count: count).joined()
      + [0x65]
  }

  private static let tensor = Pickle.tensor([1])
  private static let remembered = tensor + Pickle.put(0)

  static let pickles: [Refusal] = [
    refusal(
      "a long path is not made again for each of many places", "paths of all values",
      Pickle.dict([
        (String(repeating: "a", count: 30_000), repeated(tensor, 29_000, by: [0x32]))
      ])),
    refusal(
      "a long path is not made again for what is remembered", "paths of all values",
      Pickle.dict([
        (
          String(repeating: "a", count: 30_000),
          repeated(remembered, 14_000, by: Pickle.get(0))
        )
      ])),
    refusal(
      "a deep path is not made again for each of many places", "paths of all values",
      (0..<500).reduce(repeated(tensor, 30_000, by: [0x32])) { inner, _ in
        Pickle.dict([(String(repeating: "k", count: 60), inner)])
      }),
    refusal(
      "a tensor has no more than a number of places", "repeated too often",
      repeated(tensor, 40_000, by: [0x32])),
    refusal(
      "tuples of tuples do not double without end", "stands for more than",
      Pickle.dict([("w", tensor + [[UInt8]](repeating: [0x32, 0x86], count: 40).joined())])),
    refusal(
      "the names of classes are counted", "classes and functions",
      Pickle.list((0..<70_000).map { Pickle.global("a", String($0, radix: 36)) })),
  ]

  @Test("a pickle that repeats itself is refused", arguments: pickles)
  func refusesPickles(_ refusal: Refusal) { refusal.check() }

  /// A pickle, and the words for what there is too much of in it.
  struct Repetition: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let words: String
    let value: [UInt8]
  }

  static let repetitions = [
    Repetition(
      testDescription: "DUP", words: "again and again",
      value: repeated(Pickle.none, 3000, by: [0x32])),
    Repetition(
      testDescription: "what is recalled", words: "again and again",
      value: repeated(Pickle.none + Pickle.put(0), 3000, by: Pickle.get(0))),
    Repetition(
      testDescription: "instructions that make nothing", words: "instruction number",
      value: [[UInt8]](repeating: [0x28, 0x31], count: 3000).flatMap(\.self) + Pickle.none),
    Repetition(
      testDescription: "one class, named again", words: "classes and functions",
      value: repeated(Pickle.global("a", "B"), 1000, by: Pickle.global("a", "B"))),
  ]

  @Test("what costs time and makes no value is counted as well", arguments: repetitions)
  func countsRepetitions(_ repetition: Repetition) {
    var limits = Limits.standard
    (limits.pickleNodes, limits.walkedValues, limits.globals) = (1000, 2000, 10)
    #expect {
      try Checkpoint(
        name: "model.pt", data: archive(Pickle.whole(repetition.value)), limits: limits)
    } throws: { error in
      (error as? CheckpointError)?.code == .limit && "\(error)".contains(repetition.words)
    }
  }

  private static func named(_ count: Int, _ tensor: (Int) -> [UInt8]) -> [UInt8] {
    Pickle.dict((0..<count).map { ("w\($0)", tensor($0)) })
  }

  private static func sparse(_ count: Int, of size: Int) -> [UInt8] {
    Pickle.call(
      Pickle.global("torch._utils", "_rebuild_sparse_tensor"),
      [
        Pickle.call(
          Pickle.global("torch.serialization", "_get_layout"), [Pickle.text("torch.sparse_coo")]),
        Pickle.tuple([
          Pickle.tensor(key: "1", [1, count], strides: [0, 0], count: 1, type: "LongStorage"),
          Pickle.tensor([count], strides: [0], count: 1), Pickle.ints([size]),
        ]),
      ])
  }

  private static func quantized(_ count: Int) -> [UInt8] {
    Pickle.call(
      Pickle.global("torch._utils", "_rebuild_qtensor"),
      [
        Pickle.storage(key: "0", 1, type: "QInt8Storage"), Pickle.int(0), Pickle.ints([count]),
        Pickle.ints([0]),
        Pickle.tuple([Pickle.global("torch", "per_tensor_affine"), Pickle.float(1), Pickle.int(0)]),
        Pickle.bool(false), Pickle.orderedDict,
      ])
  }

  private static func nested(_ count: Int) -> [UInt8] {
    let lines = Pickle.tensor(
      key: "1", [count, 1], strides: [0, 0], count: 1, type: "LongStorage")
    return Pickle.call(
      Pickle.global("torch._utils", "_rebuild_nested_tensor"),
      [
        Pickle.tensor([1]), lines, lines,
        Pickle.tensor(key: "1", [count], strides: [0], count: 1, type: "LongStorage"),
      ])
  }

  private static let numbers = ["0": little([1]), "1": [UInt8](repeating: 0, count: 8)]

  static let tensors: [Refusal] = [
    refusal(
      "views that repeat one number are added up", "w1",
      named(300) { _ in Pickle.tensor([1 << 25], strides: [0], count: 1) }),
    refusal(
      "whole views of one storage are added up", "take more than",
      named(2000) { _ in Pickle.tensor([1 << 16]) }, ["0": [UInt8](repeating: 0, count: 1 << 18)]),
    refusal(
      "what sparse tensors have between their numbers is added up", "s",
      named(300) { _ in sparse(1, of: 1 << 24) }, numbers),
    refusal(
      "the indices of sparse tensors are added up", "take more than",
      named(100) { _ in sparse(1 << 24, of: 4) }, numbers),
    refusal(
      "the numbers that quantized ones stand for are added up", "take more than",
      named(2) { _ in quantized(1 << 24) }, ["0": [0]]),
    refusal("rows of a nested tensor are counted", "is nested", nested(900_000), numbers),
    refusal(
      "tensors are counted", "tensor number 65537",
      Pickle.list((0..<66_000).map { _ in Pickle.tensor([1]) })),
  ]

  @Test("tensors that need more than such a file has are refused", arguments: tensors)
  func refusesTensors(_ refusal: Refusal) { refusal.check() }

  /// An entry that says that it inflates to 16 MB; it is not looked into before that is refused.
  private func compressed(_ name: String) -> ZipBuilder.Entry {
    var entry = ZipBuilder.Entry(name, [UInt8](repeating: 0, count: 1 << 14))
    (entry.method, entry.plainSize) = (8, 16 << 20)
    return entry
  }

  @Test("compressed storages are added up")
  func refusesCompressedStorages() {
    var archive = ZipBuilder.torch(
      Pickle.whole(SmallFileTests.named(32) { Pickle.tensor(key: "\($0)", [4 << 20]) }))
    archive.entries += (0..<32).map { compressed("archive/data/\($0)") }
    Refusal("", .limit, "take more than 14", archive.data).check()
  }

  @Test("compressed storages count where a tensor uses one element of each, too")
  func refusesCompressedStoragesOfSmallViews() {
    var archive = ZipBuilder.torch(
      Pickle.whole(
        SmallFileTests.named(32) { Pickle.tensor(key: "\($0)", [1], count: 4 << 20) }))
    archive.entries += (0..<32).map { compressed("archive/data/\($0)") }
    Refusal("", .limit, "take more than 14", archive.data).check()
  }

  @Test("a limit that is raised admits what it refused")
  func raisesLimits() throws {
    let pickle = Pickle.whole(
      SmallFileTests.named(3) { _ in Pickle.tensor([1 << 25], strides: [0], count: 1) })
    let data = ZipBuilder.torch(pickle, ["0": little([1])]).data
    var limits = Limits.standard
    limits.expandedBytes = 1 << 30
    #expect(try Checkpoint(name: "model.pt", data: data, limits: limits).tensors.count == 3)
  }

  @Test("tensors that share one storage many times are admitted in a file of their size")
  func admitsSharing() throws {
    let pickle = Pickle.whole(SmallFileTests.named(24) { _ in Pickle.tensor([1 << 18]) })
    let data = ZipBuilder.torch(pickle, ["0": [UInt8](repeating: 0, count: 1 << 20)]).data
    let checkpoint = try Checkpoint(name: "model.pt", data: data)
    #expect(checkpoint.tensors.count == 24)
    #expect(try checkpoint.tensors[23].values().scalars.count == 1 << 18)
  }

  @Test("a key of a large dict is found, and its last value counts")
  func findsKeys() throws {
    let count = 20_000
    let items = (0..<count).map { ("key \($0)", Pickle.none) }
    let data = ZipBuilder.torch(Pickle.whole(Pickle.dict(items + [("key 7", Pickle.int(3))]))).data
    let root = try #require(try Checkpoint(name: "model.pt", data: data).root)
    #expect(root["absent"] == nil)
    #expect(root["key 7"]?.int == 3)
    #expect(root["key 8"]?.isNone == true)
  }
}
