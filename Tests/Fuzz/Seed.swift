import Foundation
import TestSupport

/// A valid file that mutants are made of.
struct Seed {
  /// How its parts are found.
  enum Layout {
    case zip(ZipBuilder)
    case legacy
    case tar([(String, [UInt8])])
    /// A length, a text of so many bytes behind `start`, and the rest.
    case text(start: Int, width: Int)
  }

  let name: String
  let bytes: [UInt8]
  let layout: Layout
  /// An architecture that is to be read with the file.
  var architecture: [UInt8]?

  init(_ name: String, _ bytes: [UInt8], _ layout: Layout, architecture: [UInt8]? = nil) {
    (self.name, self.bytes, self.layout) = (name, bytes, layout)
    self.architecture = architecture
  }
}

extension Seed {
  /// All seeds: the small fixtures, and files of every other kind made here.
  static func all(fixtures: URL) throws -> [Seed] {
    let files = try FileManager.default.contentsOfDirectory(atPath: fixtures.path).sorted()
    var seeds = made
    for file in files
    where ["pt", "pth", "safetensors"].contains(URL(filePath: file).pathExtension) {
      guard !file.hasSuffix(".expect.safetensors") else { continue }
      let url = fixtures.appending(path: file)
      let bytes = [UInt8](try Data(contentsOf: url))
      guard bytes.count <= 16_384 else { continue }
      let beside = url.deletingPathExtension().path + ".arch.json"
      let layout: Layout =
        bytes.starts(with: [0x50, 0x4B])
        ? .zip(ZipBuilder(disassembling: bytes))
        : file.hasSuffix(".safetensors") ? .text(start: 0, width: 8) : .legacy
      seeds.append(
        Seed(
          file, bytes, layout,
          architecture: FileManager.default.contents(atPath: beside).map { [UInt8]($0) }))
    }
    return seeds
  }

  private static let floats = little([0, 1, 2, 3, 4, 5])

  /// Files of the kinds that no fixture has, and tensors of the rarer kinds.
  private static let made: [Seed] = {
    let members = OlderContainers.tarMembers()
    let legacy = OlderContainers.legacy(
      Pickle.dict([
        ("w", Pickle.tensor(key: "11", [2, 3], count: 6, view: Pickle.none)),
        (
          "v",
          Pickle.tensor(
            key: "11", [2], count: 6,
            view: Pickle.tuple([Pickle.text("77"), Pickle.int(4), Pickle.int(2)]))
        ),
      ]), keys: ["11"], storages: [(6, floats)])
    let array = numpy("<f4", "(2, 3)", floats)
    let header = #"{"w":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}"#
    let arrays = ZipBuilder([
      ZipBuilder.Entry("a.npy", array),
      ZipBuilder.Entry("b.npy", numpy(">i2", "(4,)", little(7, 8))),
    ])
    let rare = ZipBuilder.torch(
      Pickle.whole(rareTensors),
      [
        "0": floats, "1": [0, 1, 2].flatMap { little($0, 8) },
        "2": [1, 0].flatMap { little($0, 8) },
      ])
    return [
      Seed("tar", [UInt8](OlderContainers.tar(members)), .tar(members)),
      Seed("legacy", [UInt8](legacy), .legacy),
      Seed("npy", array, .text(start: 8, width: 2)),
      Seed("npz", [UInt8](arrays.data), .zip(arrays)),
      Seed(
        "safetensors", little(header.utf8.count, 8) + header.utf8 + floats,
        .text(start: 0, width: 8)),
      Seed("rare tensors", [UInt8](rare.data), .zip(rare)),
    ]
  }()

  private static func numpy(_ type: String, _ shape: String, _ values: [UInt8]) -> [UInt8] {
    let header = "{'descr': '\(type)', 'fortran_order': False, 'shape': \(shape), }\n"
    return [0x93] + Array("NUMPY".utf8) + [1, 0] + little(header.utf8.count, 2) + header.utf8
      + values
  }

  /// Tensors of the kinds that a state dict of a network seldom has, on one storage of 24 bytes.
  private static let rareTensors: [UInt8] = {
    func rebuild(_ name: String, _ arguments: [[UInt8]]) -> [UInt8] {
      Pickle.call(Pickle.global("torch._utils", name), arguments)
    }
    func view(_ shape: [Int], type: String, _ dtype: String) -> [UInt8] {
      Pickle.untypedTensor(key: "0", shape, type: dtype, byteCount: 24)
    }
    let indices = view([1, 3], type: "UntypedStorage", "int64")
    let values = view([3], type: "UntypedStorage", "float64")
    func compressed(_ layout: String, _ values: [Int], _ size: [Int]) -> [UInt8] {
      rebuild(
        "_rebuild_sparse_tensor",
        [
          Pickle.call(
            Pickle.global("torch.serialization", "_get_layout"), [Pickle.text(layout)]),
          Pickle.tuple([
            Pickle.tensor(key: "1", [3], type: "LongStorage"),
            Pickle.tensor(key: "2", [2], type: "LongStorage"),
            view(values, type: "UntypedStorage", "float32"), Pickle.ints(size),
          ]),
        ])
    }
    let quantized = [
      Pickle.storage(key: "0", 24, type: "UntypedStorage", module: "torch.storage")
    ]
    let layout = Pickle.call(
      Pickle.global("torch.serialization", "_get_layout"), [Pickle.text("torch.sparse_coo")])
    return Pickle.dict([
      ("rows", compressed("torch.sparse_csr", [2], [2, 2])),
      ("columns", compressed("torch.sparse_csc", [2, 3], [2, 2, 3])),
      ("blocks", compressed("torch.sparse_bsr", [2, 1, 3], [2, 6])),
      ("half", view([12], type: "UntypedStorage", "float16")),
      ("small", view([24], type: "UntypedStorage", "float8_e4m3fn")),
      ("complex", view([3], type: "UntypedStorage", "complex64")),
      ("unsigned", view([12], type: "UntypedStorage", "uint16")),
      (
        "sparse",
        rebuild(
          "_rebuild_sparse_tensor",
          [layout, Pickle.tuple([indices, values, Pickle.ints([9]), Pickle.bool(true)])])
      ),
      (
        "parameter", rebuild("_rebuild_parameter", [values, Pickle.bool(true), Pickle.orderedDict])
      ),
      (
        "quantized",
        rebuild(
          "_rebuild_qtensor",
          quantized + [
            Pickle.int(0), Pickle.ints([4]), Pickle.ints([1]),
            Pickle.tuple([
              Pickle.global("torch", "per_tensor_affine"), Pickle.float(0.5), Pickle.int(3),
            ]), Pickle.bool(false), Pickle.orderedDict,
          ])
      ),
      ("nested", rebuild("_rebuild_nested_tensor", [values, indices, indices, indices])),
    ])
  }()
}

extension ZipBuilder {
  /// The entries of an archive that is right; stored ones only.
  init(disassembling file: [UInt8]) {
    func number(_ place: Int, _ width: Int) -> Int {
      file[place..<place + width].reversed().reduce(0) { $0 << 8 | Int($1) }
    }
    var entries: [Entry] = []
    let end = file.count - 22
    var place = number(end + 16, 4)
    while place < end, number(place, 4) == 0x0201_4B50 {
      let nameLength = number(place + 28, 2)
      let name = String(decoding: file[place + 46..<place + 46 + nameLength], as: UTF8.self)
      let header = number(place + 42, 4)
      let payload = header + 30 + number(header + 26, 2) + number(header + 28, 2)
      entries.append(Entry(name, [UInt8](file[payload..<payload + number(place + 24, 4)])))
      place += 46 + nameLength + number(place + 30, 2) + number(place + 32, 2)
    }
    self.init(entries)
  }
}
