import Checkpoints
import Foundation
import PlainData
import Tensors

extension ArchitectureReader {
  /// Reads an architecture from the bytes of its file.
  ///
  /// - Parameters:
  ///   - bytes: the text.
  ///   - source: what it is called in messages.
  ///   - origin: where the architecture comes from.
  ///   - limits: how much it may ask for.
  ///   - catalog: the classes that there are.
  /// - Returns: the architecture.
  /// - Throws: ``ArchitectureError`` with line and column where they are not JSON, or with everything
  ///   that is wrong in the architecture.
  static func read(
    json bytes: some Sequence<UInt8>, source: String, origin: Architecture.Source,
    limits: Limits = .standard, catalog: Catalog = .standard
  ) throws(ArchitectureError) -> Architecture {
    let value = try rethrowing(
      { ArchitectureError($0, source: source) }, try PlainValue(json: bytes, limits: limits.json))
    return try read(
      value.withIntegersWherePossible, source: source, origin: origin, catalog: catalog)
  }
}

extension ArchitectureError {
  /// The same error as one of the architecture.
  fileprivate init(_ error: JSONError, source: String) {
    let place = error.place.description
    switch error.problem {
    case .duplicate:
      self.init(source: source, place: place, error.reason)
    case .depth, .count, .digits:
      let limit =
        switch error.problem {
        case .depth: "json-depth"
        case .count: "json-values"
        default: "line-bytes"
        }
      self.init(
        source: source, place: place, "is not valid JSON for an architecture: \(error.reason)",
        hint: "an architecture that you trust may ask for more, as --limit \(limit)=NUMBER")
    default:
      self.init(
        source: source, place: place, "is not valid JSON: \(error.reason)",
        hint: "check it with a JSON tool; comments and trailing commas are not JSON")
    }
  }
}
