import Foundation
import PlainData
package import Tensors

/// The header of a safetensors file: names, types, shapes and places.
///
/// Tensors are named in the order in which they are given. Their bytes are in the order of the width
/// of their elements, the widest first, so that all elements are aligned: other readers map the file
/// and need that.
struct SafetensorsHeader {
  /// One tensor.
  struct Entry {
    let name: String
    let dtype: String
    let width: Int
    /// The numbers along each axis, as the header has them.
    let shape: [Int]
    let byteCount: Int

    /// - Precondition: elements of two numbers lie along an axis.
    init(name: String, dtype: String, width: Int, shape: [Int]) {
      (self.name, self.dtype, self.width) = (name, dtype, width)
      byteCount = shape.reduce(width, *)
      let isPair = dtype == ScalarType.float4E2M1FNX2.safetensorsName
      self.shape = isPair ? shape.dropLast() + [2 * (shape.last ?? 0)] : shape
    }
  }

  /// The eight bytes of length, and the header.
  let bytes: Data

  /// The tensors in the order of their bytes.
  let order: [Int]

  /// - Parameters:
  ///   - entries: the tensors.
  ///   - metadata: texts by name.
  init(_ entries: [Entry], metadata: [String: String]) {
    order = entries.indices.sorted { left, right in
      (entries[right].width, left) < (entries[left].width, right)
    }
    var places = [(start: Int, end: Int)](repeating: (0, 0), count: entries.count)
    var offset = 0
    for index in order {
      let start = offset
      offset += entries[index].byteCount
      places[index] = (start, offset)
    }
    var members: [(key: String, value: PlainValue)] = []
    if !metadata.isEmpty {
      let notes = metadata.sorted { $0.key < $1.key }
        .map { (name: $0.key, value: Optional(PlainValue.string($0.value))) }
      members.append(("__metadata__", .members(notes)))
    }
    for (entry, place) in zip(entries, places) {
      members.append(
        (
          entry.name,
          .members(
            ("dtype", .string(entry.dtype)), ("shape", .integers(entry.shape)),
            ("data_offsets", .integers([place.start, place.end])))
        ))
    }
    // Names that differ only in how an accent is written are two names here, and one in an object.
    var header = Array(PlainValue.json(ofMembers: members, .compact).utf8)
    header += [UInt8](repeating: 0x20, count: (8 - header.count % 8) % 8)
    var length: [UInt8] = []
    length.append(header.count, 8)
    bytes = Data(length + header)
  }
}

extension ScalarType {
  /// What safetensors calls the type; nil for a type that it does not have.
  package var safetensorsName: String? {
    SafetensorsReader.types.first { $0.value == self }?.key
  }

  /// What safetensors calls the type of a tensor of some rank; nil where it has no such tensors.
  ///
  /// It counts numbers of four bits one by one, which needs an axis to count them along.
  func safetensorsName(rank: Int) -> String? {
    self == .float4E2M1FNX2 && rank == 0 ? nil : safetensorsName
  }
}
