import OrderedCollections

extension JSONParser {
  /// Reads any value.
  package mutating func value() throws(JSONError) -> PlainValue {
    switch peek() {
    case UInt8(ascii: "{"):
      var object: OrderedDictionary<String, PlainValue> = [:]
      var places: [Int] = []
      try members { (parser, name, place) throws(JSONError) in
        // Keys that differ only in how an accent is written are one key to a dictionary of Swift.
        if let index = object.index(forKey: name) {
          throw parser.duplicate(name, at: place, first: places[index])
        }
        object[name] = try parser.value()
        places.append(place)
      }
      return .object(object)
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
