import Foundation
import Testing

/// One network of `fixtures/`, as the manifest that PyTorch's script wrote describes it.
struct Fixture: Decodable, Sendable, CustomTestStringConvertible {
  let name: String
  let group: String
  let what: String
  let model: String
  let architecture: String?
  let shape: [Int]
  let frames: Int
  let arguments: [String]
  let verdict: String
  let exit: Int
  /// Whether steps and clip mean the same.
  let modesAgree: Bool
  let time: Time?

  /// The timing that PyTorch's own steps show.
  struct Time: Decodable, Sendable {
    let delay: Int
    let stride: Int
    let first: Int?
  }

  var testDescription: String { name }

  /// The model file.
  var path: String { Fixture.folder + "/" + model }

  /// The folder with all of them.
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "fixtures")
    .path()

  /// All networks; empty only where the manifest cannot be read, which a test reports.
  static let all = (try? Manifest.read().fixtures) ?? []

  /// The first network of each group and verdict, and all others.
  static let split = all.reduce(into: (first: [Fixture](), rest: [Fixture]())) { split, fixture in
    let isNew = split.first.allSatisfy {
      ($0.group, $0.verdict) != (fixture.group, fixture.verdict)
    }
    if isNew { split.first.append(fixture) } else { split.rest.append(fixture) }
  }
}

/// One input that has to be refused, or accepted with a word.
struct BadInput: Decodable, Sendable, CustomTestStringConvertible {
  let name: String
  let model: String
  let arguments: [String]
  let exits: [Int32]
  let words: [String]

  var testDescription: String { name }

  static let all = (try? Manifest.read().bad) ?? []
}

struct Manifest: Decodable {
  let fixtures: [Fixture]
  let bad: [BadInput]
  let programs: [ExportedFile]

  static func read() throws -> Manifest {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let data = try Data(contentsOf: URL(filePath: Fixture.folder + "/manifest.json"))
    return try decoder.decode(Manifest.self, from: data)
  }
}
