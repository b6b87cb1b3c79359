import Checkpoints
import PlainData
import Tensors

extension ArchitectureError: CustomStringConvertible {
  /// One line a problem, and one for each hint; the first 20 problems, and how many more there are.
  public var description: String {
    let shown = 20
    var lines: [String] = []
    for problem in problems.prefix(shown) {
      let place = problem.place.isEmpty ? source : "\(source): \(problem.place)"
      lines.append("\(place): \(problem.message)".printable)
      if !problem.hint.isEmpty { lines.append("  \(problem.hint)".printable) }
    }
    let rest = problems.count - shown
    if rest > 0 { lines.append("\(source): … and \(rest) more".printable) }
    return lines.joined(separator: "\n")
  }
}

extension ArchitectureError.Problem {
  /// What was found and what was expected.
  public var message: String { finding.message }

  /// What to do; empty where the message says it.
  public var hint: String { finding.hint }
}

/// How to load a pickle whose modules are not all known.
private let describedByHand =
  "export the live network with scripts/describe_model.py; or give an architecture file that says what it "
  + "does (--arch, or NAME.arch.json beside the model), which coverify draft begins"

extension ArchitectureError.Finding {
  fileprivate var message: String {
    switch self {
    case .file(let error): error.message
    case .json(let error):
      switch error.problem {
      case .duplicate: error.reason
      case .depth, .count, .digits: "is not valid JSON for an architecture: \(error.reason)"
      default: "is not valid JSON: \(error.reason)"
      }
    case .header(let value): "found \(value.kind), expected an object with \"format\""
    case .format(let value):
      "found \(value?.description ?? "nothing"), expected \"coverify-architecture\""
    case .version(let value, let newest):
      "found \(value?.description ?? "nothing"), and the newest version understood is \(newest)"
    case .open: "is still \"?\", which coverify draft wrote for what the checkpoint does not say"
    case .missing(let key):
      "has no \"\(key.rawValue)\""
        + (key == .id ? ", by which other nodes of the graph call it" : "")
    case .unknownKey: "is unknown here"
    case .kind(let value, let expected): "found \(value.kind), expected \(expected.text)"
    case .value(let value, let expected): "found \(value), expected \(expected.text)"
    case .pattern(let pattern, let error):
      "\"\(pattern)\" is not a regular expression that is read: it \(error)"
    case .nested(let limit): "modules are nested more than \(limit) deep"
    case .nestedName(let limit): "is nested more than \(limit) deep"
    case .pickle(let problem): problem.message
    case .program(let problem): problem.message
    case .recipe(let name):
      "there is no recipe \(name); there are \(Recipe.all.map(\.name).joined(separator: ", "))"
    case .recipes(let names):
      "are those of several recipes, which differ in what no tensor tells: "
        + names.joined(separator: "; ")
    case .guess(let count):
      "nothing says how \(count) tensors are joined, and a network of that size is not guessed"
    case .call(let name, let problem): "\(name) \(problem.message)"
    case .tensors(let problem):
      "no architecture was found, and none can be told from the tensors: \(problem.message)"
    }
  }

  fileprivate var hint: String {
    switch self {
    case .json(let error):
      switch error.problem {
      case .duplicate: ""
      case .depth: Self.mayAskForMore("json-depth")
      case .count: Self.mayAskForMore("json-values")
      case .digits: Self.mayAskForMore("line-bytes")
      default: "check it with a JSON tool; comments and trailing commas are not JSON"
      }
    case .format:
      "an architecture file starts with \"format\": \"coverify-architecture\", \"version\": 1"
    case .version(_, let newest): "use a newer coverify, or write version \(newest)"
    case .open: "coverify types CLASS says what arguments mean, and what holds without them"
    case .missing(.type): "every node names its class, as \"type\": \"Conv3d\""
    case .missing(.inputs):
      "list what it reads, as \"inputs\": [\"x\"]; \"x\" is the graph's input"
    case .unknownKey(let key, let known):
      Spelling.hint(for: key, among: known) ?? "known: " + known.joined(separator: ", ")
    case .pickle(let problem): problem.hint
    case .program(let problem): problem.hint
    case .recipe: ""
    case .recipes: "say which with --recipe NAME"
    case .guess:
      "export the live network with scripts/describe_model.py; or give --arch FILE, which coverify draft "
        + "begins; or --recipe NAME where it is one of "
        + Recipe.all.map(\.name).joined(separator: ", ")
    case .call(_, let problem): problem.hint
    case .tensors:
      "let scripts/describe_model.py write one from the live network, or complete what "
        + "\"coverify draft MODEL\" prints, and put it beside the model as NAME.arch.json"
    case .file, .header, .missing, .kind, .value, .pattern, .nested, .nestedName: ""
    }
  }

  private static func mayAskForMore(_ limit: String) -> String {
    "an architecture that you trust may ask for more, as --limit \(limit)=NUMBER"
  }
}

extension ArchitectureError.Kind {
  fileprivate var text: String {
    switch self {
    case .object: "an object"
    case .list: "a list"
    case .string: "a string"
    }
  }
}

extension ArchitectureError.Expected {
  fileprivate var text: String {
    switch self {
    case .positiveInteger: "a positive integer"
    case .inputShape: "channels, \"T\", then the space axes, as [32, \"T\", 56, 56]"
    case .match: "\"exact\" or \"flattened\""
    case .renaming: "a pattern and its replacement"
    }
  }
}

extension PickleProblem {
  fileprivate var message: String {
    switch self {
    case .noClass: "is an object of no class"
    case .unknownClass(let module, let name):
      "the class \(module).\(name) is not known, and its code is not in the file"
    case .ownReduction:
      "joins its branches with a function of its own, whose code is not in the file"
    case .ownFunction: "applies a function whose code is not in the file"
    case .lastNorm: "ends with a norm that is not a LayerNorm"
    case .activation: "its activation is neither relu nor gelu"
    case .part(let found, let expected):
      "is \(found ?? "missing") in a layer of a transformer, expected "
        + expected.joined(separator: " or ")
    case .attention:
      "its attention is not as the library makes it: axes, biases or zeros differ"
    case .encoder(let parts):
      "is an encoder of \(parts) parts, expected two layers and what drops an axis"
    case .layersDiffer: "has layers that are not alike"
    }
  }

  fileprivate var hint: String {
    switch self {
    case .noClass, .ownReduction, .ownFunction, .lastNorm: ""
    case .activation: "only these have a definition between the linear layers"
    case .unknownClass, .part, .attention, .encoder, .layersDiffer: describedByHand
    }
  }
}

extension InferenceProblem {
  fileprivate var message: String {
    switch self {
    case .noTensors: "there are no tensors"
    case .tensorsBesideModules: "it has tensors of its own beside modules"
    case .empty: "it is empty"
    case .normalization(let weight):
      "a weight of shape \(weight) can belong to several kinds of normalization"
    case .unknownTensors(let names):
      "its tensors (\(names.joined(separator: ", "))) are of no known layer"
    case .channels(let taken, let last, let made):
      "it takes \(taken) channels and \(last) before it makes \(made)"
    case .eitherConvolution(let weight):
      "a weight of shape \(weight) can be that of a convolution or of a transposed one, and its name or its "
        + "even kernel speaks for the latter"
    case .eitherMatrix(let weight):
      "a weight of shape \(weight) can be that of a linear layer or of an embedding, and its name speaks "
        + "for the latter"
    case .bias(let count, let weight):
      "its bias has \(count) numbers, which no weight \(weight) goes with"
    }
  }
}

extension ExportedProgramProblem {
  fileprivate var message: String {
    switch self {
    case .noTensor: "takes no tensor, or returns none"
    case .layout(let text, let shape):
      "has shape \(shape), and is said to be \(text)"
    case .example(let shape, let expected):
      "has shape \(shape), and the program takes \(Shape(expected))"
    case .frames(let said, let found):
      "says that the example has \(said) frames, and it has \(found)"
    case .inputShape(let shape):
      "has shape \(shape), expected (B, C, T), (B, C, T, H), (B, C, T, H, W) or another order"
    case .output: "is not a value of the clip"
    case .noGraph:
      "has no \"graph_module\" with a graph and its signature, expected what torch.export.save "
        + "writes"
    case .notACall: "is not a call with a target, inputs and outputs"
    case .inputKind(let keys):
      "has an input of another kind than tensors: \(keys.joined(separator: ", "))"
    case .changesState:
      "is changed when the network runs, so a clip depends on those before it"
    }
  }

  fileprivate var hint: String {
    switch self {
    case .noTensor: "export a network that makes a tensor of a clip"
    case .layout: "give a letter for each axis, as in BTC, or another axis of time"
    case .example, .frames: "export the network again"
    case .inputShape, .output: ""
    case .noGraph: "export the network again with torch 2.8 or later"
    case .notACall: "export the network again"
    case .inputKind: "export a network that takes tensors"
    case .changesState:
      "call model.eval() before the export, or keep the state outside of the network"
    }
  }
}
