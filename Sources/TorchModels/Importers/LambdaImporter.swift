import Checkpoints
import Continual
import OrderedCollections
import PlainData

/// `Lambda` around a module of `torch.nn` or around a function, with the arguments of that function.
let lambdaLayers = [
  LayerDefinition(
    ["Lambda"], family: .container, summary: "A function of PyTorch, or a module.",
    arguments: [
      .init(
        "takes_time", .bool, false, "Whether it is applied to clips, and not to each frame."),
      .init(
        "function", .string, .unset,
        "The name of the function, whose arguments stand beside it; left out, a module is inside."),
    ],
    structure: .wrapper, isOpen: true
  ) { context throws(ModuleError) in
    let takesTime = context.flag("takes_time")
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
      return try Activation(.power(context.number("exponent") ?? 1))
    }
    guard let meaning = context.meaning(ofFunction: name) else {
      let known = context.functions
      context.report(
        "the function \"\(name)\" is unknown", argument: "function",
        hint: Spelling.hint(for: name, among: known)
          ?? "known: " + known.joined(separator: ", "))
      return Identity()
    }
    return context.module(of: meaning, isFramewise: !takesTime)
  }.with { $0.pickle.adjust = takeFunction }
]

/// The function that a pickled `Lambda` without a module inside applies.
private func takeFunction(
  _ reader: any PickleDescriber, _ description: inout ModuleDescription, _ value: PickledValue,
  _ path: String
) {
  guard value.attribute("_modules")?["fn"] == nil else { return }
  guard let applied = value.attribute("fn"), let known = reader.function(applied) else {
    return reader.problem(path, .ownFunction)
  }
  if let type = known.type {
    description.type = type
    description.arguments = known.arguments
  } else {
    description.arguments.merge(known.arguments) { $1 }
  }
}

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
  fileprivate func module(
    of meaning: FunctionMeaning, isFramewise: Bool
  ) -> any Module {
    var module = ModuleDescription(type: meaning.type, place: description.place)
    for (name, value) in meaning.defaults.sorted(by: { $0.key < $1.key }) {
      module.arguments[name] = value
    }
    for (name, value) in description.arguments where !declares(name) {
      module.arguments[meaning.renames[name] ?? name] = value
    }
    return self.module(module, isFramewise: isFramewise)
  }
}
