public import Foundation

/// Writes the containers of PyTorch before version 1.6, so that each part can be a lie.
public enum OlderContainers {
  /// What a legacy file starts with: a large number that no other program writes.
  public static let magic: [UInt8] = [
    0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19,
  ]

  /// The pickles one after the other of PyTorch before 1.6, and its storages with their lengths.
  public static func legacy(
    _ object: [UInt8], keys: [String], storages: [(Int, [UInt8])], version: Int = 1001,
    isLittleEndian: Bool = true
  ) -> Data {
    let machine = Pickle.dict([("little_endian", Pickle.bool(isLittleEndian))])
    let pickles = [
      magic, Pickle.int(version), machine, object, Pickle.list(keys.map { Pickle.text($0) }),
    ]
    return Data(
      pickles.flatMap { Pickle.whole($0) } + storages.flatMap { little($0.0, 8) + $0.1 })
  }

  /// A tar archive, with the checksums of its headers.
  public static func tar(_ members: [(String, [UInt8])]) -> Data {
    var file: [UInt8] = []
    for (name, bytes) in members {
      var header = [UInt8](repeating: 0, count: 512)
      func put(_ text: String, _ place: Int) {
        for (index, byte) in text.utf8.enumerated() { header[place + index] = byte }
      }
      put(String(name.prefix(100)), 0)
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

  /// The members of a tar archive of PyTorch before 0.1.10, with one tensor `w` of six elements.
  public static func tarMembers(
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
}
