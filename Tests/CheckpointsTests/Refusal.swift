import Checkpoints
import Foundation
import Testing

/// Bytes that have to be refused, and how.
struct Refusal: CustomTestStringConvertible, Sendable {
  let requirement: String
  let bytes: Data
  let code: CheckpointError.Code
  /// A part of the message.
  let words: String

  init(
    _ requirement: String, _ code: CheckpointError.Code, _ words: String, _ bytes: Data
  ) {
    (self.requirement, self.code, self.words, self.bytes) = (requirement, code, words, bytes)
  }

  var testDescription: String { requirement }

  /// Opens the bytes, and reads all tensors where that works.
  func check() {
    #expect {
      let checkpoint = try Checkpoint(name: "model.pt", data: bytes)
      for tensor in checkpoint.tensors { _ = try tensor.littleEndianBytes() }
    } throws: { error in
      guard let error = error as? CheckpointError else { return false }
      #expect(error.code == code, "\(error)")
      #expect("\(error)".contains(words), "\(error)")
      #expect(error.file == "model.pt")
      return true
    }
  }
}
