/// What files start with, by which their kind is told.
enum Magic {
  /// A local header of a zip archive.
  static let zip: [UInt8] = [0x50, 0x4B, 3, 4]

  static let numpy: [UInt8] = [0x93] + "NUMPY".utf8

  /// The number that legacy files of PyTorch start with, in two's complement, the lowest byte first.
  static let legacy: [UInt8] = [0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]

  /// The members of a tar archive of PyTorch, one of which comes first.
  static let tarMembers: Set = ["sys_info", "pickle", "storages", "tensors"]
}
