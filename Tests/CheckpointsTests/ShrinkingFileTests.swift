import Foundation
import Tensors
import TestSupport
import Testing

@testable import Checkpoints

/// A file of some format, with one storage of 300 kB behind everything that is read when it is opened.
struct ShrinkingFile: CustomTestStringConvertible {
  let testDescription: String
  let data: Data

  private init(_ description: String, _ data: Data) {
    (testDescription, self.data) = (description, data)
  }

  private static let count = 75_000
  private static let bytes: [UInt8] = (0..<4 * count).map { UInt8(truncatingIfNeeded: $0 / 7) }

  /// A zip archive of `torch.save` in which a view has `strides`.
  private static func zip(deflated: Bool = false, big: Bool = false, _ strides: Int = 1) -> Data {
    let view = Pickle.call(
      Pickle.global("torch._utils", "_rebuild_tensor_v2"),
      [
        Pickle.storage(key: "0", count), Pickle.int(0), Pickle.ints([count / strides]),
        Pickle.ints([strides]), Pickle.bool(false), Pickle.orderedDict,
      ])
    var archive = ZipBuilder.torch(Pickle.whole(Pickle.dict([("w", view)])), ["0": bytes])
    if big { archive["archive/byteorder"].bytes = Array("big".utf8) }
    archive["archive/data/0"].isDeflated = deflated
    return archive.data
  }

  private static func npz(deflated: Bool) -> Data {
    var archive = ZipBuilder([
      .init("a.npy", NumpyFileTests.file("<f4", "False", "(\(count),)", bytes))
    ])
    archive["a.npy"].isDeflated = deflated
    return archive.data
  }

  private static var tar: Data {
    let storage = Pickle.tuple([
      Pickle.int(11), Pickle.text("cpu"), Pickle.global("torch", "FloatStorage"),
    ])
    let storages: [UInt8] =
      Pickle.whole(Pickle.int(1)) + Pickle.whole(storage) + little(count, 8) + bytes
      + Pickle.whole(Pickle.emptyList)
    return OlderContainers.tar(
      OlderContainers.tarMembers(storages: storages, sizes: [count / 3, 3]))
  }

  private static var safetensors: Data {
    let header = #"{"w":{"dtype":"F32","shape":[\#(count)],"data_offsets":[0,\#(4 * count)]}}"#
    return Data(little(header.utf8.count, 8) + Array(header.utf8) + bytes)
  }

  static let all = [
    ShrinkingFile("zip", zip()), ShrinkingFile("zip, compressed", zip(deflated: true)),
    ShrinkingFile("zip, big-endian", zip(big: true)), ShrinkingFile("zip, every third", zip(3)),
    ShrinkingFile(
      "legacy",
      OlderContainers.legacy(
        Pickle.dict([("w", Pickle.tensor(key: "11", [count], count: count, view: Pickle.none))]),
        keys: ["11"], storages: [(count, bytes)])),
    ShrinkingFile("tar", tar), ShrinkingFile("safetensors", safetensors),
    ShrinkingFile("npy", Data(NumpyFileTests.file("<f4", "False", "(\(count),)", bytes))),
    ShrinkingFile(
      "npy, big-endian", Data(NumpyFileTests.file(">f4", "False", "(\(count),)", bytes))),
    ShrinkingFile(
      "npy, by columns",
      Data(NumpyFileTests.file("<f4", "True", "(5, \(count / 5))", bytes))),
    ShrinkingFile("npz", npz(deflated: false)),
    ShrinkingFile("npz, compressed", npz(deflated: true)),
  ]
}

@Suite("Files that get shorter while they are read")
struct ShrinkingFileTests {
  @Test(
    "a tensor whose bytes are gone is an error, in whichever way it is read",
    arguments: ShrinkingFile.all, [0, 1, 2])
  func afterOpening(_ file: ShrinkingFile, _ way: Int) throws {
    let folder = try TemporaryFolder()
    let path = folder.path("model.pt")
    try file.data.write(to: URL(filePath: path))
    let tensor = try #require(try Checkpoint(contentsOf: path).tensors.first)
    let handle = try FileHandle(forWritingTo: URL(filePath: path))
    // Some of the elements, and then not even the first page.
    for length in [file.data.count / 2, 10] {
      try handle.truncate(atOffset: UInt64(length))
      let error = #expect(throws: CheckpointError.self) {
        switch way {
        case 0: _ = try tensor.values()
        case 1: _ = try tensor.wideValues()
        default: _ = try tensor.littleEndianBytes()
        }
      }
      #expect(error?.code == .file)
      #expect(error?.file == "model.pt")
      #expect(error?.message.contains("was longer when it was opened") ?? false)
    }
  }

  @Test("headers and pickles that are gone are an error", arguments: ShrinkingFile.all)
  func whileOpening(_ file: ShrinkingFile) throws {
    let folder = try TemporaryFolder()
    let path = folder.path("model.pt")
    try file.data.write(to: URL(filePath: path))
    let contents = FileContents(try OpenFile(FilePath(path)))
    let handle = try FileHandle(forWritingTo: URL(filePath: path))
    var ends: Set<Int> = []
    for length in [file.data.count - 1, file.data.count / 2, 600, 200, 20, 0] {
      try handle.truncate(atOffset: UInt64(length))
      #expect(contents.count == file.data.count)
      do throws(CheckpointError) {
        _ = try Checkpoint("model.pt", contents, .standard)
      } catch {
        #expect(error.code == .file)
        ends.insert(length)
      }
    }
    // With the last bytes alone gone, what is read on opening may still be there.
    #expect(ends.isSuperset(of: [20, 0]))
  }
}
