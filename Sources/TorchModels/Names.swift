extension String {
  /// What is before a suffix, if there is anything; nil where this does not end so.
  func without(suffix: String) -> String? {
    hasSuffix(suffix) && count > suffix.count ? String(dropLast(suffix.count)) : nil
  }
}
