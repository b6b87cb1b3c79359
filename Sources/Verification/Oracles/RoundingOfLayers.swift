import Continual
import Tensors

// How the kernels of single layers round. Sums of products are in their oracles, joins in
// ``Combination``.

// MARK: - What is only chosen or moved

/// A module that moves elements, or leaves some out.
protocol Moving: RoundingKnown {}

extension Moving {
  func rounding(of values: Tensor64, from clip: Tensor64) -> Rounding { .none }
}

extension Identity: Moving {}
extension Dropout: Moving {}
extension Delay: Moving {}
extension Skip: Moving {}
extension Reshape: Moving {}
extension Flatten: Moving {}
extension Rearrange: Moving {}
extension Narrow: Moving {}
extension Framewise: Moving {}
extension Conditional: Moving {}

// MARK: - What is rounded once or a few times

extension Activation: RoundingKnown {
  func rounding(of values: Tensor64, from clip: Tensor64) -> Rounding {
    switch function {
    case .relu, .relu6, .hardshrink: .none
    // The bounds, slopes and values of the file are rounded themselves.
    case .threshold, .hardtanh: .rounded()
    case .rrelu, .leakyReLU, .softsign, .softshrink, .hardsigmoid: .rounded(times: 2)
    case .hardswish: .rounded(times: 3)
    // The units in the last place that `ActivationLoops` names. One is at most two of these halves.
    case .sigmoid, .tanh, .silu, .elu, .selu:
      .part(5 * Rounding.unit, least: 3 * Rounding.least)
    case .logSigmoid, .geluTanh: nearly(values, clip, units: 2.5, least: 3)
    case .softplus(let beta, _): nearly(values, clip, units: 3.5, least: 3 + 1 / abs(beta))
    case .gelu: nearly(values, clip, units: 4.5, least: 4)
    case .elementary(let function) where function.isExact: .none
    default: nearly(values, clip)
    }
  }

  /// Functions that are computed in another way than the definition: where the result is small since large
  /// numbers cancelled, they differ by the rounding of these in `Double`.
  ///
  /// - Parameters:
  ///   - values: what the elements should be.
  ///   - clip: what they are made of.
  ///   - units: the units in the last place by which a result is off; half of one where only a number in
  ///     `Double` is rounded.
  ///   - least: the units by which a denormal result is.
  /// - Returns: the rounding.
  private func nearly(
    _ values: Tensor64, _ clip: Tensor64, units: Double = 0.5, least: Double = 1
  ) -> Rounding {
    let part = 2 * units * Rounding.unit + 1e-12
    let least = least * Rounding.least
    return .within(
      zip(values.scalars, clip.scalars).map { value, input in
        Float(abs(value) * part + min(abs(input), 64) * 1e-14 + least)
      })
  }
}

extension Activation.ElementaryFunction {
  /// Whether the result is one of a few numbers, or a part of the input.
  fileprivate var isExact: Bool {
    switch self {
    case .abs, .ceil, .floor, .frac, .neg, .round, .sign, .trunc: true
    default: false
    }
  }
}

extension PReLU: RoundingKnown {
  func rounding(of values: Tensor64, from clip: Tensor64) -> Rounding { .rounded() }
}

extension GatedLinearUnit: RoundingKnown {
  /// As that of `silu`.
  func rounding(of values: Tensor64, from clip: Tensor64) -> Rounding {
    .part(5 * Rounding.unit, least: 3 * Rounding.least)
  }
}

extension Softmax: RoundingKnown {
  /// The units in the last place that `SoftmaxLoops` names.
  ///
  /// A logarithm is the difference of numbers of about the size of the input, in `Double`.
  func rounding(of values: Tensor64, from clip: Tensor64) -> Rounding {
    guard kind == .logSoftmax else { return .part(4.5 * Rounding.unit, least: 3 * Rounding.least) }
    let largest = clip.largestMagnitude * 1e-14
    return .within(
      values.scalars.map { Float(abs($0) * 3 * Rounding.unit + largest + Rounding.least) })
  }
}

extension RecyclingPositionalEncoding: RoundingKnown {
  func rounding(of values: Tensor64, from clip: Tensor64) -> Rounding { .rounded() }
}

extension Arithmetic: RoundingKnown {
  func rounding(of values: Tensor64, from clip: Tensor64) -> Rounding { .rounded() }
}

extension Pooling: RoundingKnown {
  func rounding(of values: Tensor64, from clip: Tensor64) -> Rounding {
    kind == .maximum ? .none : meanRounding(of: values, from: clip, frames: kernelSize[0])
  }
}

extension AdaptivePooling: RoundingKnown {
  func rounding(of values: Tensor64, from clip: Tensor64) -> Rounding {
    guard kind != .maximum else { return .none }
    let frames = outputSize[0] == nil ? 1 : max(window ?? 1, clip.shape[2])
    return meanRounding(of: values, from: clip, frames: frames)
  }
}

extension Referenced {
  /// The rounding of means: places of a frame are added in `Double` and rounded once, frames one after
  /// the other in `Float`, and then divided.
  ///
  /// No partial sum is larger than that of all magnitudes, whose mean the module makes too.
  fileprivate func meanRounding(
    of values: Tensor64, from clip: Tensor64, frames: Int
  ) -> Rounding {
    guard frames > 1 else { return .rounded(times: 2) }
    let magnitudes = Tensor64(clip.shape, clip.scalars.map { abs($0) })
    let means = [
      try? reference(magnitudes, inside: NothingInside()),
      try? referenceSteps(magnitudes, inside: NothingInside()),
    ]
    guard let mean = means.compactMap(\.self).first(where: { $0.shape == values.shape }) else {
      return .unknown(largestTerm: clip.largestMagnitude)
    }
    return .rounded(mean, times: Double(frames + 1))
  }
}

/// The inside of a module without any.
private struct NothingInside: InsideReference {
  func output(of child: NamedModule, for clip: Tensor64) throws(VerificationError) -> Tensor64 {
    throw VerificationError(.oracle(.nothingInside))
  }

  func entering(_ child: NamedModule) -> any InsideReference { self }
}

// MARK: - Normalization

extension BatchNorm: RoundingKnown {
  /// The scale, the product, the shift and the sum are rounded; without stored statistics, the result of
  /// all in `Double`.
  func rounding(of values: Tensor64, from clip: Tensor64) -> Rounding {
    guard statistics != nil, let bound = try? roundingBound(clip) else {
      let least = values.largestMagnitude * 1e-12 + Rounding.least
      return .within(values.scalars.map { Float(abs($0) * Rounding.unit + least) })
    }
    return .within(bound.scalars.map { Float($0) })
  }
}

extension TransposedConvolution: RoundingKnown {
  func rounding(of values: Tensor64, from clip: Tensor64) -> Rounding {
    bounded(values, clip)
  }
}

extension MatMul: RoundingKnown {
  func rounding(of values: Tensor64, from clip: Tensor64) -> Rounding {
    bounded(values, clip)
  }
}

extension RoundingBounded {
  /// The bound where it has the shape of the output, as it has in both modes.
  fileprivate func bounded(_ values: Tensor64, _ clip: Tensor64) -> Rounding {
    guard let bound = try? roundingBound(clip), bound.shape == values.shape else {
      return .unknown(largestTerm: clip.largestMagnitude)
    }
    return .within(bound.scalars.map { Float($0 * (1 + 1e-6)) })
  }
}
