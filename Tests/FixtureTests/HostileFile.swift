import Foundation
import PlainData

/// A safetensors file of zeros, as a stranger could send it.
enum HostileFile {
  /// Writes float32 tensors by their names and shapes, and notes.
  static func write(
    _ tensors: [(name: String, shape: [Int])], metadata: [(String, String)] = [],
    to path: String
  ) throws {
    var members: [(key: String, value: PlainValue)] = []
    if !metadata.isEmpty {
      members.append(("__metadata__", .members(metadata.map { ($0.0, .string($0.1)) })))
    }
    var end = 0
    for (name, shape) in tensors {
      let start = end
      end += 4 * shape.reduce(1, *)
      members.append(
        (
          name,
          .members(
            ("dtype", .string("F32")), ("shape", .integers(shape)),
            ("data_offsets", .integers([start, end])))
        ))
    }
    let header = Data(PlainValue.json(ofMembers: members, .compact).utf8)
    var file = Data((0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) })
    file += header + Data(count: end)
    try file.write(to: URL(filePath: path))
  }
}
