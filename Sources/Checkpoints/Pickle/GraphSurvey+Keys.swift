// MARK: - The keys of dicts

extension GraphSurvey {
  private enum Key: Hashable {
    case none
    case bool(Bool)
    case int(Int)
    case float(UInt64)
    case text(String)
    /// A text in UTF-8, where a String would take two spellings of an accent for one.
    case encodedText([UInt8])
    case bytes([UInt8])
    case value(ObjectGraph.Index)
  }

  /// The keys of a dict have to be such that Python can hash them, and no tensor hides another.
  ///
  /// Apart from tensors a key can come twice, as dill writes the names of a module: the last counts.
  func checkKeys(_ index: ObjectGraph.Index) throws(CheckpointError) {
    let items: [ObjectGraph.Index]
    switch graph[index] {
    case .dict(let place): items = graph.lists[Int(place)]
    case .object(let place):
      let object = graph.objects[Int(place)]
      guard meanings[Int(object.callee)] == .dictionary else { return }
      items = object.items
    default: return
    }
    let places = stride(from: 0, to: items.count - 1, by: 2)
    guard places.contains(where: { isTensor(items[$0 + 1]) }) else {
      for place in places { try checkKey(items[place]) }
      return
    }
    // Of millions of keys, only those of tensors are kept; the others are looked up among them.
    var tensors: [Key: ObjectGraph.Index] = [:]
    for place in places {
      try checkKey(items[place])
      let value = items[place + 1]
      guard isTensor(value) else { continue }
      let first = tensors.updateValue(value, forKey: key(items[place]))
      guard first == nil || first == value else { throw twice(index, items[place]) }
    }
    for place in places where !isTensor(items[place + 1]) {
      guard tensors[key(items[place])] == nil else { throw twice(index, items[place]) }
    }
  }

  private func twice(_ dict: ObjectGraph.Index, _ key: ObjectGraph.Index) -> CheckpointError {
    trouble(dict, .repeatedKey(graph.text(key)?.bounded))
  }

  private func isTensor(_ index: ObjectGraph.Index) -> Bool {
    guard case .object(let place) = graph[index] else { return false }
    return role(of: graph.objects[Int(place)]) == .tensor
  }

  /// A key has to be hashable in Python, and a name to be a text there.
  private func checkKey(_ key: ObjectGraph.Index) throws(CheckpointError) {
    switch graph[key] {
    case .list, .dict: throw trouble(key, .key)
    case .bytes where graph.undecodable.contains(key):
      throw trouble(key, .encoding)
    default: break
    }
  }

  private func key(_ key: ObjectGraph.Index) -> Key {
    switch graph[key] {
    case .none: return .none
    case .bool(let value): return .bool(value)
    case .int(let value): return .int(value)
    case .float(let value): return .float(value.bitPattern)
    case .text(let place):
      let text = graph.texts[Int(place)]
      let isASCII = text.utf8.allSatisfy { $0 < 0x80 }
      return isASCII ? .text(text) : .encodedText(Array(text.utf8))
    case .bytes(let place): return .bytes(graph.blobs[Int(place)])
    default: return .value(key)
    }
  }
}
