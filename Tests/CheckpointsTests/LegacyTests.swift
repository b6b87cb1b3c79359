import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

@Suite("Files of PyTorch before version 1.6")
struct LegacyTests {
  private static let magic: [UInt8] = [
    0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19,
  ]

  private static func file(
    _ object: [UInt8], keys: [String] = ["11"], storages: [(Int, [UInt8])] = [(6, floats)],
    version: Int = 1001, isLittleEndian: Bool = true
  ) -> Data {
    let machine = Pickle.dict([("little_endian", Pickle.bool(isLittleEndian))])
    let pickles = [
      magic, Pickle.int(version), machine, object, Pickle.list(keys.map { Pickle.text($0) }),
    ]
    return Data(
      pickles.flatMap { Pickle.whole($0) } + storages.flatMap { little($0.0, 8) + $0.1 })
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
      "a view is within its storage", .malformed, "no part of a storage",
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
  private static func archive(_ members: [(String, [UInt8])]) -> Data {
    var file: [UInt8] = []
    for (name, bytes) in members {
      var header = [UInt8](repeating: 0, count: 512)
      func put(_ text: String, _ place: Int) {
        for (index, byte) in text.utf8.enumerated() { header[place + index] = byte }
      }
      put(name, 0)
      put("00000000000", 124)
      let size = String(bytes.count, radix: 8)
      put(size, 135 - size.utf8.count)
      put("        0", 148)
      put("ustar", 257)
      let sum = String(header.reduce(0) { $0 + Int($1) }, radix: 8)
      put("000000\0", 148)
      put(sum, 154 - sum.utf8.count)
      file += header + bytes + [UInt8](repeating: 0, count: (512 - bytes.count % 512) % 512)
    }
    return Data(file + [UInt8](repeating: 0, count: 1024))
  }

  private static func members(
    storages: [UInt8]? = nil, sizes: [Int] = [2, 3], isLittleEndian: Bool = true
  ) -> [(String, [UInt8])] {
    let storage = Pickle.tuple([
      Pickle.int(11), Pickle.text("cpu"), Pickle.global("torch", "FloatStorage"),
    ])
    let tensor = Pickle.tuple([
      Pickle.int(22), Pickle.int(11), Pickle.global("torch", "FloatTensor"),
    ])
    return [
      ("sys_info", Pickle.whole(Pickle.dict([("little_endian", Pickle.bool(isLittleEndian))]))),
      ("pickle", Pickle.whole(Pickle.dict([("w", Pickle.text("22") + Pickle.persistent)]))),
      (
        "tensors",
        Pickle.whole(Pickle.int(1)) + Pickle.whole(tensor) + little(2, 4) + little(0, 4)
          + (sizes + [3, 1, 0]).flatMap { little($0, 8) }
      ),
      (
        "storages",
        storages ?? Pickle.whole(Pickle.int(1)) + Pickle.whole(storage) + little(6, 8)
          + little([0, 1, 2, 3, 4, 5]) + Pickle.whole(Pickle.emptyList)
      ),
    ]
  }

  @Test("tensors and storages are read from their members")
  func readsFile() throws {
    let checkpoint = try Checkpoint(name: "model.pt", data: TarTests.archive(TarTests.members()))
    #expect(checkpoint.format == .tar)
    #expect(checkpoint.tensors.map(\.path) == ["w"])
    #expect(checkpoint.tensors[0].shape == [2, 3])
    #expect(try checkpoint.tensors[0].values().scalars == [0, 1, 2, 3, 4, 5])
  }

  static let refusals: [Refusal] = [
    Refusal(
      "no member leads out of the archive", .malformed, "leads out",
      archive([("../../x", [1])] + members())),
    Refusal(
      "a member comes once", .malformed, "as a member before", archive(members() + members())),
    Refusal(
      "other tar archives are named", .notACheckpoint, "look for the model",
      archive([("model.pt", [1])])),
    Refusal(
      "all members are there", .notACheckpoint, "without the member",
      archive(members().dropLast())),
    Refusal(
      "a header has its checksum", .malformed, "wrong checksum",
      archive(members()).replacing(at: 130, with: 0x37)),
    Refusal("the archive is not cut", .truncated, "no end", archive(members()).dropLast(1024)),
    Refusal(
      "numbers of big-endian machines are not read as they are", .unsupported, "big-endian",
      archive(members(isLittleEndian: false))),
    Refusal(
      "a tensor is within its storage", .malformed, "storage of 6 elements",
      archive(members(sizes: [3, 3]))),
    Refusal(
      "a program in any member is refused", .forbidden, "os.system",
      archive(
        members(
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
