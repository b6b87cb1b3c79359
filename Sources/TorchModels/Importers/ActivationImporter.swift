import Continual

/// The activations and dropouts of `torch.nn`.
let activationImporters: [ModuleImporter] =
  [
    elementwise("Threshold", ["threshold", "value"]) {
      .threshold($0.required("threshold"), value: $0.required("value"))
    },
    elementwise("ReLU") { _ in .relu },
    elementwise("RReLU", ["lower", "upper"]) {
      .rrelu(
        lower: $0.double("lower", default: 1.0 / 8), upper: $0.double("upper", default: 1.0 / 3))
    },
    elementwise("Hardtanh", ["min_val", "max_val"]) {
      .hardtanh(
        min: $0.double("min_val", default: -1), max: $0.double("max_val", default: 1))
    },
    elementwise("ReLU6") { _ in .relu6 },
    elementwise("Sigmoid") { _ in .sigmoid },
    elementwise("Hardsigmoid") { _ in .hardsigmoid },
    elementwise("Tanh") { _ in .tanh },
    elementwise("SiLU") { _ in .silu },
    elementwise("Hardswish") { _ in .hardswish },
    elementwise("ELU", ["alpha"]) { .elu(alpha: $0.double("alpha", default: 1)) },
    elementwise("CELU", ["alpha"]) { .celu(alpha: $0.double("alpha", default: 1)) },
    elementwise("SELU") { _ in .selu },
    elementwise("GELU", ["approximate"]) { context in
      switch context.string("approximate") {
      case nil, "none": return .gelu
      case "tanh": return .geluTanh
      case let other?:
        context.report(
          "found \"\(other)\", expected \"none\" or \"tanh\"", argument: "approximate")
        return .gelu
      }
    },
    elementwise("Hardshrink", ["lambd"]) {
      .hardshrink(lambda: $0.double("lambd", default: 0.5))
    },
    elementwise("LeakyReLU", ["negative_slope"]) {
      .leakyReLU(negativeSlope: $0.double("negative_slope", default: 0.01))
    },
    elementwise("LogSigmoid") { _ in .logSigmoid },
    elementwise("Softplus", ["beta", "threshold"]) {
      .softplus(
        beta: $0.double("beta", default: 1), threshold: $0.double("threshold", default: 20))
    },
    elementwise("Softshrink", ["lambd"]) {
      .softshrink(lambda: $0.double("lambd", default: 0.5))
    },
    elementwise("Softsign") { _ in .softsign },
    elementwise("Tanhshrink") { _ in .tanhshrink },
    elementwise("Mish") { _ in .mish },
    ModuleImporter(["PReLU"], arguments: ["num_parameters", "init"]) {
      context throws(ModuleError) in
      try PReLU(weight: context.tensor("weight", [context.int("num_parameters")]))
    },
    ModuleImporter(["GLU"], arguments: ["dim"]) { context in
      GatedLinearUnit(axis: context.axis("dim", default: -1))
    },
    ModuleImporter(["Softmax2d"]) { context throws(ModuleError) in
      try Softmax(.softmax2d, axis: nil, isFramewise: context.isFramewise)
    },
  ]
  + [("Softmax", Softmax.Kind.softmax), ("Softmin", .softmin), ("LogSoftmax", .logSoftmax)]
  .map { name, kind in
    ModuleImporter([name], arguments: ["dim"]) { context throws(ModuleError) in
      try Softmax(
        kind, axis: context.int("dim").map { context.axis($0) }, isFramewise: context.isFramewise)
    }
  }
  + Dropout.Kind.allCases.map { kind in
    ModuleImporter([kind.rawValue], arguments: ["p", "inplace"]) { context throws(ModuleError) in
      try Dropout(kind, probability: context.double("p", default: 0.5))
    }
  }

/// An activation that works on each element; `inplace` changes nothing that can be seen.
private func elementwise(
  _ type: String, _ arguments: [String] = [],
  _ function: @escaping @Sendable (ImportContext) -> Activation.Function
) -> ModuleImporter {
  ModuleImporter([type], arguments: arguments + ["inplace"]) { context throws(ModuleError) in
    try Activation(function(context))
  }
}

extension ImportContext {
  /// A number that has no default.
  fileprivate func required(_ name: String) -> Double {
    if !has(name) { report("\(description.type) needs \"\(name)\"") }
    return double(name, default: 0)
  }
}
