// Names of tensors and modules: parts with dots between them.

extension String {
  /// This path with another part behind it.
  package func adding(_ part: String) -> String { isEmpty ? part : self + "." + part }

  /// The path of a module in the one at this path; without a name it has the same path.
  package func adding(module name: String) -> String { name.isEmpty ? self : adding(name) }

  /// What is before a suffix, if there is anything; nil where this does not end so.
  package func without(suffix: String) -> String? {
    hasSuffix(suffix) && count > suffix.count ? String(dropLast(suffix.count)) : nil
  }
}
