extension LegacyFinding {
  var text: String {
    switch self {
    case .magic(let found): "is \(found), not the magic number of PyTorch"
    case .version(let found): "is \(found), expected 1001"
    case .noByteOrder: "does not say whether numbers are little-endian"
    case .bigEndian:
      "says that the file comes from a big-endian machine; load it there, and save it with PyTorch "
        + "1.6 or later"
    case .keys: "is not a list of texts"
    case .unlisted(let key): "names storage \(key), which is not in the list of keys"
    case .unused: "is in the list of keys, and no tensor is on it"
    case .repeatedKey: "is twice in the list of keys"
    case .elements(let found, let expected):
      "has \(found) elements, and the object says \(expected)"
    case .behindStorages(let count):
      "\(count) bytes follow the last storage, expected none"

    case .noMember(let name):
      "is a tar archive without the member \(name), so PyTorch did not write it; extract it, and "
        + "look for the model in it"
    case .otherMember:
      "is a tar archive with a member that PyTorch does not write; extract it, and look for the "
        + "model in it"
    case .behindMember(let count): "\(count) bytes follow the end"
    case .noCount: "does not start with their number"
    case .storageHead: "is not (key, location, class of the storage)"
    case .storageLength(let length): "has \(length) elements"
    case .repeatedStorage(let key): "has storage \(key) twice"
    case .view: "has a view that is not part of a storage"
    case .tensorHead: "is not (key, key of a storage, class)"
    case .rank(let rank): "has \(rank) axes"
    case .tensor(let axes, let strides, let offset, let elements):
      "has a tensor of size \(axes), strides \(strides) and offset \(offset) on a storage of "
        + "\(elements) elements"
    }
  }

  var advice: String? {
    if case .behindStorages = self { CheckpointError.appended } else { nil }
  }
}
