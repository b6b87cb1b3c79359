extension Limits {
  /// The limits by the names that a command line has for them, in a fixed order.
  private static var named: [(name: String, limit: WritableKeyPath<Limits, Int>)] {
    [
      ("pickle-bytes", \.pickleBytes), ("pickle-values", \.pickleNodes), ("memo", \.memoEntries),
      ("globals", \.globals), ("marks", \.marks), ("walked-values", \.walkedValues),
      ("repeated-values", \.repeatedValues), ("path-bytes", \.pathBytes), ("depth", \.depth),
      ("integer-bytes", \.integerBytes), ("line-bytes", \.lineBytes),
      ("entries", \.archiveEntries), ("header-bytes", \.headerBytes),
      ("tensor-bytes", \.tensorBytes), ("expanded-bytes", \.expandedBytes),
      ("tensors", \.tensors), ("axes", \.axes), ("outlined-numbers", \.outlinedNumbers),
      ("plan-bytes", \.planBytes), ("seconds", \.seconds),
      ("json-bytes", \.jsonBytes), ("json-values", \.jsonValues), ("json-depth", \.jsonDepth),
    ]
  }

  /// The names of all limits.
  public static var names: [String] { named.map(\.name) }

  /// A limit by its name; nil for an unknown name.
  ///
  /// - Parameter name: one of ``names``.
  public subscript(name: String) -> Int? {
    get { Limits.named.first { $0.name == name }.map { self[keyPath: $0.limit] } }
    set {
      guard let newValue, let found = Limits.named.first(where: { $0.name == name }) else { return }
      self[keyPath: found.limit] = newValue
    }
  }
}
