import Checkpoints

extension PickledValue {
  /// One integer, or the integers of a tuple or list.
  var ints: [Int]? {
    if let int { return [int] }
    guard let elements else { return nil }
    let ints = elements.compactMap(\.int)
    return ints.count == elements.count ? ints : nil
  }

  /// The module paths and versions that a `state_dict` lists in its `_metadata`.
  var moduleVersions: [(path: String, version: Int?)] {
    (attribute("_metadata")?.items ?? []).compactMap { path, entry in
      path.string.map { ($0, entry["version"]?.int) }
    }
  }
}
