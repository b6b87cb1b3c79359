package import OrderedCollections
import Tensors

/// The tensors of a state dict, by the names that an architecture asks for.
///
/// Flattened names have lost the parts that are numbers (`layer.0.weight` is `layer.weight`), so a
/// request is flattened before it is looked up.
package struct KeyTable {
  /// The tensors by the names in the file, in its order.
  let parameters: OrderedDictionary<String, Parameter>

  let match: WeightsOptions.Match

  /// The file's names by the names that requests are looked up with.
  private let fileNames: [String: String]

  /// The paths above these names: those of all modules that have tensors, or have such inside.
  private let modulePaths: Set<String>

  package init(_ parameters: OrderedDictionary<String, Parameter>, match: WeightsOptions.Match) {
    self.parameters = parameters
    self.match = match
    var fileNames: [String: String] = [:]
    for name in parameters.keys {
      fileNames[match == .exact ? name : KeyTable.flattened(name)] = name
    }
    self.fileNames = fileNames
    var modulePaths: Set<String> = []
    for name in fileNames.keys {
      var path = name[...]
      while let dot = path.lastIndex(of: ".") {
        path = path[..<dot]
        guard modulePaths.insert(String(path)).inserted else { break }
      }
    }
    self.modulePaths = modulePaths
  }

  /// Whether there are tensors below a module path that an architecture asks for.
  func hasTensors(below path: String) -> Bool {
    let path = lookupName(path)
    return path.isEmpty ? !fileNames.isEmpty : modulePaths.contains(path)
  }

  /// What a name is looked up by.
  func lookupName(_ name: String) -> String {
    match == .exact ? name : KeyTable.flattened(name)
  }

  /// The name in the file for a name that an architecture asks for.
  func fileName(of name: String) -> String? {
    fileNames[lookupName(name)]
  }

  /// The file's names that collide when they are flattened, if there are any.
  static func collisions(in names: some Sequence<String>) -> [String] {
    Dictionary(grouping: names, by: flattened).values.filter { $0.count > 1 }
      .map { $0.joined(separator: " and ") }.sorted()
  }

  /// A name without the parts that consist of digits.
  package static func flattened(_ name: String) -> String {
    name.split(separator: ".", omittingEmptySubsequences: false)
      .filter { part in part.isEmpty || !part.allSatisfy { $0.isASCII && $0.isNumber } }
      .joined(separator: ".")
  }
}
