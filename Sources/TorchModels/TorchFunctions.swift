import Continual
import OrderedCollections
import PlainData

/// Functions of `torch` and `torch.nn.functional`, by the module that does the same.
enum TorchFunctions {
  /// A module, and the names it has for the arguments of the function.
  struct Meaning: Sendable {
    let type: String
    var renames: [String: String] = [:]
    var defaults: OrderedDictionary<String, PlainValue> = [:]
  }

  /// What a function is; nil for one that is not known.
  static func meaning(of name: String) -> Meaning? {
    meanings[name].map { Meaning(type: $0) } ?? others[name]
  }

  /// The elementary function of a name, or of another name for the same.
  static func elementary(_ name: String) -> Activation.ElementaryFunction? {
    Activation.ElementaryFunction(rawValue: aliases[name] ?? name)
  }

  /// All names, sorted.
  static var names: [String] {
    (Activation.ElementaryFunction.allCases.map(\.rawValue) + aliases.keys + meanings.keys
      + others.keys + ["pow"]).sorted()
  }

  private static let aliases = [
    "absolute": "abs", "arccos": "acos", "arccosh": "acosh", "arcsin": "asin",
    "arcsinh": "asinh", "arctan": "atan", "arctanh": "atanh", "fix": "trunc",
    "negative": "neg", "sgn": "sign",
  ]

  private static let meanings: [String: String] = [
    "relu": "ReLU", "relu_": "ReLU", "relu6": "ReLU6", "sigmoid": "Sigmoid", "expit": "Sigmoid",
    "tanh": "Tanh", "silu": "SiLU", "gelu": "GELU", "elu": "ELU", "celu": "CELU", "selu": "SELU",
    "mish": "Mish", "softplus": "Softplus", "softsign": "Softsign", "hardtanh": "Hardtanh",
    "hardswish": "Hardswish", "hardsigmoid": "Hardsigmoid", "leaky_relu": "LeakyReLU",
    "rrelu": "RReLU", "threshold": "Threshold", "logsigmoid": "LogSigmoid",
    "tanhshrink": "Tanhshrink", "hardshrink": "Hardshrink", "softshrink": "Softshrink",
    "glu": "GLU", "softmax": "Softmax", "softmin": "Softmin", "log_softmax": "LogSoftmax",
    "zeros_like": "Zero",
    "interpolate": "Upsample", "upsample": "Upsample", "ones_like": "One", "clone": "Identity",
    "positive": "Identity", "_unity": "Identity",
  ]

  private static let others: [String: Meaning] = {
    let add = Meaning(type: "Add", renames: ["other": "constant"])
    let multiply = Meaning(type: "Multiply", renames: ["other": "factor"])
    // A bound that is not given is none.
    let clamp = Meaning(
      type: "Hardtanh", renames: ["min": "min_val", "max": "max_val"],
      defaults: ["min_val": .string("-inf"), "max_val": .string("inf")])
    // By itself, the function starts with the batch.
    let flatten = Meaning(type: "Flatten", defaults: ["start_dim": .int(0)])
    return [
      "add": add, "mul": multiply, "multiply": multiply, "clamp": clamp, "clip": clamp,
      "flatten": flatten,
    ]
  }()
}
