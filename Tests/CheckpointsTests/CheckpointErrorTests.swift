import Foundation
import Tensors
import TestSupport
import Testing

@testable import Checkpoints

@Suite("what the errors of checkpoints carry")
struct CheckpointErrorTests {
  private func finding<Finding: CheckpointFinding>(
    _ bytes: Data, as type: Finding.Type
  ) -> Finding? {
    do throws(CheckpointError) {
      let checkpoint = try Checkpoint(name: "model.pt", data: bytes)
      for tensor in checkpoint.tensors { _ = try tensor.littleEndianBytes() }
      return nil
    } catch {
      return error.finding as? Finding
    }
  }

  private func safetensors(_ header: String) -> Data {
    let length = header.utf8.count
    return Data((0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }) + Data(header.utf8)
  }

  @Test("a view beyond its storage can be read as numbers, at the path of its tensor")
  func reach() {
    let tensor = Pickle.tensor([2, 3], offset: 1, count: 6)
    #expect(
      finding(archive(Pickle.whole(Pickle.dict([("w", tensor)]))), as: TensorFinding.self)
        == TensorFinding(
          path: "w", trouble: .reach([2, 3], strides: [3, 1], offset: 1, elements: 6)))
  }

  @Test("what is missing and what is there can be read")
  func bytes() {
    let header = #"{"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}"#
    #expect(
      finding(safetensors(header) + Data(count: 4), as: SafetensorsFinding.self)
        == .place(
          shape: [2], type: "F32", offsets: [0, 8], expected: 0, bytes: 4))
    #expect(
      finding(safetensors(header).prefix(40), as: SafetensorsFinding.self)
        == .truncated(UInt64(header.utf8.count), left: 32))
    #expect(
      finding(safetensors(header) + Data(count: 11), as: SafetensorsFinding.self)
        == .behindLast(3))
  }

  @Test(
    "what another file is, is a case",
    arguments: [
      ("", .empty), ("version https://git-lfs.github.com/spec/v1", .pointer(.lfs)),
      ("<!DOCTYPE html>", .html), ("hello\nworld", .words("hello")),
      ("\u{1}\u{2}\u{3}", .unknown([1, 2, 3])),
    ] as [(String, ForeignFile)])
  func foreign(_ text: String, _ file: ForeignFile) {
    #expect(finding(Data(text.utf8), as: ForeignFile.self) == file)
  }

  @Test("a text from a file is held as it is, but no more of it than is shown")
  func bounded() {
    let name = String(repeating: "x", count: 5000)
    let header =
      #"{"w": {"dtype": "\#(name)", "shape": [2], "data_offsets": [0, 8]}}"#
    let found = finding(
      safetensors(header) + Data(count: 8), as: SafetensorsFinding.self)
    #expect(found == .type(String(repeating: "x", count: 101)))
    let shown = String(repeating: "x", count: 100)
    #expect(found.map { CheckpointError($0).message.contains("\"\(shown)…\"") } == true)
  }

  @Test("a text from a file cannot steer a terminal, though the error holds it as it is")
  func escapes() {
    let evil = "\u{1B}[2J"
    let error = CheckpointError(SafetensorsFinding.repeated(evil, of: nil, first: 8), file: evil)
    #expect(
      error.finding as? SafetensorsFinding == .repeated(evil, of: nil, first: 8))
    #expect(!error.description.unicodeScalars.contains("\u{1B}"))
    #expect(!error.message.unicodeScalars.contains("\u{1B}"))
  }

  @Test(
    "the kind of trouble follows from what was found, and so does what to do",
    arguments: [
      (FileFinding.tooLong(9, limit: 5, expected: "an architecture file"), .limit, nil),
      (ByteFinding.checksum(1, expected: 2), .checksum, CheckpointError.damaged),
      (ZipFinding.noEnd, .truncated, "copy or download it again"),
      (TarFinding.checksum, .malformed, nil),
      (PickleFinding.forbidden(["os.system"]), .forbidden, nil),
      (GraphFinding(kind: .list, trouble: .depth(limit: 3)), .limit, nil),
      (ForeignArchive.known(.keras), .notACheckpoint, nil),
      (ValueFinding.absent(.meta), .unsupported, nil),
      (NumpyFinding.version(9), .unsupported, nil),
      (
        ExportedFinding.schema(99), .unsupported,
        "export it with an older torch, or use a newer coverify"
      ),
      (OutputFinding.exists, .exists, nil),
    ] as [(any CheckpointFinding, CheckpointError.Code, String?)])
  func codes(
    _ finding: any CheckpointFinding, _ code: CheckpointError.Code, _ advice: String?
  ) {
    let error = CheckpointError(finding)
    #expect(error.code == code)
    #expect(error.advice == advice)
    #expect(error.message.hasSuffix(advice ?? ""))
  }

  @Test(
    "sentences show values as people write them",
    arguments: [
      (
        ZipFinding.ends([1795, 1818]), "the archive ends at bytes [1795, 1818], which is ambiguous"
      ),
      (
        LegacyFinding.tensor(axes: [2, 3], strides: [3, 1], offset: 4, elements: 5),
        "has a tensor of size [2, 3], strides [3, 1] and offset 4 on a storage of 5 elements"
      ),
      (
        TensorFinding(path: "", trouble: .arguments(5, of: "f", expected: 2...3)),
        "a tensor is made by f with 5 arguments, expected 2 to 3"
      ),
      (
        FileFinding.folder(.models(["a", "b", "c"], count: 5)),
        "is a folder, expected the file of a checkpoint; in it are \"a\", \"b\", \"c\" and 2 more"
      ),
    ] as [(any CheckpointFinding, String)])
  func sentences(_ finding: any CheckpointFinding, _ sentence: String) {
    #expect(CheckpointError(finding).message == sentence)
  }

  @Test("errors are the same where finding and place are")
  func equality() {
    let error = CheckpointError(ZipFinding.noEntry, file: "a.pt", entry: "b", offset: 3)
    let others = [
      CheckpointError(ZipFinding.name, file: "a.pt", entry: "b", offset: 3),
      CheckpointError(TarFinding.name, file: "a.pt", entry: "b", offset: 3),
      CheckpointError(ZipFinding.noEntry, file: "a.pt", entry: "b", offset: 4),
      CheckpointError(ZipFinding.noEntry, file: "a.pt", entry: "c", offset: 3),
      CheckpointError(ZipFinding.noEntry, file: "d.pt", entry: "b", offset: 3),
    ]
    #expect(!others.contains(error))
    #expect(Set(others + [error, error]).count == 6)
    #expect(CheckpointError(ZipFinding.noEntry).at(file: "a.pt", entry: "b") != error)
  }
}
