import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

@Suite("Files of PyTorch before version 1.6")
struct LegacyTests {
  private static func file(
    _ object: [UInt8], keys: [String] = ["11"], storages: [(Int, [UInt8])] = [(6, floats)],
    version: Int = 1001, isLittleEndian: Bool = true
  ) -> Data {
    OlderContainers.legacy(
      object, keys: keys, storages: storages, version: version, isLittleEndian: isLittleEndian)
  }

  private static let floats = little([0, 1, 2, 3, 4, 5])

  private static func tensor(_ shape: [Int], view: [UInt8] = Pickle.none) -> [UInt8] {
    Pickle.tensor(key: "11", shape, count: 6, view: view)
  }

  private static let dict = Pickle.dict([("w", tensor([2, 3]))])

  @Test("storages follow the pickles, in the order of their keys")
  func readsFile() throws {
    let checkpoint = try Checkpoint(name: "model.pth", data: LegacyTests.file(LegacyTests.dict))
    #expect(checkpoint.format == .legacy)
    #expect(try checkpoint.tensors.map { try $0.values().scalars } == [[0, 1, 2, 3, 4, 5]])
  }

  @Test("a view of a storage is a part of it")
  func readsViews() throws {
    let view = Pickle.tuple([Pickle.text("77"), Pickle.int(4), Pickle.int(2)])
    let object = Pickle.dict([
      ("w", LegacyTests.tensor([2, 3])), ("v", LegacyTests.tensor([2], view: view)),
    ])
    let checkpoint = try Checkpoint(name: "model.pth", data: LegacyTests.file(object))
    #expect(try checkpoint.tensors.last?.values().scalars == [4, 5])
  }

  @Test("the class of a whole module may come with its source, which is not read")
  func readsModules() throws {
    let reference =
      Pickle.tuple([
        Pickle.text("module"), Pickle.global("my.net", "Net"), Pickle.text("net.py"),
        Pickle.text("class Net: …"),
      ]) + Pickle.persistent
    let object =
      reference + Pickle.emptyTuple + Pickle.newObject
      + Pickle.dict([("_parameters", LegacyTests.dict)]) + Pickle.build
    let checkpoint = try Checkpoint(name: "model.pth", data: LegacyTests.file(object))
    #expect(checkpoint.root?.calleeName?.name == "Net")
    #expect(checkpoint.tensors.map(\.path) == ["w"])
  }

  static let refusals: [Refusal] = [
    Refusal("the version is known", .unsupported, "expected 1001", file(dict, version: 1000)),
    Refusal(
      "numbers of big-endian machines are not read as they are", .unsupported, "big-endian",
      file(dict, isLittleEndian: false)),
    Refusal("the file is not cut", .truncated, "are left", file(dict).dropLast(4)),
    Refusal(
      "nothing follows the last storage", .malformed, "4 bytes follow", file(dict) + [1, 2, 3, 4]),
    Refusal(
      "a storage has as many elements as the object says", .malformed, "has 7 elements",
      file(dict, storages: [(7, floats)])),
    Refusal(
      "a storage has no negative number of elements", .malformed, "has -1 elements",
      file(dict, storages: [(-1, floats)])),
    Refusal(
      "a storage is in the list of keys", .malformed, "not in the list",
      file(dict, keys: [], storages: [])),
    Refusal(
      "a key is a storage's", .malformed, "no tensor is on it",
      file(dict, keys: ["11", "5"], storages: [(6, floats), (0, [])])),
    Refusal(
      "a key comes once", .malformed, "twice",
      file(dict, keys: ["11", "11"], storages: [(6, floats), (6, floats)])),
    Refusal(
      "a view is within its storage", .malformed, "not part of a storage",
      file(tensor([4], view: Pickle.tuple([Pickle.text("77"), Pickle.int(4), Pickle.int(4)])))),
    Refusal(
      "a tensor is within its view", .malformed, "reaches beyond",
      file(tensor([3], view: Pickle.tuple([Pickle.text("77"), Pickle.int(2), Pickle.int(2)])))),
    Refusal(
      "a program in the object is refused", .forbidden, "os.system",
      file(
        Pickle.call(Pickle.global("os", "system"), [Pickle.text("true")]), keys: [], storages: [])),
  ]

  @Test("what contradicts itself is refused", arguments: refusals)
  func refuses(_ refusal: Refusal) { refusal.check() }
}

@Suite("Files of PyTorch before version 0.1.10")
struct TarTests {
  @Test("tensors and storages are read from their members")
  func readsFile() throws {
    let checkpoint = try Checkpoint(
      name: "model.pt", data: OlderContainers.tar(OlderContainers.tarMembers()))
    #expect(checkpoint.format == .tar)
    #expect(checkpoint.tensors.map(\.path) == ["w"])
    #expect(checkpoint.tensors[0].shape == [2, 3])
    #expect(try checkpoint.tensors[0].values().scalars == [0, 1, 2, 3, 4, 5])
  }

  static let refusals: [Refusal] = [
    Refusal(
      "no member leads out of the archive", .malformed, "leads out",
      OlderContainers.tar([("../../x", [1])] + OlderContainers.tarMembers())),
    Refusal(
      "a member comes once", .malformed, "as a member before",
      OlderContainers.tar(OlderContainers.tarMembers() + OlderContainers.tarMembers())),
    Refusal(
      "other tar archives are named", .notACheckpoint, "look for the model",
      OlderContainers.tar([("model.pt", [1])])),
    Refusal(
      "all members are there", .notACheckpoint, "without the member",
      OlderContainers.tar(OlderContainers.tarMembers().dropLast())),
    Refusal(
      "a header has its checksum", .malformed, "wrong checksum",
      OlderContainers.tar(OlderContainers.tarMembers()).replacing(at: 130, with: 0x37)),
    Refusal(
      "the archive is not cut", .truncated, "no end",
      OlderContainers.tar(OlderContainers.tarMembers()).dropLast(1024)),
    Refusal(
      "numbers of big-endian machines are not read as they are", .unsupported, "big-endian",
      OlderContainers.tar(OlderContainers.tarMembers(isLittleEndian: false))),
    Refusal(
      "a tensor is within its storage", .malformed, "storage of 6 elements",
      OlderContainers.tar(OlderContainers.tarMembers(sizes: [3, 3]))),
    Refusal(
      "a program in any member is refused", .forbidden, "os.system",
      OlderContainers.tar(
        OlderContainers.tarMembers(
          storages: Pickle.whole(Pickle.call(Pickle.global("os", "system"), [Pickle.text("true")])))
      )),
  ]

  @Test("what contradicts itself is refused", arguments: refusals)
  func refuses(_ refusal: Refusal) { refusal.check() }
}

extension Data {
  fileprivate func replacing(at offset: Int, with byte: UInt8) -> Data {
    var data = self
    data[offset] = byte
    return data
  }
}
