import Tensors

/// Which storages a file of tensors needs, and which part of which each tensor is.
///
/// Tensors that share a storage where they come from share one in the file, with their strides. Of a
/// storage only the bytes from the first to the last that a tensor needs are written:
///
///     a  elements 100..<106 of a storage of 1000    storage "0", 6 elements, a at 0, b at 2
///     b  elements 102..<104 of the same one
struct StorageLayout {
  /// One storage of the file.
  struct Record {
    /// Where the bytes come from.
    enum Content {
      /// A range of the bytes of a storage, cast or not.
      case part(Storage, Range<Int>, from: ScalarType, to: ScalarType)
      /// The elements of one tensor, in row-major order.
      case whole(TensorSource)
    }

    let content: Content
    let byteCount: Int
  }

  /// What a tensor is of its storage, in elements.
  struct View: Hashable {
    let record: Int
    let offset: Int
    let strides: [Int]
    /// Marks to be kept, where the stored numbers are the negative or conjugate ones.
    var signs = StoredTensor.Signs()
  }

  private(set) var records: [Record] = []

  /// One view for each tensor.
  private(set) var views: [View] = []

  /// The tensors that shared their storage with others, and cannot any more.
  private(set) var separated: [Int] = []

  /// Lays out tensors in their order.
  init(_ tensors: [TensorSource]) {
    var groups: [ObjectIdentifier: [Int]] = [:]
    for (index, tensor) in tensors.enumerated() {
      if let (storage, _) = tensor.view {
        groups[ObjectIdentifier(storage), default: []].append(index)
      }
    }
    let shared = groups.mapValues { group in
      StorageLayout.canShare(group.map { tensors[$0] })
    }
    var known: [ObjectIdentifier: (record: Int, start: Int)] = [:]
    for (index, tensor) in tensors.enumerated() {
      guard let (storage, signs) = tensor.view, let stored = tensor.stored else {
        addWhole(tensor)
        continue
      }
      let group = groups[ObjectIdentifier(storage)] ?? []
      guard shared[ObjectIdentifier(storage)] ?? false else {
        if group.count > 1 { separated.append(index) }
        addWhole(tensor)
        continue
      }
      let place =
        known[ObjectIdentifier(storage)]
        ?? addPart(of: storage, for: group.map { tensors[$0] }, as: tensor)
      known[ObjectIdentifier(storage)] = place
      let isEmpty = tensor.shape.count == 0
      views.append(
        View(
          record: place.record,
          offset: isEmpty ? 0 : stored.elementOffset - place.start / stored.scalarType.size,
          strides: stored.strides, signs: signs))
    }
  }

  private mutating func addWhole(_ tensor: TensorSource) {
    views.append(View(record: records.count, offset: 0, strides: tensor.shape.strides))
    records.append(
      Record(
        content: .whole(tensor), byteCount: tensor.shape.count * tensor.scalarType.size))
  }

  /// Adds what a group of tensors needs of a storage.
  private mutating func addPart(
    of storage: Storage, for group: [TensorSource], as tensor: TensorSource
  ) -> (record: Int, start: Int) {
    let ranges = group.compactMap { $0.stored?.byteRange }
    // The widest element is of 16 bytes; so the start is between elements of any type.
    let start = (ranges.map(\.lowerBound).min() ?? 0) / 16 * 16
    let end = ranges.map(\.upperBound).max() ?? start
    let from = tensor.stored?.scalarType ?? tensor.scalarType
    records.append(
      Record(
        content: .part(storage, start..<end, from: from, to: tensor.scalarType),
        byteCount: from == tensor.scalarType
          ? end - start : (end - start) / from.size * tensor.scalarType.size))
    return (records.count - 1, start)
  }

  /// Whether one run of bytes can stay the storage of all tensors that it is the storage of.
  ///
  /// It cannot where elements of one width are cast or swapped, and those of another are not.
  private static func canShare(_ group: [TensorSource]) -> Bool {
    let types = Set(group.compactMap { $0.stored?.scalarType })
    let isBigEndian = group.first?.view?.storage.isBigEndian ?? false
    if isBigEndian, Set(types.map(\.componentSize)).count > 1 { return false }
    return types.count == 1 || group.allSatisfy { $0.stored?.scalarType == $0.scalarType }
  }
}

extension TensorSource {
  /// The storage that the tensor is a view of, if it is one.
  fileprivate var view: (storage: Storage, signs: StoredTensor.Signs)? {
    if case .strided(let storage, let signs) = stored?.contents { (storage, signs) } else { nil }
  }
}
