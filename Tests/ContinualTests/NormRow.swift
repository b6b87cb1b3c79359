import Continual
import Tensors
import Testing

/// A normalization by the statistics of its input, and what PyTorch makes of a sawtooth clip with it.
struct NormRow: Sendable, CustomTestStringConvertible {
  enum Kind: Sendable {
    case batch(isAffine: Bool, isTracked: Bool)
    case group(Int, isAffine: Bool)
    case instance(isTracked: Bool)
    case layer([Int], isAffine: Bool)
  }

  let kind: Kind
  let clip: Shape
  let isFramewise: Bool
  let first: [Double]
  /// As `weightedSum(_:)`, of the clip and of its single frames one behind the other.
  let sum: Double
  let steps: Double

  init(
    _ kind: Kind, _ clip: Shape, isFramewise: Bool = false, first: [Double], sum: Double,
    steps: Double
  ) {
    self.kind = kind
    self.clip = clip
    self.isFramewise = isFramewise
    self.first = first
    self.sum = sum
    self.steps = steps
  }

  /// Whether PyTorch can normalize a single frame; it has no InstanceNorm1d of one.
  var hasSteps: Bool {
    if case .instance(isTracked: false) = kind { clip.rank > 3 } else { true }
  }

  var testDescription: String { "\(kind) of \(clip), framewise \(isFramewise)" }

  func module() throws -> any Module { try module(isFramewise: isFramewise) }

  func module(isFramewise: Bool) throws -> any Module {
    func numbers(_ factor: Int, _ shape: [Int], minus offset: Float = 0) -> Tensor {
      let shape = Shape(shape)
      return Tensor(shape, (0..<shape.count).map { Float((factor * $0) % 17 + 4) / 16 - offset })
    }
    switch kind {
    case .batch(let isAffine, let isTracked):
      return try BatchNorm(
        dimensions: isFramewise ? clip.rank - 3 : clip.rank - 2,
        weight: isAffine ? numbers(5, [3]) : nil,
        bias: isAffine ? numbers(11, [3], minus: 0.5) : nil,
        runningMean: isTracked ? numbers(7, [3], minus: 0.7) : nil,
        runningVariance: isTracked ? numbers(3, [3]) : nil, eps: 1e-3, isFramewise: isFramewise)
    case .group(let groups, let isAffine):
      return try GroupNorm(
        groups: groups, weight: isAffine ? numbers(5, [clip[1]]) : nil,
        bias: isAffine ? numbers(11, [clip[1]], minus: 0.5) : nil, eps: 1e-3,
        isFramewise: isFramewise)
    case .instance(let isTracked):
      return try BatchNorm(
        .instance, dimensions: clip.rank - 2, weight: numbers(5, [3]),
        bias: numbers(11, [3], minus: 0.5),
        runningMean: isTracked ? numbers(7, [3], minus: 0.7) : nil,
        runningVariance: isTracked ? numbers(3, [3]) : nil, eps: 1e-3)
    case .layer(let shape, let isAffine):
      return try LayerNorm(
        normalizedShape: shape, weight: isAffine ? numbers(5, shape) : nil,
        bias: isAffine ? numbers(11, shape, minus: 0.5) : nil, eps: 1e-3, isFramewise: isFramewise)
    }
  }

  // Made with PyTorch 2.13.0 in double precision. PyTorch has no InstanceNorm1d of one frame; for
  // that row the steps are those of the clip.
  static let all: [NormRow] = [
    NormRow(
      .batch(isAffine: true, isTracked: true), [2, 3, 5],
      first: [-0.7115777658, 0.1616774668, -0.399700897], sum: -17.0171647351, steps: -17.0171647351
    ),
    NormRow(
      .batch(isAffine: true, isTracked: false), [2, 3, 5],
      first: [-0.6567096587, -0.1437425216, -0.4735071097], sum: -14.3882538475,
      steps: -13.3156676309),
    NormRow(
      .batch(isAffine: false, isTracked: true), [2, 3, 5],
      first: [-1.846311063, 1.646709867, -0.598803588], sum: -9.98906039665, steps: -9.98906039665),
    NormRow(
      .batch(isAffine: false, isTracked: false), [2, 3, 5],
      first: [-1.626838635, 0.4250299136, -0.894028439], sum: -10.8697170929, steps: -21.8569035206),
    NormRow(
      .batch(isAffine: true, isTracked: true), [2, 3, 4, 5],
      first: [-0.7115777658, 0.1616774668, -0.399700897], sum: -4.38320706811, steps: -4.38320706811
    ),
    NormRow(
      .batch(isAffine: true, isTracked: false), [2, 3, 4, 5],
      first: [-0.6536361952, -0.1291900947, -0.4663340164], sum: -2.3338301994,
      steps: -1.61510909755),
    NormRow(
      .batch(isAffine: false, isTracked: true), [2, 3, 4, 5],
      first: [-1.846311063, 1.646709867, -0.598803588], sum: 4.8657629847, steps: 4.8657629847),
    NormRow(
      .batch(isAffine: false, isTracked: false), [2, 3, 4, 5],
      first: [-1.614544781, 0.4832396212, -0.8653360658], sum: 3.7552104525, steps: 4.82131767832),
    NormRow(
      .batch(isAffine: true, isTracked: true), [1, 3, 2, 3, 5],
      first: [-0.7115777658, 0.1616774668, -0.399700897], sum: 5.89693507808, steps: 5.89693507808),
    NormRow(
      .batch(isAffine: true, isTracked: false), [1, 3, 2, 3, 5],
      first: [-0.6430276102, -0.1222970226, -0.4570524003], sum: 3.88144670647, steps: 4.44056055217
    ),
    NormRow(
      .batch(isAffine: false, isTracked: true), [1, 3, 2, 3, 5],
      first: [-1.846311063, 1.646709867, -0.598803588], sum: 1.56892781417, steps: 1.56892781417),
    NormRow(
      .batch(isAffine: false, isTracked: false), [1, 3, 2, 3, 5],
      first: [-1.572110441, 0.5108119098, -0.8282096013], sum: 2.08851695581, steps: 3.50229392142),
    NormRow(
      .group(2, isAffine: true), [2, 4, 3], first: [-0.5471669787, -0.03773787234, -0.3652280122],
      sum: -11.0453456507, steps: 9.55488335591),
    NormRow(
      .group(3, isAffine: false), [2, 6, 3, 5], first: [-1.572110441, 0.5108119098, -0.8282096013],
      sum: 4.17703391161, steps: 6.17778893582),
    NormRow(
      .group(6, isAffine: true), [1, 6, 2, 3, 5],
      first: [-0.6430276102, -0.1222970226, -0.4570524003], sum: 6.90378168688, steps: 7.60839432567
    ),
    NormRow(
      .group(1, isAffine: true), [2, 3, 4, 5],
      first: [-0.6554459973, -0.1338921876, -0.4691767795], sum: -1.9962355758,
      steps: -3.16123986929),
    NormRow(
      .instance(isTracked: true), [2, 3, 5], first: [-0.7115777717, 0.1616774608, -0.399700903],
      sum: -17.0171648087, steps: -17.0171648087),
    NormRow(
      .instance(isTracked: false), [2, 3, 5],
      first: [-0.6105701516, -0.08473868051, -0.4227731976], sum: -13.7096887522,
      steps: -13.7096887522),
    NormRow(
      .instance(isTracked: true), [2, 3, 4, 5], first: [-0.7115777717, 0.1616774608, -0.399700903],
      sum: -4.3832070858, steps: -4.3832070858),
    NormRow(
      .instance(isTracked: false), [2, 3, 4, 5],
      first: [-0.6611494643, -0.1425825724, -0.4759470029], sum: -2.25927347281,
      steps: 0.0796730566066),
    NormRow(
      .instance(isTracked: true), [1, 3, 2, 3, 5],
      first: [-0.7115777717, 0.1616774608, -0.399700903], sum: 5.89693511875, steps: 5.89693511875),
    NormRow(
      .instance(isTracked: false), [1, 3, 2, 3, 5],
      first: [-0.6430276102, -0.1222970226, -0.4570524003], sum: 3.88144670647, steps: 4.44056055217
    ),
    NormRow(
      .layer([5], isAffine: true), [2, 3, 4, 5],
      first: [-0.6105701516, 0.8093379689, -0.5422061918], sum: 0.317190401844,
      steps: 0.317190401844),
    NormRow(
      .layer([4, 5], isAffine: true), [2, 3, 2, 4, 5],
      first: [-0.6611494643, 0.6791892121, -0.7283145101], sum: 28.0175010861, steps: 28.0175010861),
    NormRow(
      .layer([5], isAffine: false), [2, 3, 2, 4, 5],
      first: [-1.442280606, 0.661045278, -0.6910927906], sum: -9.48560848742, steps: -9.48560848742),
    NormRow(
      .layer([3, 5], isAffine: true), [2, 3, 4, 5], isFramewise: true,
      first: [-0.6375082582, 0.7244523177, -0.6499756265], sum: 17.333005575, steps: 17.333005575),
    NormRow(
      .layer([3], isAffine: true), [2, 3, 4], isFramewise: true,
      first: [-0.5560393542, -0.01034409059, -0.3548494604], sum: -7.98534338179,
      steps: -7.98534338179),
    NormRow(
      .layer([3, 2, 5], isAffine: true), [1, 3, 4, 2, 5], isFramewise: true,
      first: [-0.6682180056, 0.6727476281, -0.7477973858], sum: 35.8169069138, steps: 35.8169069138),
    NormRow(
      .group(2, isAffine: true), [2, 4, 3, 5], isFramewise: true,
      first: [-0.6567096587, -0.1437425216, -0.4735071097], sum: 8.29909219151, steps: 8.29909219151
    ),
  ]
}
