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
    try end {
      let screen = TypesScreen(
        definitions: Catalog.standard.definitions.filter { definition in
          classes.isEmpty || definition.types.contains(where: classes.contains)
        })
      try StandardStream.print(result: (json ? screen.json.json() : screen.human) + "\n")
      return .same
    }
  }
}
