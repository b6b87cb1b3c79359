/// What a browser may do with a page: use the style and the script that are in it, known by their hashes,
/// and load nothing.
enum PagePolicy {
  /// The SHA-256 of ``PageStyle/text`` and of ``PageScript/text`` in base 64; a test computes them again.
  static let styleHash = "hytlgBvu/cDQ0yAb9kAFJr4BmM8kFmggYqcSpPK/foo="
  static let scriptHash = "FLzBJkduyCXvQjgDJfTRQb2elpEd3SDnZMXeb/U9lqE="

  /// The policy.
  static let content =
    "default-src 'none'; style-src 'sha256-\(styleHash)'; script-src 'sha256-\(scriptHash)'; "
    + "base-uri 'none'; form-action 'none'"
}
