import Continual

/// Functions of `torch` that work on each element and have no class.
enum TorchFunctions {
  /// The elementary function of a name, or of another name for the same.
  static func elementary(_ name: String) -> Activation.ElementaryFunction? {
    Activation.ElementaryFunction(rawValue: aliases[name] ?? name)
  }

  /// The names of all these functions.
  static var elementaryNames: [String] {
    Activation.ElementaryFunction.allCases.map(\.rawValue) + aliases.keys + ["pow"]
  }

  private static let aliases = [
    "absolute": "abs", "arccos": "acos", "arccosh": "acosh", "arcsin": "asin",
    "arcsinh": "asinh", "arctan": "atan", "arctanh": "atanh", "fix": "trunc",
    "negative": "neg", "sgn": "sign",
  ]
}
