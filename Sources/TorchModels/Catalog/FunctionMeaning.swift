import PlainData

/// What a function of PyTorch is: the class that does the same, and how its arguments are called there.
struct FunctionMeaning: Sendable {
  /// The class.
  let type: String

  /// Argument of the class by argument of the function, where the names differ.
  let renames: [String: String]

  /// What an argument of the class is that the function is not given.
  let defaults: [String: PlainValue]
}
