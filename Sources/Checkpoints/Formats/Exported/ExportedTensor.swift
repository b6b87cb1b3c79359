import OrderedCollections
import PlainData
import Tensors

/// What the list of an exported program says of one tensor.
struct ExportedTensor {
  /// The record with its bytes.
  let record: String
  let scalarType: ScalarType
  let shape: Shape
  let strides: [Int]
  /// The element that comes first.
  let offset: Int
  let isParameter: Bool
  let requiresGrad: Bool

  /// The number of the byte in which the last element ends, from 0; -1 without elements.
  var lastElement: Int {
    guard shape.count > 0 else { return -1 }
    let reach = zip(shape.axes, strides).reduce(offset) { $0.plus(($1.0 - 1).times($1.1)) }
    return reach.plus(1).times(scalarType.size) - 1
  }

  /// torch's numbers of element types in a serialized program.
  static let types: [Int: ScalarType] = [
    1: .uint8, 2: .int8, 3: .int16, 4: .int32, 5: .int64, 6: .float16, 7: .float32, 8: .float64,
    9: .complex32, 10: .complex64, 11: .complex128, 12: .bool, 13: .bfloat16, 28: .uint16,
    29: .float8E4M3FN, 30: .float8E5M2, 31: .float8E4M3FNUZ, 32: .float8E5M2FNUZ,
  ]

  /// Reads an entry of the list.
  ///
  /// - Throws: ``CheckpointError`` where something is missing or makes no sense.
  init(_ value: PlainValue, name: String) throws(CheckpointError) {
    guard case .object(let members) = value, case .string(let record)? = members["path_name"] else {
      throw CheckpointError(ExportedFinding.noRecordName, entry: name)
    }
    guard members["use_pickle"] != .bool(true) else {
      throw CheckpointError(ExportedFinding.subclass, entry: name)
    }
    guard case .object(let meta)? = members["tensor_meta"], case .int(let type)? = meta["dtype"]
    else {
      throw CheckpointError(ExportedFinding.noMetadata, entry: name)
    }
    guard let scalarType = ExportedTensor.types[type] else {
      throw CheckpointError(ExportedFinding.type(type), entry: name)
    }
    let sizes = ExportedTensor.integers(meta["sizes"])
    let strides = ExportedTensor.integers(meta["strides"])
    let offset = meta["storage_offset"].map(ExportedTensor.integer) ?? 0
    guard let sizes, let strides, let offset, sizes.count == strides.count,
      let shape = Shape(checking: sizes), offset >= 0, strides.allSatisfy({ $0 >= 0 })
    else {
      throw CheckpointError(
        ExportedFinding.numbers(
          sizes: meta["sizes"] ?? .null, strides: meta["strides"] ?? .null,
          offset: meta["storage_offset"] ?? .null), entry: name)
    }
    self.record = record
    self.scalarType = scalarType
    self.shape = shape
    self.strides = strides
    self.offset = offset
    isParameter = members["is_param"] == .bool(true)
    requiresGrad = meta["requires_grad"] == .bool(true)
  }

  private static func integers(_ value: PlainValue?) -> [Int]? {
    guard case .list(let items)? = value else { return nil }
    let numbers = items.compactMap(integer)
    return numbers.count == items.count ? numbers : nil
  }

  /// As in `{"as_int": 8}`.
  private static func integer(_ value: PlainValue) -> Int? {
    guard case .object(let members) = value, case .int(let number)? = members["as_int"] else {
      return nil
    }
    return number
  }
}
