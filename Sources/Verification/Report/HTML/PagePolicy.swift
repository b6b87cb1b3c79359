/// What a browser may do with a page: use the style and the script that are in it, known by their hashes,
/// and load nothing.
enum PagePolicy {
  /// The SHA-256 of ``PageStyle/text`` and of ``PageScript/text`` in base 64; a test computes them again.
  static let styleHash = "960r0AKSAzI0pveNmhRVbhwsN2z2Gig6todiRzL9Uz8="
  static let scriptHash = "UFDKrMcOqDQWPxTn5+LqETavJ0QYZz6Y8uOGrwCKldA="

  /// The policy.
  static let content =
    "default-src 'none'; style-src 'sha256-\(styleHash)'; script-src 'sha256-\(scriptHash)'; "
    + "base-uri 'none'; form-action 'none'"
}
