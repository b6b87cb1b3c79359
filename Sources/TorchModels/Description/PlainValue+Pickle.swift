import Checkpoints
import OrderedCollections
import PlainData

extension PlainValue {
  /// What an attribute of a pickled object says; nil where it is not an argument.
  init?(_ value: PickledValue, depth: Int = 0) {
    guard depth < 100 else { return nil }
    if value.isNone {
      self = .null
    } else if let bool = value.bool {
      self = .bool(bool)
    } else if let int = value.int {
      self = .int(int)
    } else if let double = value.double {
      self = .double(double)
    } else if let string = value.string {
      self = .string(string)
    } else if let items = value.items {
      var object: OrderedDictionary<String, PlainValue> = [:]
      for (key, item) in items {
        guard let name = key.string, let value = PlainValue(item, depth: depth + 1) else {
          return nil
        }
        object[name] = value
      }
      self = .object(object)
    } else if let elements = value.elements {
      let values = elements.map { PlainValue($0, depth: depth + 1) }
      guard !values.contains(nil) else { return nil }
      self = .list(values.compactMap(\.self))
    } else {
      return nil
    }
  }
}
