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
    /// Bytes whose parts are not found.
    case unknown

    /// Looks for the parts of any bytes.
    init(of bytes: [UInt8]) {
      if bytes.starts(with: [0x50, 0x4B, 3, 4]) {
        self = ZipBuilder(disassembling: bytes).map { .zip($0) } ?? .unknown
      } else if bytes.starts(with: [0x93] + "NUMPY".utf8), bytes.count > 7 {
        self = .text(start: 8, width: bytes[6] == 1 ? 2 : 4)
      } else if bytes.first == 0x80 {
        self = .legacy
      } else if bytes.dropFirst(257).starts(with: "ustar".utf8) {
        self = .tar(Layout.members(bytes))
      } else if bytes.count > 8, bytes[8] == UInt8(ascii: "{") {
        self = .text(start: 0, width: 8)
      } else {
        self = .unknown
      }
    }

    /// The files of a tar archive, as far as it can be read.
    private static func members(_ bytes: [UInt8]) -> [(String, [UInt8])] {
      var members: [(String, [UInt8])] = []
      var rest = bytes[...]
      while rest.count > 512, rest.first != 0 {
        let name = String(decoding: rest.prefix(100).prefix { $0 != 0 }, as: UTF8.self)
        let digits = rest.dropFirst(124).prefix(11).filter { (48...55).contains($0) }
        let size = digits.reduce(0) { $0 << 3 | Int($1 - 48) }
        rest = rest.dropFirst(512)
        members.append((name, Array(rest.prefix(size))))
        rest = rest.dropFirst(size + (512 - size % 512) % 512)
      }
      return members
    }
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

  /// Takes an input of any bytes.
  init(_ input: Input) {
    self.init(
      "an input", input.bytes, Layout(of: input.bytes), architecture: input.architecture)
  }
}

extension Seed {
  /// Takes a file that asks for much.
  init(_ growth: Growth) {
    self.init(
      growth.kind.rawValue, growth.bytes, Layout(of: growth.bytes),
      architecture: growth.architecture)
  }

  /// All seeds: the small fixtures, and files of every other kind made here.
  static func all(fixtures: URL) throws -> [Seed] {
    let files = try FileManager.default.subpathsOfDirectory(atPath: fixtures.path).sorted()
    var seeds = made
    for file in files
    where ["pt", "pth", "pt2", "safetensors"].contains(URL(filePath: file).pathExtension) {
      guard !file.hasSuffix(".expect.safetensors"), !file.hasPrefix("bad/") else { continue }
      let url = fixtures.appending(path: file)
      let bytes = [UInt8](try Data(contentsOf: url))
      guard bytes.count <= (file.hasSuffix(".pt2") ? 40_960 : 20_480) else { continue }
      let beside = url.deletingPathExtension().path + ".arch.json"
      let layout = Layout(of: bytes)
      if case .unknown = layout { preconditionFailure("\(file) is not taken apart") }
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
    var wide = ZipBuilder.torch(
      Pickle.whole(Pickle.dict([("w", Pickle.tensor([2, 3]))])), ["0": floats])
    for index in wide.entries.indices { wide.entries[index].isWide = true }
    wide.entries[0].hasDescriptor = false
    wide.hasWideEnd = true
    // A persistent value that is not a storage is refused.
    let values = RandomPickle.older.filter { $0.first != UInt8(ascii: "P") }
    let old = ZipBuilder.torch(
      Pickle.whole(Pickle.tuple(values.map { $0 + Pickle.none + [0x30] })))
    return [
      Seed("tar", [UInt8](OlderContainers.tar(members)), .tar(members)),
      Seed("legacy", [UInt8](legacy), .legacy),
      Seed("npy", array, .text(start: 8, width: 2)),
      Seed("npz", [UInt8](arrays.data), .zip(arrays)),
      Seed("zip64", [UInt8](wide.data), .zip(wide)),
      Seed("old pickle", [UInt8](old.data), .zip(old)),
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
  /// The entries of an archive as this type writes them; nil where it is another one.
  init?(disassembling file: [UInt8]) {
    func number(_ place: Int, _ width: Int) -> Int? {
      guard (0...file.count).contains(place), place <= file.count - width else { return nil }
      let number = file[place..<place + width].reversed().reduce(0) { $0 << 8 | Int($1) }
      return number < 0 ? nil : number
    }
    func part(_ start: Int, _ count: Int) -> [UInt8]? {
      guard (0...file.count).contains(start), count <= file.count - start else { return nil }
      return Array(file[start..<start + count])
    }
    var entries: [Entry] = []
    let end = file.count - 22
    guard var place = number(end + 16, 4) else { return nil }
    // torch writes the end in 64 bits as well, of any archive.
    if place == 0xFFFF_FFFF {
      guard let wide = number(end - 76 + 48, 8) else { return nil }
      place = wide
    }
    while place >= 0, place < end, number(place, 4) == 0x0201_4B50 {
      guard let flags = number(place + 8, 2), let method = number(place + 10, 2),
        let narrowSize = number(place + 20, 4), let nameLength = number(place + 28, 2),
        let extra = number(place + 30, 2), let comment = number(place + 32, 2),
        let narrowPlace = number(place + 42, 4), let name = part(place + 46, nameLength),
        case let isWide = narrowSize == 0xFFFF_FFFF,
        let storedSize = isWide ? number(place + 58 + nameLength, 8) : narrowSize,
        let header = isWide ? number(place + 66 + nameLength, 8) : narrowPlace,
        header < file.count,
        let localName = number(header + 26, 2), let localExtra = number(header + 28, 2),
        let payload = part(header + 30 + localName + localExtra, storedSize),
        let bytes = method == 0 ? payload : ZipBuilder.undeflated(payload)
      else { return nil }
      var entry = Entry(String(decoding: name, as: UTF8.self), bytes)
      entry.isDeflated = method != 0
      entry.isWide = isWide
      entry.hasDescriptor = flags & 8 != 0
      entry.flags = UInt16(flags & ~8)
      entries.append(entry)
      place += 46 + nameLength + extra + comment
    }
    guard place == end || place == end - 76, !entries.isEmpty else { return nil }
    self.init(entries)
    hasWideEnd = place < end
  }

  /// What blocks of deflate hold that compress nothing; nil where they do.
  private static func undeflated(_ payload: [UInt8]) -> [UInt8]? {
    var bytes: [UInt8] = []
    var rest = payload[...]
    while rest.count >= 5, rest.first == 0 || rest.first == 1 {
      let isLast = rest.first == 1
      let count = Int(rest[rest.startIndex + 1]) | Int(rest[rest.startIndex + 2]) << 8
      rest = rest.dropFirst(5)
      guard count <= rest.count else { return nil }
      bytes += rest.prefix(count)
      rest = rest.dropFirst(count)
      if isLast { return rest.isEmpty ? bytes : nil }
    }
    return nil
  }
}
