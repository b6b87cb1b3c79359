import ArgumentParser
import PlainData
import TorchModels

/// `coverify types`: the classes that can be loaded, and their arguments.
struct Types: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Lists the classes that an architecture can name, and their arguments.",
    discussion: """
      With each argument stands what holds where it is left out. Names of classes and arguments are \
      those of torch.nn and of the continual library.
      """)

  @Argument(help: "Show only these classes.")
  var classes: [String] = []

  @Flag(help: "Print all definitions as JSON.")
  var json = false

  func validate() throws {
    let known = Catalog.standard.types
    for name in classes where !known.contains(name) {
      let hint = Spelling.hint(for: name, among: known).map { "; \($0)" } ?? ""
      throw ValidationError("The class \"\(name)\" is unknown\(hint)")
    }
  }

  func run() throws {
    try Trouble.guarding {
      let definitions = Catalog.standard.definitions.filter { definition in
        classes.isEmpty || definition.types.contains(where: classes.contains)
      }
      let text = json ? Catalog.document(of: definitions).json() : Types.screen(definitions)
      try StandardStream.print(result: text + "\n")
    }
  }

  private static func screen(_ definitions: [LayerDefinition]) -> String {
    LayerDefinition.Family.allCases.compactMap { family in
      let members = definitions.filter { $0.family == family }
      guard !members.isEmpty else { return nil }
      return ([family.title] + members.flatMap(lines)).joined(separator: "\n")
    }
    .joined(separator: "\n\n")
  }

  private static func lines(_ definition: LayerDefinition) -> [String] {
    let functions = definition.functions.map(\.name).joined(separator: ", ")
    let names = definition.types.joined(separator: ", ")
    return ["  \(names): \(definition.summary)"]
      + TextTable.lines(
        definition.arguments.map { [$0.name, $0.standard.text, $0.summary] })
      + (functions.isEmpty ? [] : ["    also as function: \(functions)"])
  }
}
