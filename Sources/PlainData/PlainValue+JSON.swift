import OrderedCollections

extension JSONParser {
  /// Reads any value.
  package mutating func value() throws(JSONError) -> PlainValue {
    switch peek() {
    case UInt8(ascii: "{"): return .object(try object())
    case UInt8(ascii: "["):
      var list: [PlainValue] = []
      try elements { (parser) throws(JSONError) in list.append(try parser.value()) }
      return .list(list)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"):
      try word("true")
      return .bool(true)
    case UInt8(ascii: "f"):
      try word("false")
      return .bool(false)
    case UInt8(ascii: "n"):
      try word("null")
      return .null
    case let byte? where byte == UInt8(ascii: "-") || (0x30...0x39).contains(byte):
      return try number()
    default: throw unexpected("a value")
    }
  }

  /// Reads an object, which itself tells whether it has a key already.
  private mutating func object() throws(JSONError) -> OrderedDictionary<String, PlainValue> {
    var object: OrderedDictionary<String, PlainValue> = [:]
    let outer = places.count
    try items("{", "}") { (parser) throws(JSONError) in
      _ = parser.peek()
      let place = parser.offset
      let name = try parser.string()
      // Keys that differ only in how an accent is written are one key to a dictionary of Swift.
      if let index = object.index(forKey: name) {
        throw parser.duplicate(name, at: place, first: parser.places[outer + index])
      }
      parser.places.append(place)
      try parser.take(":")
      object.updateValue(try parser.value(), forKey: name)
    }
    places.removeLast(places.count - outer)
    return object
  }

  /// Reads any value and keeps nothing of it.
  package mutating func skipValue() throws(JSONError) {
    switch peek() {
    case UInt8(ascii: "{"):
      try members { (parser, _, _) throws(JSONError) in try parser.skipValue() }
    case UInt8(ascii: "["):
      try elements { (parser) throws(JSONError) in try parser.skipValue() }
    default: _ = try value()
    }
  }
}

extension PlainValue {
  /// Reads a whole text as one JSON value.
  ///
  /// - Throws: ``JSONError`` with the place where it is not JSON.
  package init(json: some Sequence<UInt8>, limits: JSONLimits = JSONLimits()) throws(JSONError) {
    var parser = try JSONParser(Array(json), limits: limits)
    self = try parser.value()
    try parser.finish()
  }
}
