public import Foundation
public import Tensors

/// Writes tensors as safetensors.
public struct SafetensorsWriter {
  private var tensors: [(name: String, dtype: String, shape: [Int], bytes: Data)] = []

  /// Makes an empty file.
  public init() {}

  /// Adds a tensor of `Float`.
  public mutating func add(_ name: String, _ tensor: Tensor) {
    append(name, "F32", tensor.shape, tensor.scalars.map(\.bitPattern))
  }

  /// Adds a tensor of `Double`.
  public mutating func add(_ name: String, _ tensor: Tensor64) {
    append(name, "F64", tensor.shape, tensor.scalars.map(\.bitPattern))
  }

  /// Adds a list of integers.
  public mutating func add(_ name: String, integers: [Int]) {
    append(name, "I64", Shape([integers.count]), integers)
  }

  private mutating func append(
    _ name: String, _ dtype: String, _ shape: Shape, _ bits: [some FixedWidthInteger]
  ) {
    var bytes = Data(capacity: bits.count * 8)
    for value in bits {
      var rest = value
      for _ in 0..<value.bitWidth / 8 {
        bytes.append(UInt8(truncatingIfNeeded: rest))
        rest >>= 8
      }
    }
    tensors.append((name, dtype, shape.axes, bytes))
  }

  /// The bytes of the file.
  public var data: Data {
    // Readers want the widest types first, so that all are aligned.
    let ordered = tensors.sorted {
      ($0.dtype.hasSuffix("64") ? 0 : 1, $0.name) < ($1.dtype.hasSuffix("64") ? 0 : 1, $1.name)
    }
    var offset = 0
    var members: [String] = []
    for tensor in ordered {
      let end = offset + tensor.bytes.count
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      members.append(
        "\"\(tensor.name)\":{\"dtype\":\"\(tensor.dtype)\",\"shape\":[\(shape)],"
          + "\"data_offsets\":[\(offset),\(end)]}")
      offset = end
    }
    var header = "{" + members.joined(separator: ",") + "}"
    header += String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
    var data = Data()
    for index in 0..<8 { data.append(UInt8(truncatingIfNeeded: header.utf8.count >> (8 * index))) }
    data += Data(header.utf8)
    for tensor in ordered { data += tensor.bytes }
    return data
  }

  /// Writes the file: completely, or not at all.
  ///
  /// - Throws: ``CheckpointError`` where it cannot be written.
  public func write(to path: String) throws(CheckpointError) {
    do {
      try data.write(to: URL(filePath: path), options: .atomic)
    } catch {
      throw CheckpointError(
        .file, "cannot be written: \((error as NSError).localizedDescription)", file: path)
    }
  }
}
