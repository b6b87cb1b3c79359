/// What is wrong with a file that torch.save wrote before 1.6.
enum LegacyFinding: CheckpointFinding {
  // MARK: - Pickles one behind the other

  /// Another number than the magic one; what was found.
  case magic(String)
  /// A version of the format; what was found.
  case version(String)
  /// Nothing that says whether numbers are little-endian.
  case noByteOrder
  /// Numbers of a big-endian machine.
  case bigEndian
  /// Storage keys that are not a list of texts.
  case keys
  /// A storage that is not in the list of keys.
  case unlisted(key: String)
  /// A key of a storage that no tensor is on.
  case unused
  /// A key that is twice in the list.
  case repeatedKey
  /// A storage of another number of elements than the object says.
  case elements(Int64, expected: Int)
  /// Bytes behind the last storage.
  case behindStorages(Int)

  // MARK: - Tar archives

  /// A tar archive without this member.
  case noMember(String)
  /// A member that PyTorch does not write.
  case otherMember
  /// Bytes behind the end of a member.
  case behindMember(Int)
  /// A member that does not start with the number of its parts.
  case noCount
  /// What is not the head of a storage.
  case storageHead
  /// A storage of so many elements.
  case storageLength(Int)
  /// Two storages of one key.
  case repeatedStorage(key: String)
  /// A view that is not part of a storage.
  case view
  /// What is not the head of a tensor.
  case tensorHead
  /// A tensor of so many axes.
  case rank(Int)
  /// A tensor that is not within its storage.
  case tensor(axes: [Int], strides: [Int], offset: Int, elements: Int)

  var code: CheckpointError.Code {
    switch self {
    case .magic, .noMember, .otherMember: .notACheckpoint
    case .version, .bigEndian: .unsupported
    case .noByteOrder, .keys, .unlisted, .unused, .repeatedKey, .elements, .behindStorages,
      .behindMember, .noCount, .storageHead, .storageLength, .repeatedStorage, .view, .tensorHead,
      .rank, .tensor:
      .malformed
    }
  }
}
