import PlainData
import TextLayout
import TorchModels

/// What `coverify types` says: the classes by family, and their arguments.
struct TypesScreen: Screen {
  let definitions: [LayerDefinition]

  var json: PlainValue { Catalog.document(of: definitions) }

  var human: String {
    LayerDefinition.Family.allCases.compactMap { family in
      let members = definitions.filter { $0.family == family }
      guard !members.isEmpty else { return nil }
      return ([family.title] + members.flatMap(lines)).joined(separator: "\n")
    }
    .joined(separator: "\n\n")
  }

  private func lines(_ definition: LayerDefinition) -> [String] {
    let functions = definition.functions.map(\.name).joined(separator: ", ")
    let names = definition.types.joined(separator: ", ")
    return ["  \(names): \(definition.summary)"]
      + TextTable.lines(
        definition.arguments.map { [$0.name, $0.standard.text, $0.summary] })
      + (functions.isEmpty ? [] : ["    also as function: \(functions)"])
  }
}
