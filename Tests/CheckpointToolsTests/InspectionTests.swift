import CheckpointTools
import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

/// What is found in a file, before it is laid out.
@Suite("inspecting a file")
struct InspectionTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func inspect(
    _ pickle: [UInt8], _ storages: [String: [UInt8]] = [:], flipping value: Float? = nil
  ) throws -> Inspection {
    let path = folder.path("file.pt")
    var data = ZipBuilder.torch(pickle, storages).data
    if let value {
      let place = try #require(data.firstRange(of: little([value])))
      data[place.lowerBound] ^= 1
    }
    try data.write(to: URL(filePath: path))
    return Inspection(
      of: FilePath(path), depth: TensorInspection.Depth(statistics: true, sha256: true))
  }

  @Test("statistics leave out what is not finite, and count it")
  func statistics() throws {
    let inspection = try inspect(
      Pickle.whole(Pickle.dict([("w", Pickle.tensor([2, 2]))])),
      ["0": little([1, -.infinity, 3, .nan])])
    let row = try #require(try inspection.contents.get().tensors.first)
    #expect(row.statistics?.nonFiniteCount == 2)
    #expect(row.statistics?.smallest == .float(1))
    #expect(row.statistics?.largest == .float(3))
    #expect(row.sha256?.count == 64)
    #expect(inspection.troubles.isEmpty)
  }

  @Test("a damaged tensor does not hide the others, and is trouble")
  func damage() throws {
    let inspection = try inspect(
      Pickle.whole(
        Pickle.dict([("a", Pickle.tensor([1])), ("b", Pickle.tensor(key: "1", [1]))])),
      ["0": little([17.25]), "1": little([2])], flipping: 17.25)
    let rows = try inspection.contents.get().tensors
    #expect(rows.map { $0.damage?.code } == [.checksum, nil])
    #expect(rows.map { $0.sha256 == nil } == [true, false])
    #expect(inspection.troubles.count == 1)
  }

  @Test("a refused file still tells the names in its pickle")
  func refused() throws {
    let inspection = try inspect(
      Pickle.whole(Pickle.call(Pickle.global("os", "system"), [Pickle.text("true")])))
    #expect(inspection.globals.map(\.name) == ["os.system"])
    #expect(inspection.troubles.count == 1)
    guard case .failure(let error) = inspection.contents else {
      Issue.record("the file was not refused")
      return
    }
    #expect(error.code == .forbidden)
  }

  @Test("the summary counts a shared storage once")
  func summary() throws {
    let inspection = try inspect(
      Pickle.whole(
        Pickle.dict([
          ("a", Pickle.tensor([4])), ("b", Pickle.tensor([2], offset: 2, count: 4)),
        ])),
      ["0": little([1, 2, 3, 4])])
    let summary = try inspection.contents.get().summary
    #expect(summary.tensors == 2)
    #expect(summary.elements == 6)
    #expect(summary.bytes == 24)
    #expect(summary.storages == 1)
    #expect(summary.storageBytes == 16)
    #expect(summary.parts.map(\.type) == [.float32])
  }
}
