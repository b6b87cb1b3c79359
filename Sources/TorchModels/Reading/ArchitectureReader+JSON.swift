import Foundation
import PlainData

extension ArchitectureReader {
  /// Reads an architecture from the bytes of its file.
  ///
  /// - Throws: ``ArchitectureError`` with line and column where they are not JSON, or with everything
  ///   that is wrong in the architecture.
  static func read(
    json bytes: some Sequence<UInt8>, source: String, origin: Architecture.Source,
    catalog: Catalog = .standard
  ) throws(ArchitectureError) -> Architecture {
    let value: PlainValue
    do throws(JSONError) {
      value = try PlainValue(json: bytes)
    } catch {
      throw ArchitectureError(error, source: source)
    }
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
      self.init(
        source: source, place: place, "is not valid JSON for an architecture: \(error.reason)")
    default:
      self.init(
        source: source, place: place, "is not valid JSON: \(error.reason)",
        hint: "check it with a JSON tool; comments and trailing commas are not JSON")
    }
  }
}
