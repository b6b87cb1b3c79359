import Continual
import Tensors

/// Changes of convolutions and pools.
extension ModuleChanges {
  static func convolutions(_ module: Convolution) -> [Alternative] {
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

  static func words(for places: [Int], of count: Int) -> String {
    if count == 1 || places.count == count { return "" }
    return places == [0]
      ? " in time" : places.count == count - 1 ? " in space" : " along axis \(places[0])"
  }

  static func pools(_ module: Pooling) -> [Alternative] {
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

  static func adaptivePools(_ module: AdaptivePooling) -> [Alternative] {
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
}

extension Tensor {
  /// The same with one axis in the opposite order.
  fileprivate func reversed(along axis: Int) -> Tensor {
    selecting((0..<shape[axis]).reversed(), along: axis)
  }
}
