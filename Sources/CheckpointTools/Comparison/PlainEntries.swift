package import Checkpoints
import PlainData
import Tensors
import TorchModels

/// What is in a checkpoint beside tensors: epochs, settings, the notes of a safetensors file.
///
///     epoch                        7
///     args.sizes                   [8, 16, 32]
///     optimizer.param_groups.0.lr  0.001
///
/// Lists of plain values are one entry. Modules that were saved whole are left out: their settings are
/// those of the network.
package struct PlainEntries: Sendable {
  /// One of them.
  package struct Entry: Hashable, Sendable {
    /// The dotted path from the root of the checkpoint.
    package let path: String
    /// The name of its type in Python.
    package let kind: String
    /// Its value, cut where it is long; of an object, what it is.
    package let text: String
    /// Of the whole value: two that differ behind the cut are not the same.
    let digest: Int
  }

  /// The entries in the order of the file.
  package private(set) var entries: [Entry] = []

  /// Whether these are all; a file with very many has more.
  package private(set) var isComplete = true

  private static let depthLimit = 32
  private static let entryLimit = 10_000
  private static let listLimit = 8
  private static let textLimit = 60

  private let tensors: Set<String>

  /// Finds the entries of a checkpoint.
  package init(_ checkpoint: Checkpoint) {
    tensors = Set(checkpoint.tensors.map(\.path))
    if let root = checkpoint.root {
      visit(root, at: "", depth: 0)
    } else {
      for (key, text) in checkpoint.metadata.sorted(by: { $0.key < $1.key }) {
        add(key, "str", PlainEntries.cut(text), digest: text.hashValue)
      }
    }
  }

  private mutating func add(_ path: String, _ kind: String, _ text: String, digest: Int? = nil) {
    guard entries.count < PlainEntries.entryLimit else {
      isComplete = false
      return
    }
    entries.append(Entry(path: path, kind: kind, text: text, digest: digest ?? text.hashValue))
  }

  private mutating func visit(_ value: PickledValue, at path: String, depth: Int) {
    guard isComplete, depth < PlainEntries.depthLimit else {
      isComplete = false
      return
    }
    if value.isTensor || !path.isEmpty && tensors.contains(path) { return }
    if value.isModule { return }
    if let plain = PlainEntries.text(of: value) {
      return add(path, value.kind.rawValue, plain, digest: value.string?.hashValue)
    }
    if let items = value.items {
      if items.isEmpty, !path.isEmpty { add(path, value.kind.rawValue, "{}") }
      for (key, item) in items where isComplete {
        visit(item, at: path.adding(key.keyText), depth: depth + 1)
      }
    } else if let elements = value.elements {
      if let (list, digest) = PlainEntries.list(elements) {
        return add(path, value.kind.rawValue, list, digest: digest)
      }
      for (index, element) in elements.enumerated() where isComplete {
        visit(element, at: path.adding(String(index)), depth: depth + 1)
      }
    } else {
      add(path, value.kind.rawValue, value.summary)
      for (name, attribute) in value.attributes {
        visit(attribute, at: path.adding(name), depth: depth + 1)
      }
    }
  }

  /// A number, a text or another value that has no parts.
  private static func text(of value: PickledValue) -> String? {
    if value.isNone { return "None" }
    if let bool = value.bool { return bool ? "True" : "False" }
    if let int = value.int { return String(int) }
    if let double = value.double { return "\(double)" }
    if let text = value.string { return cut(text) }
    return nil
  }

  /// Values without parts, in brackets and cut, and what tells them from others; nil where one has parts.
  private static func list(_ elements: [PickledValue]) -> (cut: String, digest: Int)? {
    var hasher = Hasher()
    for element in elements {
      guard let text = element.string ?? text(of: element) else { return nil }
      hasher.combine(text)
    }
    let shown = elements.prefix(listLimit).compactMap { text(of: $0) }.joined(separator: ", ")
    let rest = elements.count > listLimit ? ", … \(elements.count) in all]" : "]"
    return ("[" + shown + rest, hasher.finalize())
  }

  /// A text in quotes, on one line.
  private static func cut(_ text: String) -> String {
    let start = text.prefix(textLimit)
    guard start.endIndex < text.endIndex else { return "\"" + text.printable + "\"" }
    return "\"" + String(start).printable + "…\" (\(text.count) characters)"
  }
}
