import Continual
import OrderedCollections

/// `Lambda` around a module of `torch.nn` or around a function, with the arguments of that function.
let lambdaImporters = [
  ModuleImporter(
    ["Lambda"], arguments: ["takes_time", "function"], hasChildren: true, isOpen: true
  ) { context throws(ModuleError) in
    let takesTime = context.bool("takes_time") ?? false
    guard let name = context.string("function") else {
      context.reportUnknownArguments(known: ["takes_time", "function"])
      return context.framewise(takesTime: takesTime)
    }
    if context.childCount > 0 {
      context.report("Lambda has either a \"function\" or a module inside, and not both")
    }
    if let elementary = TorchFunctions.elementary(name) {
      context.reportUnknownArguments(known: ["takes_time", "function"])
      return try Activation(.elementary(elementary))
    }
    if name == "pow" {
      context.reportUnknownArguments(known: ["takes_time", "function", "exponent"])
      if !context.has("exponent") { context.report("the function \"pow\" needs an \"exponent\"") }
      return try Activation(.power(context.double("exponent", default: 1)))
    }
    guard let meaning = TorchFunctions.meaning(of: name) else {
      let known = TorchFunctions.names
      context.report(
        "the function \"\(name)\" is unknown", argument: "function",
        hint: Spelling.hint(for: name, among: known)
          ?? "known: " + known.joined(separator: ", "))
      return Identity()
    }
    return context.module(of: meaning, isFramewise: !takesTime)
  }
]

extension ImportContext {
  /// The module inside, applied to each frame unless it takes clips.
  func framewise(takesTime: Bool) -> any Module {
    guard childCount == 1 else {
      report("\(description.type) has one module inside, found \(childCount)")
      return Identity()
    }
    return Framewise(
      child(0, names: ["fn", "", "0"], isFramewise: !takesTime || isFramewise))
  }

  /// The module that does what a function does, with the arguments of this one.
  fileprivate func module(of meaning: TorchFunctions.Meaning, isFramewise: Bool) -> any Module {
    var module = ModuleDescription(type: meaning.type, place: description.place)
    module.arguments = meaning.defaults
    for (name, value) in description.arguments where name != "function" && name != "takes_time" {
      module.arguments[meaning.renames[name] ?? name] = value
    }
    return self.module(module, isFramewise: isFramewise)
  }
}
