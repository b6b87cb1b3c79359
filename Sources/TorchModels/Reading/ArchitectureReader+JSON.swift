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
      { (error: JSONError) in
        ArchitectureError(source: source, place: error.place.description, .json(error))
      },
      try PlainValue(json: bytes, limits: limits.json))
    return try read(
      value.withIntegersWherePossible, source: source, origin: origin, catalog: catalog)
  }
}
