import PlainData

/// What a definition says of the arguments and tensors of its classes, for the context of one module.
struct DeclaredArguments: Sendable {
  /// The first of the class names, for messages.
  let type: String

  /// The names of the arguments, and the defaults of those that have one.
  let names: [String]
  let defaults: [String: PlainValue]

  /// Whether further arguments are possible.
  let isOpen: Bool

  /// The axis of the tensor `weight` that the channels come out at; nil without such a tensor.
  let outputAxis: Int?
}
