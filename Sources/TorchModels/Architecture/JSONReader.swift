package import Foundation
import OrderedCollections

/// Reads JSON into an ``ArgumentValue``.
///
/// Foundation parses and bounds the nesting; integers stay integers and keep their exact value.
package enum JSONReader {
  /// - Throws: ``ArchitectureError`` with line and column as Foundation says them.
  package static func read(_ bytes: Data, name: String) throws(ArchitectureError) -> ArgumentValue {
    do {
      return try JSONDecoder().decode(Decoded.self, from: bytes).value
    } catch let DecodingError.dataCorrupted(context) {
      let underlying = context.underlyingError.map { " (\(reason(of: $0)))" } ?? ""
      throw ArchitectureError(
        source: name, place: "$", "is not valid JSON\(underlying)",
        hint: "check it with a JSON tool; comments and trailing commas are not JSON")
    } catch {
      throw ArchitectureError(source: name, place: "$", "is not valid JSON (\(error))")
    }
  }

  private static func reason(of error: any Error) -> String {
    let text = (error as NSError).userInfo["NSDebugDescription"] as? String
    return text ?? String(describing: error)
  }

  private struct Decoded: Decodable {
    let value: ArgumentValue

    init(from decoder: any Decoder) throws {
      if let members = try? decoder.container(keyedBy: Key.self) {
        var object: OrderedDictionary<String, ArgumentValue> = [:]
        // The order of members has no meaning in JSON; sorted, messages come in a fixed order.
        for key in members.allKeys.sorted(by: { $0.stringValue < $1.stringValue }) {
          object[key.stringValue] = try members.decode(Decoded.self, forKey: key).value
        }
        value = .object(object)
      } else if var elements = try? decoder.unkeyedContainer() {
        var list: [ArgumentValue] = []
        while !elements.isAtEnd { list.append(try elements.decode(Decoded.self).value) }
        value = .list(list)
      } else {
        let scalar = try decoder.singleValueContainer()
        if scalar.decodeNil() {
          value = .null
        } else if let bool = try? scalar.decode(Bool.self) {
          value = .bool(bool)
        } else if let int = try? scalar.decode(Int.self) {
          value = .int(int)
        } else if let double = try? scalar.decode(Double.self) {
          value = .double(double)
        } else {
          value = .string(try scalar.decode(String.self))
        }
      }
    }
  }

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }
}
