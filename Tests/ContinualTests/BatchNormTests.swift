import Continual
import Tensors
import TestSupport
import Testing

/// A normalization of batches, and what PyTorch makes of a sawtooth clip with it.
struct BatchNormRow: Sendable, CustomTestStringConvertible {
  let clip: Shape
  let isAffine: Bool
  let isTracked: Bool
  let first: [Double]
  /// As `weightedSum(_:)`, of the clip and of its single frames one behind the other.
  let sum: Double
  let steps: Double

  init(
    _ clip: Shape, isAffine: Bool, isTracked: Bool, first: [Double], sum: Double, steps: Double
  ) {
    self.clip = clip
    self.isAffine = isAffine
    self.isTracked = isTracked
    self.first = first
    self.sum = sum
    self.steps = steps
  }

  var testDescription: String { "\(clip), affine \(isAffine), tracked \(isTracked)" }

  func module(isFramewise: Bool = false) throws -> BatchNorm {
    func numbers(_ factor: Int, minus offset: Float = 0) -> Tensor {
      Tensor([3], (0..<3).map { Float((factor * $0) % 17 + 4) / 16 - offset })
    }
    return try BatchNorm(
      dimensions: isFramewise ? clip.rank - 3 : clip.rank - 2, weight: isAffine ? numbers(5) : nil,
      bias: isAffine ? numbers(11, minus: 0.5) : nil,
      runningMean: isTracked ? numbers(7, minus: 0.7) : nil,
      runningVariance: isTracked ? numbers(3) : nil, eps: 1e-3, isFramewise: isFramewise)
  }

  // Made with PyTorch 2.13.0 in double precision.
  static let all = [
    BatchNormRow(
      [2, 3, 5], isAffine: true, isTracked: true,
      first: [-0.7115777658, 0.1616774668, -0.399700897], sum: -17.0171647351, steps: -17.0171647351
    ),
    BatchNormRow(
      [2, 3, 5], isAffine: true, isTracked: false,
      first: [-0.6567096587, -0.1437425216, -0.4735071097], sum: -14.3882538475,
      steps: -13.3156676309),
    BatchNormRow(
      [2, 3, 5], isAffine: false, isTracked: true,
      first: [-1.846311063, 1.646709867, -0.598803588], sum: -9.98906039665, steps: -9.98906039665),
    BatchNormRow(
      [2, 3, 5], isAffine: false, isTracked: false,
      first: [-1.626838635, 0.4250299136, -0.894028439], sum: -10.8697170929, steps: -21.8569035206),
    BatchNormRow(
      [2, 3, 4, 5], isAffine: true, isTracked: true,
      first: [-0.7115777658, 0.1616774668, -0.399700897], sum: -4.38320706811, steps: -4.38320706811
    ),
    BatchNormRow(
      [2, 3, 4, 5], isAffine: true, isTracked: false,
      first: [-0.6536361952, -0.1291900947, -0.4663340164], sum: -2.3338301994,
      steps: -1.61510909755),
    BatchNormRow(
      [2, 3, 4, 5], isAffine: false, isTracked: true,
      first: [-1.846311063, 1.646709867, -0.598803588], sum: 4.8657629847, steps: 4.8657629847),
    BatchNormRow(
      [2, 3, 4, 5], isAffine: false, isTracked: false,
      first: [-1.614544781, 0.4832396212, -0.8653360658], sum: 3.7552104525, steps: 4.82131767832),
    BatchNormRow(
      [1, 3, 2, 3, 5], isAffine: true, isTracked: true,
      first: [-0.7115777658, 0.1616774668, -0.399700897], sum: 5.89693507808, steps: 5.89693507808),
    BatchNormRow(
      [1, 3, 2, 3, 5], isAffine: true, isTracked: false,
      first: [-0.6430276102, -0.1222970226, -0.4570524003], sum: 3.88144670647, steps: 4.44056055217
    ),
    BatchNormRow(
      [1, 3, 2, 3, 5], isAffine: false, isTracked: true,
      first: [-1.846311063, 1.646709867, -0.598803588], sum: 1.56892781417, steps: 1.56892781417),
    BatchNormRow(
      [1, 3, 2, 3, 5], isAffine: false, isTracked: false,
      first: [-1.572110441, 0.5108119098, -0.8282096013], sum: 2.08851695581, steps: 3.50229392142),
  ]
}

@Suite("Normalization of batches")
struct BatchNormTests {
  @Test("clip and steps are PyTorch's", arguments: BatchNormRow.all)
  func matchesPyTorch(_ row: BatchNormRow) throws {
    let module = try row.module()
    let run = try ModeRun(module, clip: .sawtooth(row.clip))
    for (value, expected) in zip(run.forward.scalars, row.first) {
      #expect(abs(Double(value) - expected) <= 3e-7 * max(1, abs(expected)))
    }
    let tolerance = 1e-6 * Double(row.clip.count)
    #expect(abs(weightedSum(run.forward) - row.sum) <= tolerance)
    let steps = Tensor(frames: run.steps.map(\.scalars), of: row.clip.frame)
    #expect(abs(weightedSum(steps) - row.steps) <= tolerance)
    #expect(run.differences.isEmpty == row.isTracked)
    #expect((module.divergence(frame: row.clip.frame) == nil) == row.isTracked)
  }

  @Test("applied to each frame, both modes take the statistics of frames")
  func framewise() throws {
    let row = try #require(BatchNormRow.all.first { $0.clip.rank == 4 && !$0.isTracked })
    let module = try row.module(isFramewise: true)
    let run = try ModeRun(module, clip: .sawtooth(row.clip))
    #expect(run.differences == [])
    #expect(abs(weightedSum(run.forward) - row.steps) <= 1e-6 * Double(row.clip.count))
    #expect(module.divergence(frame: row.clip.frame) == nil)
  }

  @Test("tensors and frames that do not fit are refused")
  func refuses() throws {
    let three = Tensor([3], [1, 2, 3])
    let two = Tensor([2], [1, 2])
    let error = #expect(throws: ModuleError.self) {
      try BatchNorm(
        dimensions: 4, weight: three, bias: two, runningMean: three, runningVariance: nil)
    }
    for word in ["dimensions", "bias has the shape (2)", "running_var"] {
      #expect(error?.reason.contains(word) == true)
    }
    let module = try BatchNorm(
      dimensions: 2, weight: three, bias: three, runningMean: three, runningVariance: three)
    #expect(throws: ModuleError.self) { try Plan(module, frame: [1, 3]) }
    #expect(throws: ModuleError.self) { try Plan(module, frame: [1, 2, 4]) }
    _ = try Plan(module, frame: [1, 3, 4])
  }
}
