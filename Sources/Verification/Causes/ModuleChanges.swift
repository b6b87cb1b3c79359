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

  private static func collect(
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

  private static func alternatives(to module: any Module) -> [Alternative] {
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
    case let module as Delay: module.frames > 0 ? [("no Delay", Identity(), 2)] : []
    case is GatedLinearUnit, is Identity, is Dropout: activations(insteadOf: nil)
    default: []
    }
  }

  /// Those that can be made.
  private static func made(_ ways: [(String, Int, () throws -> any Module)]) -> [Alternative] {
    ways.compactMap { words, rank, make in (try? make()).map { (words, $0, rank) } }
  }

  // MARK: - Activations

  private static let functions: [(String, Activation.Function, Int)] = [
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

  private static func activations(insteadOf module: Activation?) -> [Alternative] {
    made(
      functions.filter { $0.1 != module?.function }.map { words, function, rank in
        (words, rank, { try Activation(function) })
      })
  }

  /// A function behind a module, which was forgotten.
  private static func behind(_ module: any Module) -> [Alternative] {
    made(
      functions.prefix(7).map { words, function, _ in
        ("\(words) behind it", 4, { Sequential(module, try Activation(function)) })
      })
  }

  // MARK: - Windows

  private static func convolutions(_ module: Convolution) -> [Alternative] {
    let axes = module.windows
    func other(
      _ change: (inout [WindowAxis]) -> Void, mode: PaddingMode? = nil, weight: Tensor? = nil,
      noBias: Bool = false
    ) throws -> any Module {
      var axes = axes
      change(&axes)
      return try Convolution(
        weight: weight ?? module.weight, bias: noBias ? nil : module.bias,
        stride: axes.map(\.stride),
        padding: .sides(before: axes.map(\.before), after: axes.map(\.after)),
        dilation: axes.map(\.dilation), groups: module.groups,
        paddingMode: mode ?? module.paddingMode,
        temporalFill: mode == nil ? module.temporalFill : nil)
    }
    var ways: [(String, Int, () throws -> any Module)] = []
    let places = axes.count > 1 ? [[0], Array(1..<axes.count), Array(axes.indices)] : [[0]]
    for places in places + (axes.count > 2 ? [[1], [2]] : []) {
      let name = words(for: places, of: axes.count)
      for stride in 1...4 where places.contains(where: { axes[$0].stride != stride }) {
        ways.append(
          (
            "stride \(stride)\(name)", 1,
            { try other { for i in places { $0[i].stride = stride } } }
          ))
      }
      for dilation in 1...4 where places.contains(where: { axes[$0].dilation != dilation }) {
        ways.append(
          (
            "dilation \(dilation)\(name)", 2,
            { try other { for i in places { $0[i].dilation = dilation } } }
          ))
        // What keeps the length is usually changed with it.
        ways.append(
          (
            "dilation \(dilation) and padding to match\(name)", 2,
            {
              try other {
                for i in places {
                  $0[i].dilation = dilation
                  let side = dilation * ($0[i].kernel - 1) / 2
                  ($0[i].before, $0[i].after) = (side, side)
                }
              }
            }
          ))
      }
      for padding in 0...4
      where places.contains(where: { axes[$0].before != padding || axes[$0].after != padding }) {
        ways.append(
          (
            "padding \(padding)\(name)", 1,
            { try other { for i in places { ($0[i].before, $0[i].after) = (padding, padding) } } }
          ))
      }
    }
    let total = axes[0].before + axes[0].after
    let span = axes[0].dilation * (axes[0].kernel - 1)
    ways.append(("causal padding", 0, { try other { ($0[0].before, $0[0].after) = (span, 0) } }))
    ways.append(("causal padding", 0, { try other { ($0[0].before, $0[0].after) = (total, 0) } }))
    ways.append(
      (
        "centred padding", 0,
        { try other { ($0[0].before, $0[0].after) = (span / 2, span - span / 2) } }
      ))
    ways.append(
      ("padding of the end alone", 2, { try other { ($0[0].before, $0[0].after) = (0, span) } }))
    for mode in PaddingMode.ofConvolutions where mode != module.paddingMode {
      ways.append(("padding_mode=\"\(mode.rawValue)\"", 1, { try other({ _ in }, mode: mode) }))
    }
    if module.bias != nil {
      ways.append(("no bias", 3, { try other({ _ in }, noBias: true) }))
    }
    if axes[0].kernel > 1 {
      ways.append(
        (
          "a kernel that is reversed in time", 3,
          { try other({ _ in }, weight: module.weight.reversed(along: 2)) }
        ))
    }
    if module.weightShape[1] > 1 {
      ways.append(
        (
          "reversed input channels", 3,
          { try other({ _ in }, weight: module.weight.reversed(along: 1)) }
        ))
    }
    return made(ways)
  }

  private static func words(for places: [Int], of count: Int) -> String {
    if count == 1 || places.count == count { return "" }
    return places == [0]
      ? " in time" : places.count == count - 1 ? " in space" : " along axis \(places[0])"
  }

  private static func pools(_ module: Pooling) -> [Alternative] {
    func other(
      kind: Pooling.Kind? = nil, kernel: [Int]? = nil, stride: [Int]? = nil, padding: [Int]? = nil,
      dilation: [Int]? = nil, ceil: Bool? = nil
    ) throws -> any Module {
      try Pooling(
        kind: kind ?? module.kind, kernelSize: kernel ?? module.kernelSize,
        stride: stride ?? module.stride, padding: padding ?? module.padding,
        dilation: dilation ?? module.dilation, ceilMode: ceil ?? module.ceilMode)
    }
    let count = module.kernelSize.count
    var ways: [(String, Int, () throws -> any Module)] = [
      ("ceil_mode=\(module.ceilMode ? "False" : "True")", 0, { try other(ceil: !module.ceilMode) })
    ]
    if case .average(let counts, let divisor) = module.kind {
      ways.append(
        (
          "count_include_pad=\(counts ? "False" : "True")", 0,
          { try other(kind: .average(countIncludePad: !counts, divisorOverride: divisor)) }
        ))
      ways.append(("MaxPool\(count)d", 0, { try other(kind: .maximum) }))
      if divisor != nil {
        ways.append(
          (
            "no divisor_override", 0,
            { try other(kind: .average(countIncludePad: counts, divisorOverride: nil)) }
          ))
      }
    } else {
      ways.append(
        (
          "AvgPool\(count)d", 0,
          { try other(kind: .average(countIncludePad: true, divisorOverride: nil)) }
        ))
    }
    for place in 0..<count {
      let name = words(for: [place], of: count)
      func with(_ values: [Int], _ value: Int) -> [Int] {
        values.enumerated().map { $0.offset == place ? value : $0.element }
      }
      for value in 1...4 {
        ways.append(
          ("stride \(value)\(name)", 1, { try other(stride: with(module.stride, value)) }))
        ways.append(
          ("kernel_size \(value)\(name)", 2, { try other(kernel: with(module.kernelSize, value)) }))
        ways.append(
          ("dilation \(value)\(name)", 2, { try other(dilation: with(module.dilation, value)) }))
      }
      for value in 0...2 {
        ways.append(
          ("padding \(value)\(name)", 1, { try other(padding: with(module.padding, value)) }))
      }
    }
    return made(ways)
  }

  private static func adaptivePools(_ module: AdaptivePooling) -> [Alternative] {
    let average = Pooling.Kind.average(countIncludePad: true, divisorOverride: nil)
    let isMaximum = module.kind == .maximum
    return made([
      (
        isMaximum ? "an average" : "a maximum", 0,
        {
          try AdaptivePooling(
            kind: isMaximum ? average : .maximum, outputSize: module.outputSize,
            window: module.window, stride: module.stride, padding: module.padding,
            dilation: module.dilation, temporalFill: module.temporalFill)
        }
      )
    ])
  }

  // MARK: - Normalization

  private static let smallNumbers = [
    1e-5, 1e-3, 1e-6, 1e-12, 1e-8, 1e-4, 1e-2, 1e-7, 0.1, 0, 2e-5, 5e-5, 1e-9, 1e-10,
  ]

  private static func eps(
    except own: Double, _ make: @escaping (Double) throws -> any Module
  ) -> [Alternative] {
    made(smallNumbers.filter { $0 != own }.map { eps in ("eps=\(eps)", 0, { try make(eps) }) })
  }

  private static func norms(_ module: BatchNorm) -> [Alternative] {
    func other(eps: Double? = nil, isPlain: Bool = false, isUntracked: Bool = false) throws
      -> any Module
    {
      try BatchNorm(
        module.kind, dimensions: module.dimensions, weight: isPlain ? nil : module.weight,
        bias: isPlain ? nil : module.bias,
        runningMean: isUntracked ? nil : module.statistics?.mean,
        runningVariance: isUntracked ? nil : module.statistics?.variance,
        eps: eps ?? module.eps, isFramewise: module.isFramewise)
    }
    var ways: [(String, Int, () throws -> any Module)] = [
      ("no \(module.typeName)", 2, { Identity() })
    ]
    if module.weight != nil { ways.append(("affine=False", 2, { try other(isPlain: true) })) }
    if module.statistics != nil {
      ways.append(
        ("the statistics of the batch (as in training)", 1, { try other(isUntracked: true) }))
    }
    return eps(except: module.eps) { try other(eps: $0) } + made(ways)
  }

  private static func norms(_ module: GroupNorm) -> [Alternative] {
    eps(except: module.eps) {
      try GroupNorm(
        groups: module.groups, weight: module.weight, bias: module.bias, eps: $0,
        isFramewise: module.isFramewise)
    }
      + made(
        [1, 2, 3, 4, 6, 8, 16, 32].filter { $0 != module.groups }.map { groups in
          (
            "num_groups=\(groups)", 1,
            {
              try GroupNorm(
                groups: groups, weight: module.weight, bias: module.bias, eps: module.eps,
                isFramewise: module.isFramewise)
            }
          )
        } + [("no \(module.typeName)", 2, { Identity() })])
  }

  private static func norms(_ module: LayerNorm) -> [Alternative] {
    eps(except: module.eps) {
      try LayerNorm(
        normalizedShape: module.normalizedShape, weight: module.weight, bias: module.bias, eps: $0,
        isFramewise: module.isFramewise)
    } + made([("no \(module.typeName)", 2, { Identity() })])
  }

  // MARK: - Others

  private static func linears(_ module: Linear) -> [Alternative] {
    var ways: [(String, Int, () throws -> any Module)] = []
    if module.bias != nil {
      ways.append(
        ("no bias", 3, { try Linear(weight: module.weight, bias: nil, axis: module.axis) }))
    }
    let shape = module.weightShape
    if shape[0] == shape[1] {
      ways.append(
        (
          "a transposed weight", 2,
          {
            try Linear(weight: module.weight.transposedMatrix, bias: module.bias, axis: module.axis)
          }
        ))
    }
    for axis in [Axis.clip(1), .clip(-1)] where axis != module.axis {
      ways.append(
        (
          "channel_dim=\(axis.dimension)", 2,
          { try Linear(weight: module.weight, bias: module.bias, axis: axis) }
        ))
    }
    return made(ways)
  }

  private static func reductions(
    except own: Reduction, _ make: @escaping (Reduction) throws -> any Module
  ) -> [Alternative] {
    made(
      [Reduction.sum, .product, .maximum, .concatenation].filter { $0 != own }.map { reduction in
        ("reduce=\"\(reduction.rawValue)\"", 0, { try make(reduction) })
      })
  }

  private static func residuals(_ module: Residual) -> [Alternative] {
    reductions(except: module.reduce) {
      Residual(module.module, reduce: $0, shrink: module.shrink)
    }
      + made(
        [("no way around it", 1, { Sequential([module.module]) })]
          + Residual.Shrink.allCases.filter { $0 != module.shrink }.map { shrink in
            (
              "residual_shrink=\"\(shrink.rawValue)\"", 1,
              {
                Residual(module.module, reduce: module.reduce, shrink: shrink)
              }
            )
          })
  }

  /// A join of streams is part of the sequence that it stands in.
  private static func sequences(_ module: Sequential) -> [Alternative] {
    module.children.indices.flatMap { index -> [Alternative] in
      guard let reduce = module.children[index].module as? Reduce else { return [] }
      return reductions(except: reduce.reduction) { reduction in
        var children = module.children
        children[index] = NamedModule(children[index].name, Reduce(reduction))
        return Sequential(children)
      }
    }
  }

  private static func softmaxes(_ module: Softmax) -> [Alternative] {
    made(
      [1, 2, 3, 4, -1].filter { module.axis != .clip($0) }.map { axis in
        (
          "dim=\(axis)", 0,
          { try Softmax(module.kind, axis: .clip(axis), isFramewise: module.isFramewise) }
        )
      } + [("no \(module.typeName)", 1, { Identity() })])
  }

  private static func upsamples(_ module: Upsample) -> [Alternative] {
    func other(_ mode: Upsample.Mode, _ alignsCorners: Bool) -> () throws -> any Module {
      {
        try Upsample(
          extents: module.extents, mode: mode, alignCorners: alignsCorners,
          recomputesFactor: module.recomputesFactor, isFramewise: module.isFramewise)
      }
    }
    return made(
      Upsample.Mode.allCases.flatMap { mode in
        [false, true].map {
          ("mode=\"\(mode.rawValue)\"\($0 ? ", align_corners=True" : "")", 0, other(mode, $0))
        }
      })
  }

  // MARK: - Attention

  private static func heads(
    _ weights: AttentionWeights, _ make: @escaping (AttentionWeights) throws -> any Module
  ) -> [Alternative] {
    made(
      [1, 2, 3, 4, 6, 8, 12, 16].filter { $0 != weights.heads && weights.size.isMultiple(of: $0) }
        .map { heads in
          ("num_heads=\(heads)", 0, { try make(weights.with(heads: heads)) })
        })
  }

  private static func attentions(_ module: SingleOutputMultiheadAttention) -> [Alternative] {
    heads(module.weights) {
      try SingleOutputMultiheadAttention(
        weights: $0, sequenceLength: module.sequenceLength, queryIndex: module.queryIndex,
        singleOutputForward: module.singleOutputForward)
    }
  }

  /// Other layers of the same weights.
  private static func others(
    _ layer: TransformerLayerWeights,
    _ make: @escaping (TransformerLayerWeights) throws -> any Module
  ) -> [Alternative] {
    func with(
      heads: Int? = nil, eps: Double? = nil, activation: TransformerLayerWeights.Activation? = nil,
      normFirst: Bool? = nil
    ) throws -> TransformerLayerWeights {
      func norm(_ norm: TransformerLayerWeights.Norm) -> TransformerLayerWeights.Norm {
        .init(weight: norm.weight, bias: norm.bias, eps: eps ?? norm.eps)
      }
      return try TransformerLayerWeights(
        attention: heads.map { try layer.attention.with(heads: $0) } ?? layer.attention,
        linear1: layer.linear1, linear2: layer.linear2, norm1: norm(layer.norm1),
        norm2: norm(layer.norm2), activation: activation ?? layer.activation,
        normFirst: normFirst ?? layer.normFirst)
    }
    var ways: [(String, Int, () throws -> any Module)] = [
      (
        "norm_first=\(layer.normFirst ? "False" : "True")", 0,
        { try make(with(normFirst: !layer.normFirst)) }
      )
    ]
    for activation in [TransformerLayerWeights.Activation.relu, .gelu]
    where activation != layer.activation {
      ways.append(
        ("activation=\"\(activation.rawValue)\"", 0, { try make(with(activation: activation)) }))
    }
    for eps in smallNumbers where eps != layer.norm1.eps {
      ways.append(("layer_norm_eps=\(eps)", 0, { try make(with(eps: eps)) }))
    }
    for heads in [1, 2, 3, 4, 6, 8, 12, 16]
    where heads != layer.attention.heads && layer.attention.size.isMultiple(of: heads) {
      ways.append(("nhead=\(heads)", 0, { try make(with(heads: heads)) }))
    }
    return made(ways)
  }

  private static func layers(_ module: SingleOutputTransformerEncoderLayer) -> [Alternative] {
    others(module.weights) {
      try SingleOutputTransformerEncoderLayer(
        weights: $0, sequenceLength: module.sequenceLength, queryIndex: module.queryIndex,
        singleOutputForward: module.singleOutputForward)
    }
  }

  /// All layers of an encoder have the same arguments.
  private static func encoders(_ module: TransformerEncoder) -> [Alternative] {
    let each = module.layers.map { layer in
      others(layer) { Holder(layer: $0) }
    }
    return (each.first ?? []).enumerated().compactMap { index, first in
      let layers = each.compactMap { index < $0.count ? ($0[index].1 as? Holder)?.layer : nil }
      guard layers.count == module.layers.count,
        let other = try? TransformerEncoder(
          layers: layers, norm: module.norm, sequenceLength: module.sequenceLength)
      else { return nil }
      return (first.0, other, first.2)
    }
  }

  /// Carries a changed layer of an encoder.
  private struct Holder: Module {
    let layer: TransformerLayerWeights
    var typeName: String { "" }

    func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire { input }
  }
}

extension AttentionWeights {
  /// The same with another number of heads.
  fileprivate func with(heads: Int) throws -> AttentionWeights {
    try AttentionWeights(
      inWeight: inWeight, inBias: inBias, outWeight: outWeight, outBias: outBias, heads: heads)
  }
}

extension Tensor {
  /// The same with one axis in the opposite order.
  fileprivate func reversed(along axis: Int) -> Tensor {
    let inner = shape.axes.dropFirst(axis + 1).reduce(1, *)
    let length = shape[axis]
    return Tensor(
      shape,
      scalars.indices.map { index in
        let place = index / inner % length
        return scalars[index + (length - 1 - 2 * place) * inner]
      })
  }

  /// A square matrix with rows and columns exchanged.
  fileprivate var transposedMatrix: Tensor {
    let size = shape[0]
    return Tensor(shape, scalars.indices.map { scalars[$0 % size * size + $0 / size] })
  }
}
