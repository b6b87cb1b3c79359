import Checkpoints
import Foundation
import Tensors
import Testing

/// A few hundred odd and hostile files, with a manifest of what has to become of each.
///
/// `scripts/hostile_corpus` writes them. It needs Python 3 and no packages; without Python the test fails.
@Suite("the hostile corpus")
struct HostileCorpusTests {
  @Test("every file is loaded with the right values, or refused with an error that has a place")
  func corpus() throws {
    let corpus = try HostileCorpus()
    defer { corpus.remove() }
    #expect(corpus.cases.count > 300)
    for item in corpus.cases {
      let clock = ContinuousClock()
      var outcome = HostileCorpus.Outcome.refused("")
      let time = clock.measure { outcome = corpus.load(item) }
      switch (item.expect, outcome) {
      case ("accept", .loaded(let tensors)):
        let missing = item.expected.filter { !tensors.contains($0) }
        #expect(missing.isEmpty, "\(item.name): \(item.what); got \(tensors)")
      case ("accept", .refused(let reason)):
        #expect(item.optional ?? false, "\(item.name): \(item.what): \(reason)")
      case ("reject", .refused(let reason)):
        #expect(reason.hasPrefix(item.name), "\(item.name): the error has no place: \(reason)")
      default:
        // Only a whole file of another format, which others need not know, may be read after all.
        #expect(
          item.optional ?? false && item.category == "other",
          "\(item.name) was not refused: \(item.what)")
      }
      #expect(time < HostileCorpus.patience, "\(item.name) took \(time)")
    }
  }
}

/// The corpus, written to a temporary folder.
private struct HostileCorpus {
  struct Case: Decodable {
    let name: String
    let file: String
    let category: String
    let what: String
    let expect: String
    let optional: Bool?
    let tensors: [Tensor]?

    var expected: [Found] { (tensors ?? []).map(Found.init) }
  }

  struct Tensor: Decodable {
    let path: [String]
    let dtype: String
    let shape: [Int]
    let sha256: String
  }

  private struct Manifest: Decodable { let cases: [Case] }

  /// A tensor, by what the manifest says about it.
  struct Found: Hashable {
    var path: String
    var dtype: String
    var shape: [Int]
    var sha256: String

    init(_ tensor: Tensor) {
      (path, dtype) = (tensor.path.joined(separator: "."), tensor.dtype)
      (shape, sha256) = (tensor.shape, tensor.sha256)
    }

    init(_ tensor: StoredTensor) throws {
      path = tensor.path
      dtype = tensor.scalarType.name
      shape = tensor.shape.axes
      sha256 = SHA256.hexadecimalDigest(of: try tensor.littleEndianBytes())
    }
  }

  enum Outcome {
    case loaded([Found])
    case refused(String)
  }

  #if DEBUG
  /// Other tests run at the same time, on however few cores; only a hang is caught.
  static let patience = Duration.seconds(120)
  #else
  static let patience = Duration.seconds(10)
  #endif

  static let writer = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "scripts/hostile_corpus")

  let folder: URL
  let cases: [Case]

  init() throws {
    folder = FileManager.default.temporaryDirectory
      .appending(path: "hostile-\(ProcessInfo.processInfo.processIdentifier)")
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", HostileCorpus.writer.path, folder.path]
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    try #require(
      process.terminationStatus == 0,
      "scripts/hostile_corpus did not run; it needs Python 3: apt-get install python3")
    let manifest = try Data(contentsOf: folder.appending(path: "manifest.json"))
    cases = try JSONDecoder().decode(Manifest.self, from: manifest).cases
  }

  func remove() { try? FileManager.default.removeItem(at: folder) }

  /// Opens a file and reads all of its tensors.
  func load(_ item: Case) -> Outcome {
    do {
      let checkpoint = try Checkpoint(contentsOf: folder.appending(path: item.file).path)
      // A tensor in a form that is not read counts only where the manifest asks for it.
      return .loaded(try checkpoint.tensors.filter { $0.refusal == nil }.map(Found.init))
    } catch {
      return .refused("\(error)")
    }
  }
}
