import Foundation
import PlainData

@testable import TorchModels

/// The tables of `scripts/describe_model.py` that the definitions of the classes give.
///
/// The script stays one file that users copy, so the tables are written into it, between two lines that
/// mark them.
enum ExporterTables {
  static let begin = "# Begin of what the definitions of coverify give."
  static let end = "# End of what the definitions of coverify give."

  /// The classes of layers whose attributes tell all their arguments.
  static let toldByAttributes = Catalog.standard.definitions
    .filter { $0.structure == .layer && $0.isToldByAttributes }.flatMap(\.types)

  /// The lines between the marks.
  static let text: String = {
    let layers = Catalog.standard.definitions.filter { $0.structure == .layer }
    let arguments = layers.filter { $0.isToldByAttributes || $0.family == .pooling }
      .sorted { $0.types[0] < $1.types[0] }.map { row($0.types, $0.known) }
    let functions = Catalog.standard.definitions.flatMap { definition in
      definition.functions.filter(\.isPlain).map { function in
        "    \(quoted(function.name)): "
          + "(\(quoted(definition.types[0])), \(tuple(definition.known))),"
      }
    }
    return lines([
      "# Written by `COVERIFY_UPDATE=1 swift test --filter Exporter`, and compared by that test.",
      "# fmt: off", "",
      "# The arguments of classes whose attributes tell them, and of pools, in order.",
      "_ARGUMENTS: dict[str, tuple[str, ...]] = {",
    ]) + lines(arguments) + lines(["}", ""])
      + set("_BY_ATTRIBUTES", toldByAttributes)
      .commented("Those that a module of PyTorch has as attributes of the same names.")
      + set(
        "_ELEMENTWISE",
        layers.filter { $0.effect == .elementwise || $0.effect == .nothing }.flatMap(\.types)
          + ["Lambda"]
      ).commented("Those that treat each element alike, and a `Lambda` of a function that does.")
      + set("_ELEMENTARY", TorchFunctions.elementaryNames.filter { $0 != "pow" })
      .commented("Functions of one tensor that work on each element and have no class.")
      + lines([
        "# Functions, by the class that does the same and its arguments in order.",
        "_FUNCTIONS_OF_CLASSES: dict[str, tuple[str, tuple[str, ...]]] = {",
      ]) + lines(functions) + lines(["}", "# fmt: on"])
  }()

  /// The script with the tables in it.
  ///
  /// - Returns: nil where the marks are not there.
  static func updated(_ script: String) -> String? {
    guard let first = script.range(of: begin + "\n"),
      let last = script.range(of: end + "\n", range: first.upperBound..<script.endIndex)
    else { return nil }
    return script[..<first.upperBound] + text + script[last.lowerBound...]
  }

  /// The script without the tables.
  static func handwritten(_ script: String) -> String? {
    guard let first = script.range(of: begin + "\n"),
      let last = script.range(of: end + "\n", range: first.upperBound..<script.endIndex)
    else { return nil }
    return String(script[..<first.lowerBound] + script[last.upperBound...])
  }
}

// MARK: - Python

extension ExporterTables {
  private static func quoted(_ word: String) -> String { "\"\(word)\"" }

  private static func tuple(_ words: [String]) -> String {
    "(" + words.map(quoted).joined(separator: ", ") + (words.count == 1 ? ",)" : ")")
  }

  /// Classes and their arguments, on several lines where one would be longer than 100 characters.
  private static func row(_ types: [String], _ arguments: [String]) -> String {
    guard types.count > 1 else {
      return "    \(quoted(types[0])): \(wrapped(arguments, at: "    \(quoted(types[0])): ")),"
    }
    let line = "    **dict.fromkeys(\(tuple(types)), \(tuple(arguments))),"
    guard line.count > 100 else { return line }
    return "    **dict.fromkeys(\n        \(tuple(types)),\n"
      + "        \(wrapped(arguments, at: "        ")),\n    ),"
  }

  /// A tuple behind the start of a line, on lines of their own where it would be too long.
  private static func wrapped(_ words: [String], at start: String) -> String {
    guard start.count + tuple(words).count + 1 > 100 else { return tuple(words) }
    let margin = String(start.prefix { $0 == " " })
    let names = words.map(quoted)
    let half = (names.count + 1) / 2
    let parts = [names[..<half], names[half...]].map { $0.joined(separator: ", ") }
    return "(\n\(margin)    \(parts[0]),\n\(margin)    \(parts[1]),\n\(margin))"
  }

  private static func lines(_ lines: [String]) -> String {
    lines.map { $0 + "\n" }.joined()
  }

  /// A set of words, on lines of at most 100 characters.
  private static func set(_ name: String, _ words: [String]) -> String {
    var rows = [""]
    for word in Set(words).sorted() {
      let item = quoted(word) + ","
      let last = rows[rows.count - 1]
      if last.isEmpty || last.count + item.count + 5 > 100 {
        rows.append(item)
      } else {
        rows[rows.count - 1] = last + " " + item
      }
    }
    return lines(["\(name) = {"] + rows.dropFirst().map { "    " + $0 } + ["}", ""])
  }
}

extension String {
  fileprivate func commented(_ comment: String) -> String { "# \(comment)\n" + self }
}

extension LayerDefinition {
  /// The names of the arguments that change something.
  fileprivate var known: [String] { arguments.filter { $0.standard != .ignored }.map(\.name) }

  /// Whether the attributes of a module tell all its arguments, in a pickle as in Python.
  fileprivate var isToldByAttributes: Bool {
    packages.contains("torch.nn") && attributes.isEmpty && transformer == nil && !isOpen
      && pickle.whole == nil && pickle.adjust == nil && pickle.inside == nil
  }
}

extension LayerDefinition.Function {
  /// Whether its arguments are called as in the class, and PyTorch has it.
  fileprivate var isPlain: Bool { renames.isEmpty && defaults.isEmpty && !name.hasPrefix("_") }
}
