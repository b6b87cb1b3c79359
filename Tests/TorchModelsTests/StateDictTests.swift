import Checkpoints
import Foundation
import OrderedCollections
import Testing

@testable import TorchModels

@Suite("State dicts")
struct StateDictTests {
  /// A safetensors file of single bytes by name.
  private func file(_ names: [String]) throws -> Checkpoint {
    let members = names.enumerated().map { place, name in
      #""\#(name)":{"dtype":"U8","shape":[1],"data_offsets":[\#(place),\#(place + 1)]}"#
    }
    let header = Array(("{" + members.joined(separator: ",") + "}").utf8)
    let length = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) }
    return try Checkpoint(
      name: "t", data: Data(length + header + names.indices.map { UInt8($0) }))
  }

  @Test("two names that differ only in how an accent is written are refused, and none is lost")
  func accents() throws {
    let checkpoint = try file(["e\u{301}", "\u{E9}", "w"])
    #expect(checkpoint.tensors.count == 3)
    let error = #expect(throws: LoadError.self) { try StateDict(in: checkpoint, root: nil) }
    #expect(error == .weights(file: "t", .sameName("\u{E9}")))
    #expect(error.map { "\($0)".contains("how an accent is written") } ?? false)
    #expect(try StateDict(in: file(["\u{E9}", "w"]), root: nil).tensors.count == 2)
  }
}
