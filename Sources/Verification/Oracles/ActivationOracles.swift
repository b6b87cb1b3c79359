public import Continual
import Foundation
public import Tensors

extension Activation: ReferencedLeaf {
  public func reference(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    Tensor64(clip.shape, clip.scalars.map(value))
  }

  /// The function, as PyTorch defines it.
  private func value(_ x: Double) -> Double {
    switch function {
    case .threshold(let threshold, let value): return x <= threshold ? value : x
    case .relu: return x < 0 ? 0 : x
    case .rrelu(let lower, let upper): return x < 0 ? x * (lower + upper) / 2 : x
    case .hardtanh(let low, let high): return clamp(x, low, high)
    case .relu6: return clamp(x, 0, 6)
    case .sigmoid: return sigmoid(x)
    case .hardsigmoid: return clamp(x + 3, 0, 6) / 6
    case .tanh: return Foundation.tanh(x)
    case .silu: return x * sigmoid(x)
    case .hardswish: return x * clamp(x + 3, 0, 6) / 6
    case .elu(let alpha): return x <= 0 ? alpha * expm1(x) : x
    case .celu(let alpha): return x <= 0 ? alpha * expm1(x / alpha) : x
    case .selu:
      let alpha = 1.6732632423543772848170429916717
      let scale = 1.0507009873554804934193349852946
      return scale * (x <= 0 ? alpha * expm1(x) : x)
    case .gelu: return x * 0.5 * (1 + erf(x * 0.5.squareRoot()))
    case .geluTanh:
      let inner = (2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)
      return 0.5 * x * (1 + Foundation.tanh(inner))
    case .hardshrink(let lambda): return x >= -lambda && x <= lambda ? 0 : x
    case .leakyReLU(let slope): return x > 0 ? x : x * slope
    case .logSigmoid: return min(x, 0) - log1p(exp(-abs(x)))
    case .softplus(let beta, let threshold):
      return x * beta > threshold ? x : log1p(exp(x * beta)) / beta
    case .softshrink(let lambda):
      return x > lambda ? x - lambda : (x < -lambda ? x + lambda : x * 0)
    case .softsign: return x / (1 + abs(x))
    case .tanhshrink: return x - Foundation.tanh(x)
    case .mish: return x * Foundation.tanh(x > 40 ? x : log1p(exp(x)))
    case .elementary(let elementary): return elementary.value(at: x)
    case .power(let exponent): return pow(x, exponent)
    }
  }

  private func clamp(_ x: Double, _ low: Double, _ high: Double) -> Double {
    x.isNaN ? x : min(max(x, low), high)
  }

  private func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
}

extension PReLU: ReferencedLeaf {
  public func reference(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    let block = clip.shape.axes.dropFirst(2).reduce(1, *)
    let channels = clip.shape[1]
    return Tensor64(
      clip.shape,
      clip.scalars.indices.map { index in
        let x = clip.scalars[index]
        let channel = index / block % channels
        return x > 0 ? x : x * Double(weight.scalars[weight.shape.count == 1 ? 0 : channel])
      })
  }
}

extension GatedLinearUnit: ReferencedLeaf {
  public func reference(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    let index = try axis.place(in: clip)
    let half = clip.shape[index] / 2
    guard half * 2 == clip.shape[index] else {
      throw VerificationError(.clip(.odd(clip.shape, axis: index)))
    }
    let block = clip.shape.axes.dropFirst(index + 1).reduce(1, *)
    var axes = clip.shape.axes
    axes[index] = half
    let shape = Shape(axes)
    return Tensor64(
      shape,
      (0..<shape.count).map { offset in
        let (row, place) = offset.quotientAndRemainder(dividingBy: half * block)
        let start = row * 2 * half * block + place
        return clip.scalars[start] / (1 + exp(-clip.scalars[start + half * block]))
      })
  }
}

extension Softmax: ReferencedLeaf {
  public func reference(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    let index = try place(in: clip)
    let length = clip.shape[index]
    let block = clip.shape.axes.dropFirst(index + 1).reduce(1, *)
    let outer = clip.shape.axes.prefix(index).reduce(1, *)
    var scalars = [Double](repeating: 0, count: clip.scalars.count)
    for row in 0..<outer {
      for column in 0..<block {
        let offsets = (0..<length).map { (row * length + $0) * block + column }
        let values = offsets.map { kind == .softmin ? -clip.scalars[$0] : clip.scalars[$0] }
        let largest = values.reduce(-.infinity) { $0.isNaN || $1.isNaN ? .nan : max($0, $1) }
        let sum = values.reduce(0) { $0 + exp($1 - largest) }
        for (offset, value) in zip(offsets, values) {
          scalars[offset] =
            kind == .logSoftmax ? value - largest - log(sum) : exp(value - largest) / sum
        }
      }
    }
    return Tensor64(clip.shape, scalars)
  }

  /// A step sees a clip of one frame.
  public func referenceSteps(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    try clip.frameByFrame { clip throws(VerificationError) in try reference(clip) }
  }

  private func place(in clip: Tensor64) throws(VerificationError) -> Int {
    if let axis { return try axis.place(in: clip) }
    let rank = isFramewise ? clip.shape.rank - 1 : clip.shape.rank
    let dimension: Int
    switch (kind, rank) {
    case (.softmax2d, _): dimension = -3
    // PyTorch's choice where no dimension is given.
    case (_, 0), (_, 1), (_, 3): dimension = 0
    default: dimension = 1
    }
    return try (isFramewise ? Axis.frame(dimension) : .clip(dimension)).place(in: clip)
  }
}

extension Axis {
  /// Which axis of a clip (B, C, T, S…) is meant.
  func place(in clip: Tensor64) throws(VerificationError) -> Int {
    let rank = clip.shape.rank
    let place: Int
    switch self {
    case .clip(let dimension): place = dimension < 0 ? dimension + rank : dimension
    case .frame(let dimension):
      let inFrame = dimension < 0 ? dimension + rank - 1 : dimension
      place = inFrame < 2 ? inFrame : inFrame + 1
    }
    guard 0..<rank ~= place else {
      throw VerificationError(.clip(.noAxis(clip.shape)))
    }
    return place
  }
}

extension Tensor64 {
  /// What a function makes of each frame of this clip, each as a clip of one frame.
  func frameByFrame(
    _ make: (Tensor64) throws(VerificationError) -> Tensor64
  ) throws(VerificationError) -> Tensor64 {
    var frames: [[Double]] = []
    var frame = shape.frame
    for time in 0..<shape[2] {
      let made = try make(self.frames(time..<time + 1))
      frame = made.shape.frame
      frames.append(made.scalars)
    }
    return Tensor64(frames: frames, of: frame)
  }
}
