import Foundation
import Tensors
import TestSupport
import Testing

@testable import Checkpoints

@Suite("Checksums")
struct ChecksumTests {
  @Test("the checksum is that of zip", arguments: [Checksum.fast, .portable])
  func knownValue(_ checksum: Checksum) {
    #expect(checksum.sum(Data("123456789".utf8).span) == 0xCBF4_3926)
    #expect(checksum.sum(Data().span) == 0)
    #expect(checksum.sum(Data().span, after: 7) == 7)
  }

  @Test("both ways to compute it agree, whatever the length and the place in memory")
  func bothAgree() {
    var random = SeededRandom(11)
    let bytes = Data((0..<70_000).map { _ in UInt8.random(in: .min ... .max, using: &random) })
    for length in Array(0..<300) + [511, 512, 1023, 4096, 65_536, 65_537] {
      let start = Int.random(in: 0...(bytes.count - length), using: &random)
      let part = bytes[start..<start + length].span
      let before = UInt32.random(in: .min ... .max, using: &random)
      #expect(
        Checksum.fast.sum(part, after: before) == Checksum.portable.sum(part, after: before),
        "\(length) bytes at \(start)")
    }
  }

  @Test("the checksum of parts, one after the other, is that of the whole")
  func continues() {
    let bytes = Data((0..<1000).map { UInt8(truncatingIfNeeded: $0 * 7) })
    for cut in [0, 1, 127, 128, 500, 999, 1000] {
      let first = crc32(of: bytes.prefix(cut).span)
      #expect(crc32(of: bytes.dropFirst(cut).span, after: first) == crc32(of: bytes.span))
    }
  }
}

@Suite("Tensors that are read from a file")
final class FileReadingTests {
  private let file = FileManager.default.temporaryDirectory
    .appending(path: "coverify-\(UUID().uuidString).pt")

  deinit { try? FileManager.default.removeItem(at: file) }

  private func open(_ data: Data, limits: Limits = .standard) throws -> Checkpoint {
    try data.write(to: file)
    return try Checkpoint(contentsOf: file.path, limits: limits)
  }

  /// A storage of 300 kB, more than one piece: single precision, half, bytes, and views of it.
  private static let pickle: [UInt8] = {
    func view(_ shape: [Int], _ type: String) -> [UInt8] {
      Pickle.untypedTensor(key: "0", shape, type: type, byteCount: 300_000)
    }
    return Pickle.whole(
      Pickle.dict([
        ("float", view([250, 300], "float32")), ("double", view([37_500], "float64")),
        ("half", view([150_000], "float16")), ("brain", view([150_000], "bfloat16")),
        ("integers", view([2, 75_000], "int16")), ("bytes", view([300_000], "uint8")),
        ("part", view([20_000], "float32")), ("complex", view([37_500], "complex64")),
        ("none", view([0], "float32")),
      ]))
  }()

  private static let bytes: [UInt8] = {
    var random = SeededRandom(3)
    // No pattern is a NaN, so that values can be compared.
    return (0..<300_000).map { _ in UInt8.random(in: 0...0x77, using: &random) }
  }()

  @Test("a file and the same bytes in memory have the same tensors", arguments: [false, true])
  func sameAsInMemory(_ isDeflated: Bool) throws {
    var archive = ZipBuilder.torch(Self.pickle, ["0": Self.bytes])
    archive["archive/data/0"].isDeflated = isDeflated
    let read = try open(archive.data)
    let held = try Checkpoint(name: "held.pt", data: archive.data)
    #expect(read.tensors.map(\.path) == held.tensors.map(\.path))
    for (one, other) in zip(read.tensors, held.tensors) {
      #expect(try one.littleEndianBytes() == other.littleEndianBytes(), "\(one.path)")
      guard !one.scalarType.isComplex else { continue }
      #expect(try one.values() == other.values(), "\(one.path)")
      #expect(try one.wideValues() == other.wideValues(), "\(one.path)")
    }
    let several = StoredTensor.values(of: read.tensors.filter { !$0.scalarType.isComplex })
    #expect(several.count == 8)
    #expect(try several.map { try $0.get() }.first == held.tensors.first?.values())
  }

  @Test("the files of all formats have the same tensors as their bytes in memory")
  func allFormats() throws {
    let tensor = Pickle.tensor(key: "11", [2, 3], count: 6, view: Pickle.none)
    let floats = little([0, 1, 2, 3, 4, 5])
    let source = TensorSource(Tensor([2, 3], [0, 1, 2, 3, 4, 5]))
    let safetensors = try SafetensorsFile.data(of: [("w", source)])
    let formats = [
      OlderContainers.legacy(
        Pickle.dict([("w", tensor)]), keys: ["11"], storages: [(6, floats)]),
      OlderContainers.tar(OlderContainers.tarMembers()), safetensors,
      Data(NumpyFileTests.file()),
    ]
    for data in formats {
      let checkpoint = try open(data)
      #expect(try checkpoint.tensors.map { try $0.values().scalars } == [[0, 1, 2, 3, 4, 5]])
    }
  }

  @Test("a damaged byte is found in whichever way a tensor is read")
  func checksum() throws {
    var data = ZipBuilder.torch(Self.pickle, ["0": Self.bytes]).data
    let place = try #require(data.range(of: Data(Self.bytes.prefix(64)))).lowerBound
    data[place + 123_456] ^= 1
    for tensor in try open(data).tensors where tensor.shape.count > 0 {
      let ways: [() throws -> Void] = [
        { _ = try tensor.littleEndianBytes() }, { _ = try tensor.wideValues() },
        { _ = try tensor.values() },
      ]
      for read in tensor.scalarType.isComplex ? Array(ways.prefix(1)) : ways {
        let error = #expect(throws: CheckpointError.self) { try read() }
        #expect(error?.code == .checksum, "\(tensor.path)")
        #expect(error?.entry == "archive/data/0")
        #expect(error?.file == file.lastPathComponent)
      }
    }
  }

  @Test("headers further apart than what is read at once, and longer than that, are read")
  func headers() throws {
    var archive = ZipBuilder.torch(
      Pickle.whole(Pickle.dict([("w", Pickle.tensor([75_000]))])), ["0": Self.bytes])
    archive["archive/" + String(repeating: "n", count: 1000)].bytes = [1]
    archive["archive/data/0"].hasDescriptor = false
    #expect(try open(archive.data).tensors.count == 1)
    archive.comment = [UInt8](repeating: 0x20, count: 65_535)
    #expect(try open(archive.data).tensors.count == 1)
  }

  @Test("a folder, a file that is not there, a pipe and a device are errors, without waiting")
  func notAFile() throws {
    let folder = try TemporaryFolder()
    let pipe = folder.path("pipe.pt")
    // The text is kept, and ends with a zero, while the function runs.
    let status = unsafe mkfifo(pipe, 0o600)
    #expect(status == 0)
    let expected = [
      (folder.path(""), "is a folder"), (folder.path("no such file.pt"), "cannot be read"),
      (pipe, "is a pipe or a device"), ("/dev/zero", "is a pipe or a device"),
    ]
    for (path, reason) in expected {
      let error = #expect(throws: CheckpointError.self) { try Checkpoint(contentsOf: path) }
      #expect(error?.code == .file)
      #expect(error?.file == path)
      #expect(error?.message.contains(reason) ?? false, "\(path): \(error?.message ?? "")")
    }
  }

  @Test("of a large storage, the few numbers that a view has are read, whatever their order")
  func sparseViews() throws {
    // 40 MB, so that views from end to end are not read at once; holes cost no space.
    let count = 10 << 20
    func view(_ shape: [Int], _ strides: [Int], _ offset: Int) -> [UInt8] {
      Pickle.call(
        Pickle.global("torch._utils", "_rebuild_tensor_v2"),
        [
          Pickle.storage(key: "0", count), Pickle.int(offset), Pickle.ints(shape),
          Pickle.ints(strides), Pickle.bool(false), Pickle.orderedDict,
        ])
    }
    let pickle = Pickle.whole(
      Pickle.dict([
        ("rows", view([2, 3], [10_000_000, 5], 7)),
        ("columns", view([3, 2], [5, 10_000_000], 7)),
        ("across", view([3, 3], [2_500_000, 2_499_999], 10)),
        ("repeated", view([2, 2, 2], [10_000_000, 0, 1], 0)),
      ]))
    var bytes = [UInt8](repeating: 0, count: 4 * count)
    let places = [
      0, 1, 7, 10, 12, 17, 2_500_009, 2_500_010, 5_000_008, 5_000_009, 5_000_010, 7_500_008,
      7_500_009, 10_000_000, 10_000_001, 10_000_007, 10_000_008, 10_000_012, 10_000_017,
    ]
    for place in places {
      bytes.replaceSubrange(4 * place..<4 * place + 4, with: little([Float(place)]))
    }
    var archive = ZipBuilder.torch(pickle, ["0": bytes])
    archive["archive/data/0"].crc = 0
    let values = try open(archive.data).tensors.map { try $0.values().scalars }
    let rows: [Float] = [7, 12, 17, 10_000_007, 10_000_012, 10_000_017]
    #expect(values[0] == rows)
    #expect(values[1] == [0, 3, 1, 4, 2, 5].map { rows[$0] })
    #expect(
      values[2] == [
        10, 2_500_009, 5_000_008, 2_500_010, 5_000_009, 7_500_008, 5_000_010, 7_500_009, 10_000_008,
      ])
    #expect(values[3] == [0, 1, 0, 1, 10_000_000, 10_000_001, 10_000_000, 10_000_001])
  }
}
