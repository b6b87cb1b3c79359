import Continual
import Tensors

/// A network in which one module is another one.
struct ModuleChange: Sendable {
  /// The dotted path of the module.
  let path: String
  /// What is changed, as in `GELU(tanh)`.
  let words: String
  /// The module that takes its place.
  let module: any Module
  /// How soon it is tried; the smallest first.
  let rank: Int
}

/// Single changes of a network: what people mistake when they write an architecture down.
///
/// The others of a module's arguments stay as they are. Weights are not changed, only read in another order.
enum ModuleChanges {
  /// All changes of a network and the modules inside, those first that are most often the mistake.
  static func all(of network: any Module) -> [ModuleChange] {
    var changes: [ModuleChange] = []
    collect(network, path: "", into: &changes)
    return changes.enumerated().sorted {
      ($0.element.rank, $0.offset) < ($1.element.rank, $1.offset)
    }.map(\.element)
  }

  static func collect(
    _ module: any Module, path: String, into changes: inout [ModuleChange]
  ) {
    for (words, other, rank) in alternatives(to: module) {
      changes.append(ModuleChange(path: path, words: words, module: other, rank: rank))
    }
    for child in module.children {
      collect(child.module, path: path.adding(module: child.name), into: &changes)
    }
  }

  typealias Alternative = (String, any Module, Int)

  static func alternatives(to module: any Module) -> [Alternative] {
    switch module {
    case let module as Activation:
      activations(insteadOf: module) + [("no \(module.typeName)", Identity(), 1)]
    case let module as PReLU:
      activations(insteadOf: nil) + [("no \(module.typeName)", Identity(), 1)]
    case let module as Convolution: convolutions(module) + behind(module)
    case let module as TransposedConvolution: behind(module)
    case let module as Pooling: pools(module)
    case let module as AdaptivePooling: adaptivePools(module)
    case let module as BatchNorm: norms(module) + behind(module)
    case let module as GroupNorm: norms(module) + behind(module)
    case let module as LayerNorm: norms(module) + behind(module)
    case let module as Linear: linears(module) + behind(module)
    case let module as BroadcastReduce:
      reductions(except: module.reduce) {
        try BroadcastReduce(module.children, reduce: $0, autoDelay: module.autoDelay)
      } + behind(module)
    case let module as Residual: residuals(module) + behind(module)
    case let module as Sequential: sequences(module)
    case let module as Softmax: softmaxes(module)
    case let module as Upsample: upsamples(module)
    case let module as RNN:
      made([
        (
          "nonlinearity=\"\(module.nonlinearity == .tanh ? "relu" : "tanh")\"", 0,
          {
            try RNN(
              layers: module.layers, nonlinearity: module.nonlinearity == .tanh ? .relu : .tanh)
          }
        )
      ])
    case let module as SingleOutputMultiheadAttention: attentions(module)
    case let module as SingleOutputTransformerEncoderLayer: layers(module)
    case let module as TransformerEncoder: encoders(module)
    case let module as Narrow: narrows(module)
    case let module as Delay: module.frames > 0 ? [("no Delay", Identity(), 2)] : []
    case is GatedLinearUnit, is Identity, is Dropout: activations(insteadOf: nil)
    default: []
    }
  }

  /// Those that can be made.
  static func made(_ ways: [(String, Int, () throws -> any Module)]) -> [Alternative] {
    ways.compactMap { words, rank, make in (try? make()).map { (words, $0, rank) } }
  }

  // MARK: - Activations

  static let functions: [(String, Activation.Function, Int)] = [
    ("ReLU", .relu, 0), ("GELU", .gelu, 0), ("GELU(tanh)", .geluTanh, 0), ("SiLU", .silu, 0),
    ("ReLU6", .relu6, 0), ("Sigmoid", .sigmoid, 0), ("Tanh", .tanh, 0),
    ("LeakyReLU(0.01)", .leakyReLU(negativeSlope: 0.01), 0),
    ("LeakyReLU(0.1)", .leakyReLU(negativeSlope: 0.1), 0),
    ("LeakyReLU(0.2)", .leakyReLU(negativeSlope: 0.2), 0), ("ELU", .elu(alpha: 1), 0),
    ("Hardswish", .hardswish, 0), ("Hardsigmoid", .hardsigmoid, 0), ("Mish", .mish, 0),
    ("Softplus", .softplus(beta: 1, threshold: 20), 0), ("SELU", .selu, 1),
    ("LeakyReLU(0.3)", .leakyReLU(negativeSlope: 0.3), 1),
    ("LeakyReLU(0.05)", .leakyReLU(negativeSlope: 0.05), 1),
    ("LeakyReLU(0.02)", .leakyReLU(negativeSlope: 0.02), 1),
    ("LeakyReLU(0.25)", .leakyReLU(negativeSlope: 0.25), 1),
    ("LeakyReLU(0.5)", .leakyReLU(negativeSlope: 0.5), 1), ("ELU(0.5)", .elu(alpha: 0.5), 1),
    ("Hardtanh", .hardtanh(min: -1, max: 1), 1), ("Softsign", .softsign, 1),
    ("Tanhshrink", .tanhshrink, 1), ("LogSigmoid", .logSigmoid, 1),
    ("Hardshrink(0.5)", .hardshrink(lambda: 0.5), 1),
    ("Softshrink(0.5)", .softshrink(lambda: 0.5), 1), ("CELU(2)", .celu(alpha: 2), 2),
  ]

  static func activations(insteadOf module: Activation?) -> [Alternative] {
    made(
      functions.filter { $0.1 != module?.function }.map { words, function, rank in
        (words, rank, { try Activation(function) })
      })
  }

  /// A function behind a module, which was forgotten.
  static func behind(_ module: any Module) -> [Alternative] {
    made(
      functions.prefix(7).map { words, function, _ in
        ("\(words) behind it", 4, { Sequential(module, try Activation(function)) })
      })
  }
}
