import Continual
import PlainData

/// The activations of `torch.nn`.
let activationLayers: [LayerDefinition] =
  [
    elementwise(
      "Threshold", "x above the threshold, else the value.",
      [
        .init("threshold", .number, .required, "What x has to exceed."),
        .init("value", .number, .required, "What stands for all else."),
      ], functions: ["threshold"]
    ) {
      .threshold($0.required("threshold"), value: $0.required("value"))
    },
    elementwise("ReLU", "max(x, 0).", functions: ["relu", "relu_"]) { _ in .relu },
    elementwise(
      "RReLU", "As LeakyReLU, with the mean of the bounds as slope.",
      [
        .init("lower", .number, .value(.double(1.0 / 8)), "The lower bound of the slope."),
        .init("upper", .number, .value(.double(1.0 / 3)), "The upper bound of the slope."),
      ], functions: ["rrelu"]
    ) {
      .rrelu(lower: $0.double("lower"), upper: $0.double("upper"))
    },
    elementwise(
      "Hardtanh", "x within bounds.",
      [
        .init("min_val", .number, .value(.double(-1)), "The lower bound."),
        .init("max_val", .number, .value(.double(1)), "The upper bound."),
      ], functions: ["hardtanh", clamp("clamp"), clamp("clip")]
    ) {
      .hardtanh(min: $0.double("min_val"), max: $0.double("max_val"))
    },
    elementwise("ReLU6", "x within 0 and 6.", functions: ["relu6"]) { _ in .relu6 },
    elementwise("Sigmoid", "1 / (1 + exp(-x)).", functions: ["sigmoid", "expit"]) { _ in .sigmoid },
    elementwise("Hardsigmoid", "x / 6 + 1/2 within 0 and 1.", functions: ["hardsigmoid"]) { _ in
      .hardsigmoid
    },
    elementwise("Tanh", "The hyperbolic tangent.", functions: ["tanh"]) { _ in .tanh },
    elementwise("SiLU", "x sigmoid(x).", functions: ["silu"]) { _ in .silu },
    elementwise("Hardswish", "x hardsigmoid(x).", functions: ["hardswish"]) { _ in .hardswish },
    elementwise("ELU", "x, or alpha (exp(x) - 1) below 0.", [alpha], functions: ["elu"]) {
      .elu(alpha: $0.double("alpha"))
    },
    elementwise("CELU", "x, or alpha (exp(x / alpha) - 1) below 0.", [alpha], functions: ["celu"]) {
      .celu(alpha: $0.double("alpha"))
    },
    elementwise("SELU", "ELU with the constants of self-normalizing networks.", functions: ["selu"])
    { _ in .selu },
    elementwise(
      "GELU", "x times the normal distribution's share below x.",
      [
        .init(
          "approximate", .choice(["none", "tanh"]), "none", "Whether it is computed with a tanh.")
      ], functions: ["gelu"]
    ) { context in
      switch context.string("approximate") {
      case nil, "none": return .gelu
      case "tanh": return .geluTanh
      case let other?:
        context.report(
          "found \"\(other)\", expected \"none\" or \"tanh\"", argument: "approximate")
        return .gelu
      }
    },
    elementwise("Hardshrink", "x, or 0 near 0.", [lambda], functions: ["hardshrink"]) {
      .hardshrink(lambda: $0.double("lambd"))
    },
    elementwise(
      "LeakyReLU", "x, or a part of it below 0.",
      [.init("negative_slope", .number, 0.01, "That part.")], functions: ["leaky_relu"]
    ) {
      .leakyReLU(negativeSlope: $0.double("negative_slope"))
    },
    elementwise("LogSigmoid", "log(sigmoid(x)).", functions: ["logsigmoid"]) { _ in .logSigmoid },
    elementwise(
      "Softplus", "log(1 + exp(beta x)) / beta.",
      [
        .init("beta", .number, .value(.double(1)), "How sharp the bend is."),
        .init("threshold", .number, .value(.double(20)), "Where x itself is taken, of beta x."),
      ], functions: ["softplus"]
    ) {
      .softplus(beta: $0.double("beta"), threshold: $0.double("threshold"))
    },
    elementwise("Softshrink", "x moved towards 0.", [lambda], functions: ["softshrink"]) {
      .softshrink(lambda: $0.double("lambd"))
    },
    elementwise("Softsign", "x / (1 + |x|).", functions: ["softsign"]) { _ in .softsign },
    elementwise("Tanhshrink", "x - tanh(x).", functions: ["tanhshrink"]) { _ in .tanhshrink },
    elementwise("Mish", "x tanh(softplus(x)).", functions: ["mish"]) { _ in .mish },
    LayerDefinition(
      ["PReLU"], family: .activation, summary: "x, or a learned part of it below 0.",
      arguments: [
        .init("num_parameters", .int, .told, "One part for all, or one for each channel."),
        .init("init", .number, .ignored, "Where training starts."),
      ]
    ) {
      context throws(ModuleError) in
      try PReLU(weight: context.tensor("weight", [context.int("num_parameters")]))
    }.with { $0.inference = .prelu },
    LayerDefinition(
      ["GLU"], family: .activation, summary: "One half times the sigmoid of the other half.",
      arguments: [.axis("dim", default: -1, "The axis that is halved.")], functions: ["glu"]
    ) { context in
      GatedLinearUnit(axis: context.axis("dim"))
    },
    LayerDefinition(
      ["Softmax2d"], family: .activation, summary: "The softmax over the channels of each place."
    ) { context throws(ModuleError) in
      try Softmax(.softmax2d, axis: nil, isFramewise: context.isFramewise)
    },
    softmax("Softmax", .softmax, "exp(x), divided by the sum.", functions: ["softmax"]),
    softmax("Softmin", .softmin, "exp(-x), divided by the sum.", functions: ["softmin"]),
    softmax(
      "LogSoftmax", .logSoftmax, "The logarithm of the softmax.", functions: ["log_softmax"]),
  ]

/// The dropouts of `torch.nn`, none of which does anything in evaluation.
let dropoutLayers = Dropout.Kind.allCases.map { kind in
  LayerDefinition(
    [kind.rawValue], family: .dropout, summary: "Nothing, in evaluation.",
    arguments: [.init("p", .number, 0.5, "The share that is dropped in training."), .inplace],
    effect: .nothing
  ) { context throws(ModuleError) in
    try Dropout(kind, probability: context.double("p"))
  }
}

private let alpha = LayerDefinition.Argument(
  "alpha", .number, .value(.double(1)), "How far it goes below 0.")

private let lambda = LayerDefinition.Argument("lambd", .number, 0.5, "How far is near.")

/// A bound that is not given is infinite.
private func clamp(_ name: String) -> LayerDefinition.Function {
  .init(
    name, renames: ["min": "min_val", "max": "max_val"],
    defaults: ["min_val": .string("-inf"), "max_val": .string("inf")])
}

/// An activation that works on each element; `inplace` changes nothing that can be seen.
private func elementwise(
  _ type: String, _ summary: String, _ arguments: [LayerDefinition.Argument] = [],
  functions: [LayerDefinition.Function] = [],
  _ function: @escaping @Sendable (ImportContext) -> Activation.Function
) -> LayerDefinition {
  LayerDefinition(
    [type], family: .activation, summary: summary, arguments: arguments + [.inplace],
    functions: functions, effect: .elementwise
  ) { context throws(ModuleError) in
    try Activation(function(context))
  }
}

private func softmax(
  _ type: String, _ kind: Softmax.Kind, _ summary: String, functions: [LayerDefinition.Function]
) -> LayerDefinition {
  LayerDefinition(
    [type], family: .activation, summary: summary,
    arguments: [.init("dim", .int, .unset, "The axis; left out, as PyTorch chooses it.")],
    functions: functions
  ) { context throws(ModuleError) in
    try Softmax(
      kind, axis: context.int("dim").map { context.axis($0) }, isFramewise: context.isFramewise)
  }
}

extension ImportContext {
  /// A number that has no default.
  fileprivate func required(_ name: String) -> Double {
    if !has(name) { report("\(description.type) needs \"\(name)\"") }
    return double(name)
  }
}
