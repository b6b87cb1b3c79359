import Continual
import Tensors
import Testing

@testable import Verification

/// What PyTorch 2.13.0 computes in float64, as one number.
///
/// Inputs and weights are multiples of 1/16, so that they are the same in `Float` and `Double`:
/// element `i` of `fill(shape, a, b)` is `((a i + b) mod 61 - 30) / 16`. The number is the sum of all
/// outputs, each times `17 i mod 31 - 15`.
struct OracleCase: Sendable, CustomTestStringConvertible {
  let name: String
  let input: Shape
  let output: Shape
  let checksum: Double
  let stepsOutput: Shape?
  let stepsChecksum: Double?
  let make: @Sendable () throws -> any ReferencedLeaf

  init(
    _ name: String, _ input: Shape, _ output: Shape, _ checksum: Double, steps: Shape? = nil,
    _ stepsChecksum: Double? = nil, _ make: @escaping @Sendable () throws -> any ReferencedLeaf
  ) {
    self.name = name
    self.input = input
    self.output = output
    self.checksum = checksum
    stepsOutput = steps
    self.stepsChecksum = stepsChecksum
    self.make = make
  }

  var testDescription: String { name }

  static func checksum(_ tensor: Tensor64) -> Double {
    tensor.scalars.enumerated().reduce(0) { $0 + $1.element * Double($1.offset * 17 % 31 - 15) }
  }
}

private func fill(_ shape: Shape, _ a: Int, _ b: Int) -> Tensor {
  Tensor(shape, (0..<shape.count).map { Float(($0 * a + b) % 61 - 30) / 16 })
}

private func quarter(_ shape: Shape, _ a: Int, _ b: Int) -> Tensor {
  Tensor(shape, fill(shape, a, b).scalars.map { $0 / 4 })
}

private func positive(_ shape: Shape, _ a: Int, _ b: Int) -> Tensor {
  Tensor(shape, fill(shape, a, b).scalars.map { abs($0) + 0.5 })
}

@Suite("oracles compute what PyTorch computes in float64")
struct OracleTests {
  private func isClose(_ found: Double, _ expected: Double) -> Bool {
    abs(found - expected) <= 1e-11 * max(abs(expected), 100)
  }

  @Test(
    "an oracle's clip is PyTorch's, and its steps are the Python library's",
    arguments: OracleCase.all)
  func oracle(_ known: OracleCase) throws {
    let module = try known.make()
    let clip = fill(known.input, 23, 7).widened
    let output = try module.reference(clip)
    #expect(output.shape == known.output)
    #expect(isClose(OracleCase.checksum(output), known.checksum))
    #expect(module.referenceLength(ofClip: known.input[2]) == known.output[2])
    let steps = try module.referenceSteps(clip)
    #expect(steps.shape == known.stepsOutput ?? known.output)
    #expect(isClose(OracleCase.checksum(steps), known.stepsChecksum ?? known.checksum))
  }

  @Test("kernels agree with their oracles within what rounding can do", arguments: OracleCase.all)
  func kernel(_ known: OracleCase) throws {
    var options = Verifier.Options()
    options.profiles = [.normal]
    let module = try known.make()
    // Where clip and steps mean different things, layers are still what they are defined as.
    options.families = [.layers]
    let subject = Subject(module, frame: known.input.frame, clipLength: known.input[2])
    let report = try Verifier(subject, options: options).run()
    #expect(report.findings.map(\.message).isEmpty)
    #expect(report.verdict == .ok)
  }
}

// Made by a script of a few lines that ran PyTorch; one row a module.
// swift-format-ignore
extension OracleCase {
  static let all: [OracleCase] = [
    .init("Conv1d [3] s[1] p[1] d[1] g1 zeros", [2, 3, 7], [2, 4, 7], -148.3125) { try Convolution(weight: fill([4, 3, 3], 37, 5), bias: fill([4], 11, 3), stride: [1], padding: .explicit([1]), dilation: [1], groups: 1, paddingMode: .zeros) },
    .init("Conv1d [5] s[2] p[3] d[2] g2 zeros", [3, 4, 17], [3, 6, 8], -26.68359375) { try Convolution(weight: fill([6, 2, 5], 37, 5), bias: nil, stride: [2], padding: .explicit([3]), dilation: [2], groups: 2, paddingMode: .zeros) },
    .init("Conv1d [4] s[3] p[2] d[1] g1 replicate", [1, 2, 13], [1, 2, 5], 18.85546875) { try Convolution(weight: fill([2, 2, 4], 37, 5), bias: fill([2], 11, 3), stride: [3], padding: .explicit([2]), dilation: [1], groups: 1, paddingMode: .replicate) },
    .init("Conv2d [2, 3] s[1, 1] p[0, 2] d[1, 2] g1 reflect", [2, 2, 4, 9], [2, 3, 3, 9], 21.31640625) { try Convolution(weight: fill([3, 2, 2, 3], 37, 5), bias: fill([3], 11, 3), stride: [1, 1], padding: .explicit([0, 2]), dilation: [1, 2], groups: 1, paddingMode: .reflect) },
    .init("Conv3d [1, 3, 2] s[1, 2, 1] p[0, 2, 1] d[1, 1, 1] g1 circular", [2, 2, 3, 5, 4], [2, 3, 3, 4, 5], -405.640625) { try Convolution(weight: fill([3, 2, 1, 3, 2], 37, 5), bias: fill([3], 11, 3), stride: [1, 2, 1], padding: .explicit([0, 2, 1]), dilation: [1, 1, 1], groups: 1, paddingMode: .circular) },
    .init("Conv2d [3, 2] s[1, 3] p[1, 1] d[1, 2] g1 zeros", [2, 3, 6, 11], [2, 5, 6, 4], -16.4375) { try Convolution(weight: fill([5, 3, 3, 2], 37, 5), bias: fill([5], 11, 3), stride: [1, 3], padding: .explicit([1, 1]), dilation: [1, 2], groups: 1, paddingMode: .zeros) },
    .init("Conv2d [2, 3] s[2, 1] p[0, 2] d[3, 1] g4 replicate", [1, 4, 9, 5], [1, 4, 3, 7], -29.49609375) { try Convolution(weight: fill([4, 1, 2, 3], 37, 5), bias: fill([4], 11, 3), stride: [2, 1], padding: .explicit([0, 2]), dilation: [3, 1], groups: 4, paddingMode: .replicate) },
    .init("Conv2d [1, 1] s[1, 1] p[0, 0] d[1, 1] g2 zeros", [3, 2, 4, 5], [3, 6, 4, 5], 138.171875) { try Convolution(weight: fill([6, 1, 1, 1], 37, 5), bias: fill([6], 11, 3), stride: [1, 1], padding: .explicit([0, 0]), dilation: [1, 1], groups: 2, paddingMode: .zeros) },
    .init("Conv3d [3, 3, 3] s[1, 2, 2] p[1, 1, 1] d[1, 1, 1] g1 zeros", [2, 2, 5, 7, 6], [2, 4, 5, 4, 3], 1091.5859375) { try Convolution(weight: fill([4, 2, 3, 3, 3], 37, 5), bias: fill([4], 11, 3), stride: [1, 2, 2], padding: .explicit([1, 1, 1]), dilation: [1, 1, 1], groups: 1, paddingMode: .zeros) },
    .init("ConvTranspose1d(k4, s2, p1, groups 2)", [2, 4, 5], [2, 6, 10], 277.546875) { try TransposedConvolution(weight: fill([4, 3, 4], 7, 9), bias: fill([6], 5, 2), stride: [2], padding: [1], outputPadding: [0], dilation: [1], groups: 2) },
    .init("ConvTranspose1d(k3, s3, p2, op2, d2)", [1, 2, 4], [1, 3, 12], 19.5390625) { try TransposedConvolution(weight: fill([2, 3, 3], 7, 9), bias: nil, stride: [3], padding: [2], outputPadding: [2], dilation: [2], groups: 1) },
    .init("ConvTranspose2d((2, 3), s(2, 1), p(0, 2), op(1, 0), d(1, 2))", [2, 2, 3, 4], [2, 3, 7, 4], -16.7421875) { try TransposedConvolution(weight: fill([2, 3, 2, 3], 7, 9), bias: fill([3], 5, 2), stride: [2, 1], padding: [0, 2], outputPadding: [1, 0], dilation: [1, 2], groups: 1) },
    .init("ConvTranspose3d((3, 1, 2), s(1, 2, 3), op(0, 1, 2), groups 4)", [1, 4, 3, 2, 3], [1, 8, 3, 4, 10], 190.00390625) { try TransposedConvolution(weight: fill([4, 2, 3, 1, 2], 7, 9), bias: fill([8], 5, 2), stride: [1, 2, 3], padding: [1, 0, 0], outputPadding: [0, 1, 2], dilation: [1, 1, 1], groups: 4) },
    .init("Upsample x3 nearest", [2, 3, 4], [2, 3, 12], 67.375) { try Upsample(extents: [.factor(3)], mode: .nearest, alignCorners: false, recomputesFactor: false, isFramewise: false) },
    .init("Upsample (x2, x1.7) nearest", [1, 2, 4, 5], [1, 2, 8, 8], 99.1875) { try Upsample(extents: [.factor(2), .factor(1.7)], mode: .nearest, alignCorners: false, recomputesFactor: false, isFramewise: false) },
    .init("Upsample (x1, x2.3, x1.5) nearest-exact", [1, 2, 3, 5, 4], [1, 2, 3, 11, 6], -38.5625) { try Upsample(extents: [.factor(1), .factor(2.3), .factor(1.5)], mode: .nearestExact, alignCorners: false, recomputesFactor: false, isFramewise: false) },
    .init("Upsample x4 linear", [2, 3, 5], [2, 3, 20], 102.2578125) { try Upsample(extents: [.factor(4)], mode: .linear, alignCorners: false, recomputesFactor: false, isFramewise: false) },
    .init("Upsample x3 linear", [2, 2, 4], [2, 2, 12], 11.833333333333337) { try Upsample(extents: [.factor(3)], mode: .linear, alignCorners: false, recomputesFactor: false, isFramewise: false) },
    .init("Upsample (x2, x1.5) bilinear", [1, 2, 4, 5], [1, 2, 8, 7], -57.13802083333336) { try Upsample(extents: [.factor(2), .factor(1.5)], mode: .bilinear, alignCorners: false, recomputesFactor: false, isFramewise: false) },
    .init("Upsample (x2, x1.5) bilinear, factor from the lengths", [1, 2, 4, 5], [1, 2, 8, 7], -46.82812500000002) { try Upsample(extents: [.factor(2), .factor(1.5)], mode: .bilinear, alignCorners: false, recomputesFactor: true, isFramewise: false) },
    .init("Upsample (as is, 7, 3) trilinear, corners aligned", [1, 2, 3, 4, 5], [1, 2, 3, 7, 3], 94.03125) { try Upsample(extents: [.unchanged, .length(7), .length(3)], mode: .trilinear, alignCorners: true, recomputesFactor: false, isFramewise: false) },
    .init("Upsample (1, 6) bilinear of frames, corners aligned", [1, 2, 3, 4, 5], [1, 2, 3, 1, 6], 36.13750000000002) { try Upsample(extents: [.length(1), .length(6)], mode: .bilinear, alignCorners: true, recomputesFactor: false, isFramewise: true) },
    .init("Upsample (x3, x2) bilinear of frames", [1, 2, 3, 4, 5], [1, 2, 3, 12, 10], -127.01562500000003) { try Upsample(extents: [.factor(3), .factor(2)], mode: .bilinear, alignCorners: false, recomputesFactor: false, isFramewise: true) },
    .init("Upsample (x2, x2.3) nearest, to twice the length", [1, 2, 2, 3], [1, 2, 4, 6], -10.3125) { try Upsample(extents: [.factor(2), .factor(2.3)], mode: .nearest, alignCorners: false, recomputesFactor: false, isFramewise: false) },
    .init("Upsample (x1, x1.3) nearest, to the same length", [1, 2, 2, 3], [1, 2, 2, 3], 11.0) { try Upsample(extents: [.factor(1), .factor(1.3)], mode: .nearest, alignCorners: false, recomputesFactor: false, isFramewise: false) },
    .init("Upsample (x1, x2.3) nearest-exact, to twice the length", [1, 2, 2, 3], [1, 2, 2, 6], 76.25) { try Upsample(extents: [.factor(1), .factor(2.3)], mode: .nearestExact, alignCorners: false, recomputesFactor: false, isFramewise: false) },
    .init("Upsample (x1, x1, x2.3) nearest, to twice the length", [1, 2, 2, 2, 3], [1, 2, 2, 2, 6], 100.0625) { try Upsample(extents: [.factor(1), .factor(1), .factor(2.3)], mode: .nearest, alignCorners: false, recomputesFactor: false, isFramewise: false) },
    .init("Upsample x1.3 nearest of frames, to the same length", [1, 2, 2, 3], [1, 2, 2, 3], 1.125) { try Upsample(extents: [.factor(1.3)], mode: .nearest, alignCorners: false, recomputesFactor: false, isFramewise: true) },
    .init("PixelShuffle(2)", [2, 8, 3, 4], [2, 2, 6, 8], -94.8125) { try PixelShuffle(factors: [2, 2]) },
    .init("PixelShuffle 3 of time, as view and permute", [2, 6, 4], [2, 2, 12], 214.3125) { try PixelShuffle(factors: [3]) },
    .init("PixelShuffle(3) of frames", [1, 9, 2, 2, 3], [1, 1, 2, 6, 9], -23.1875) { try PixelShuffle(factors: [3, 3], isFramewise: true) },
    .init("PixelShuffle (2, 3, 2), as view and permute", [1, 12, 2, 2, 3], [1, 1, 4, 6, 6], -116.75) { try PixelShuffle(factors: [2, 3, 2]) },
    .init("Conv3d [2, 3, 1] s[2, 1, 3] p[1, 2, 0] d[2, 1, 1] g2 zeros", [1, 4, 8, 4, 7], [1, 8, 4, 6, 3], -648.59765625) { try Convolution(weight: fill([8, 2, 2, 3, 1], 37, 5), bias: nil, stride: [2, 1, 3], padding: .explicit([1, 2, 0]), dilation: [2, 1, 1], groups: 2, paddingMode: .zeros) },
    .init("Conv3d [3, 3, 3] s[1, 1, 1] psame d[2, 1, 1] g3 zeros", [2, 3, 6, 4, 5], [2, 3, 6, 4, 5], 311.07421875) { try Convolution(weight: fill([3, 1, 3, 3, 3], 37, 5), bias: fill([3], 11, 3), stride: [1, 1, 1], padding: .same, dilation: [2, 1, 1], groups: 3, paddingMode: .zeros) },
    .init("Conv3d [4, 2, 2] s[1, 1, 1] psame d[1, 1, 1] g1 replicate", [1, 2, 6, 4, 5], [1, 2, 6, 4, 5], -246.60546875) { try Convolution(weight: fill([2, 2, 4, 2, 2], 37, 5), bias: fill([2], 11, 3), stride: [1, 1, 1], padding: .same, dilation: [1, 1, 1], groups: 1, paddingMode: .replicate) },
    .init("Conv3d [2, 2, 2] s[1, 1, 1] pvalid d[1, 1, 1] g1 zeros", [1, 2, 4, 4, 5], [1, 3, 3, 3, 4], 1180.52734375) { try Convolution(weight: fill([3, 2, 2, 2, 2], 37, 5), bias: fill([3], 11, 3), stride: [1, 1, 1], padding: .valid, dilation: [1, 1, 1], groups: 1, paddingMode: .zeros) },
    .init("Conv3d [1, 1, 1] s[1, 1, 1] p[0, 0, 0] d[1, 1, 1] g1 zeros", [2, 3, 3, 4, 5], [2, 2, 3, 4, 5], -130.2421875) { try Convolution(weight: fill([2, 3, 1, 1, 1], 37, 5), bias: fill([2], 11, 3), stride: [1, 1, 1], padding: .explicit([0, 0, 0]), dilation: [1, 1, 1], groups: 1, paddingMode: .zeros) },
    .init("Conv3d [2, 1, 1] s[1, 1, 1] p[1, 0, 0] d[1, 1, 1] g1 zeros", [2, 3, 3, 4, 5], [2, 2, 4, 4, 5], -440.578125) { try Convolution(weight: fill([2, 3, 2, 1, 1], 37, 5), bias: fill([2], 11, 3), stride: [1, 1, 1], padding: .explicit([1, 0, 0]), dilation: [1, 1, 1], groups: 1, paddingMode: .zeros) },
    .init("AvgPool1d(3, None, 0, 1, False, True, None)", [2, 2, 10], [2, 2, 3], 13.395833333333334) { try Pooling(kind: .average(countIncludePad: true, divisorOverride: nil), kernelSize: [3]) },
    .init("AvgPool1d(3, 2, 1, 1, False, False, None)", [2, 2, 10], [2, 2, 5], 12.03125) { try Pooling(kind: .average(countIncludePad: false, divisorOverride: nil), kernelSize: [3], stride: [2], padding: [1]) },
    .init("AvgPool1d(3, 2, 1, 1, True, True, None)", [2, 2, 8], [2, 2, 5], 11.520833333333332) { try Pooling(kind: .average(countIncludePad: true, divisorOverride: nil), kernelSize: [3], stride: [2], padding: [1], ceilMode: true) },
    .init("AvgPool1d(4, 3, 2, 1, True, False, None)", [1, 2, 9], [1, 2, 4], 1.625) { try Pooling(kind: .average(countIncludePad: false, divisorOverride: nil), kernelSize: [4], stride: [3], padding: [2], ceilMode: true) },
    .init("AvgPool2d((3, 2), (1, 2), (1, 1), 1, False, True, None)", [2, 2, 6, 5], [2, 2, 6, 3], 13.677083333333329) { try Pooling(kind: .average(countIncludePad: true, divisorOverride: nil), kernelSize: [3, 2], stride: [1, 2], padding: [1, 1]) },
    .init("AvgPool2d((2, 3), (2, 2), (1, 1), 1, True, False, None)", [2, 2, 6, 5], [2, 2, 4, 3], 27.765625) { try Pooling(kind: .average(countIncludePad: false, divisorOverride: nil), kernelSize: [2, 3], stride: [2, 2], padding: [1, 1], ceilMode: true) },
    .init("AvgPool3d((2, 3, 3), (1, 2, 2), (1, 1, 0), 1, False, True, 5)", [1, 2, 4, 6, 5], [1, 2, 5, 3, 2], -17.125) { try Pooling(kind: .average(countIncludePad: true, divisorOverride: 5), kernelSize: [2, 3, 3], stride: [1, 2, 2], padding: [1, 1, 0]) },
    .init("AvgPool3d((3, 3, 2), (2, 1, 2), (1, 1, 1), 1, True, True, None)", [1, 2, 7, 5, 6], [1, 2, 4, 5, 4], -22.02430555555556) { try Pooling(kind: .average(countIncludePad: true, divisorOverride: nil), kernelSize: [3, 3, 2], stride: [2, 1, 2], padding: [1, 1, 1], ceilMode: true) },
    .init("AvgPool1d(3, 2, 0, 1, True, True, None)", [2, 2, 2], [2, 2, 1], 20.9375) { try Pooling(kind: .average(countIncludePad: true, divisorOverride: nil), kernelSize: [3], stride: [2], ceilMode: true) },
    .init("MaxPool1d(3, 2, 0, 1, True, True, None)", [2, 2, 2], [2, 2, 1], 1.875) { try Pooling(kind: .maximum, kernelSize: [3], stride: [2], ceilMode: true) },
    .init("MaxPool1d(3, 2, 1, 1, False, True, None)", [2, 2, 9], [2, 2, 5], 4.25) { try Pooling(kind: .maximum, kernelSize: [3], stride: [2], padding: [1]) },
    .init("MaxPool1d(3, 1, 1, 2, False, True, None)", [2, 2, 9], [2, 2, 7], 49.0625) { try Pooling(kind: .maximum, kernelSize: [3], stride: [1], padding: [1], dilation: [2]) },
    .init("MaxPool2d((3, 2), (2, 2), (1, 1), (1, 2), True, True, None)", [2, 2, 8, 7], [2, 2, 5, 4], -51.3125) { try Pooling(kind: .maximum, kernelSize: [3, 2], stride: [2, 2], padding: [1, 1], dilation: [1, 2], ceilMode: true) },
    .init("MaxPool3d((3, 3, 3), (1, 2, 2), (1, 1, 1), 1, False, True, None)", [1, 2, 5, 6, 5], [1, 2, 5, 3, 3], -35.9375) { try Pooling(kind: .maximum, kernelSize: [3, 3, 3], stride: [1, 2, 2], padding: [1, 1, 1]) },
    .init("MaxPool3d((2, 2, 2), (2, 1, 3), (1, 0, 1), (2, 1, 1), True, True, None)", [1, 2, 7, 5, 6], [1, 2, 4, 4, 3], -28.4375) { try Pooling(kind: .maximum, kernelSize: [2, 2, 2], stride: [2, 1, 3], padding: [1, 0, 1], dilation: [2, 1, 1], ceilMode: true) },
    .init("AdaptiveAvgPool1d(1,) window 4", [2, 3, 8], [2, 3, 1], 4.40625, steps: [2, 3, 5], -2.765625) { try AdaptivePooling(kind: .average(countIncludePad: true, divisorOverride: nil), outputSize: [1], window: 4) },
    .init("AdaptiveMaxPool2d(1, 3) window 6", [2, 2, 6, 7], [2, 2, 1, 3], -30.6875, steps: [2, 2, 1, 3], -30.6875) { try AdaptivePooling(kind: .maximum, outputSize: [1, 3], window: 6) },
    .init("AdaptiveAvgPool3d(1, 2, 3) window 3", [1, 2, 5, 5, 7], [1, 2, 1, 2, 3], -1.5125000000000002, steps: [1, 2, 3, 2, 3], -0.30324074074074003) { try AdaptivePooling(kind: .average(countIncludePad: true, divisorOverride: nil), outputSize: [1, 2, 3], window: 3) },
    .init("AdaptiveAvgPool3d(1, None, 1) window 5", [1, 2, 5, 3, 4], [1, 2, 1, 3, 1], 2.58125, steps: [1, 2, 1, 3, 1], 2.58125) { try AdaptivePooling(kind: .average(countIncludePad: true, divisorOverride: nil), outputSize: [1, nil, 1], window: 5) },
    .init("AdaptiveMaxPool3d(None, 2, 2) window 4", [1, 2, 4, 5, 3], [1, 2, 4, 2, 2], -25.75) { try AdaptivePooling(kind: .maximum, outputSize: [nil, 2, 2], window: 4) },
    .init("MaxPool1d{'kernel_size': 3, 'stride': 1, 'padding': 1, 'temporal_fill': 'zeros'}", [2, 2, 11], [2, 2, 11], -4.625, steps: [2, 2, 11], -4.625) { try Pooling(kind: .maximum, kernelSize: [3], stride: [1], padding: [1], temporalFill: .zeros) },
    .init("MaxPool1d{'kernel_size': 3, 'stride': 2, 'padding': 1, 'temporal_fill': 'replicate'}", [2, 2, 9], [2, 2, 5], 4.25, steps: [2, 2, 5], 4.25) { try Pooling(kind: .maximum, kernelSize: [3], stride: [2], padding: [1], temporalFill: .replicate) },
    .init("AvgPool1d{'kernel_size': 3, 'stride': 1, 'padding': 1, 'temporal_fill': 'replicate'}", [2, 2, 9], [2, 2, 9], 2.3125000000000036, steps: [2, 2, 9], 12.979166666666671) { try Pooling(kind: .average(countIncludePad: true, divisorOverride: nil), kernelSize: [3], stride: [1], padding: [1], temporalFill: .replicate) },
    .init("MaxPool2d{'kernel_size': (3, 2), 'stride': (1, 2), 'padding': (1, 1), 'temporal_fill': 'zeros'}", [2, 2, 6, 5], [2, 2, 6, 3], 8.1875, steps: [2, 2, 6, 3], 1.8125) { try Pooling(kind: .maximum, kernelSize: [3, 2], stride: [1, 2], padding: [1, 1], temporalFill: .zeros) },
    .init("BatchNorm1d affine True tracked True", [2, 3, 5], [2, 3, 5], 9.466210623733485) { try BatchNorm(dimensions: 1, weight: fill([3], 7, 9), bias: fill([3], 5, 2), runningMean: fill([3], 3, 1), runningVariance: positive([3], 3, 1), eps: 1e-3) },
    .init("BatchNorm2d affine False tracked True", [2, 3, 4, 3], [2, 3, 4, 3], 15.19224144939675) { try BatchNorm(dimensions: 2, weight: nil, bias: nil, runningMean: fill([3], 3, 1), runningVariance: positive([3], 3, 1), eps: 1e-3) },
    .init("BatchNorm3d affine True tracked True", [1, 2, 3, 3, 2], [1, 2, 3, 3, 2], 85.25766002986705) { try BatchNorm(dimensions: 3, weight: fill([2], 7, 9), bias: fill([2], 5, 2), runningMean: fill([2], 3, 1), runningVariance: positive([2], 3, 1), eps: 1e-3) },
    .init("BatchNorm1d affine True tracked False", [3, 2, 4], [3, 2, 4], -30.56919253100308, steps: [3, 2, 4], -34.877791628149836) { try BatchNorm(dimensions: 1, weight: fill([2], 7, 9), bias: fill([2], 5, 2), runningMean: nil, runningVariance: nil, eps: 1e-3) },
    .init("BatchNorm3d affine False tracked False", [2, 2, 3, 2, 3], [2, 2, 3, 2, 3], 24.780170254648162, steps: [2, 2, 3, 2, 3], 24.884047865172867) { try BatchNorm(dimensions: 3, weight: nil, bias: nil, runningMean: nil, runningVariance: nil, eps: 1e-3) },
    .init("Threshold(0.5,-2.0)", [2, 3, 4], [2, 3, 4], 85.5625) { try Activation(.threshold(0.5, value: -2)) },
    .init("ReLU()", [2, 3, 4], [2, 3, 4], 15.3125) { try Activation(.relu) },
    .init("RReLU(0.1,0.4)", [2, 3, 4], [2, 3, 4], 22.984375) { try Activation(.rrelu(lower: 0.1, upper: 0.4)) },
    .init("Hardtanh(-0.5,1.25)", [2, 3, 4], [2, 3, 4], 29.25) { try Activation(.hardtanh(min: -0.5, max: 1.25)) },
    .init("ReLU6()", [2, 3, 4], [2, 3, 4], 15.3125) { try Activation(.relu6) },
    .init("Sigmoid()", [2, 3, 4], [2, 3, 4], 6.3445802463538445) { try Activation(.sigmoid) },
    .init("Hardsigmoid()", [2, 3, 4], [2, 3, 4], 3.6666666666666634) { try Activation(.hardsigmoid) },
    .init("Tanh()", [2, 3, 4], [2, 3, 4], 33.4240713293332) { try Activation(.tanh) },
    .init("SiLU()", [2, 3, 4], [2, 3, 4], 18.807742119495302) { try Activation(.silu) },
    .init("Hardswish()", [2, 3, 4], [2, 3, 4], 19.7890625) { try Activation(.hardswish) },
    .init("ELU(0.7)", [2, 3, 4], [2, 3, 4], 28.387943977069412) { try Activation(.elu(alpha: 0.7)) },
    .init("CELU(0.7)", [2, 3, 4], [2, 3, 4], 31.058676968519237) { try Activation(.celu(alpha: 0.7)) },
    .init("SELU()", [2, 3, 4], [2, 3, 4], 48.928758065127255) { try Activation(.selu) },
    .init("GELU()", [2, 3, 4], [2, 3, 4], 17.16108531642878) { try Activation(.gelu) },
    .init("GELU(approximate='tanh')", [2, 3, 4], [2, 3, 4], 17.163518299223725) { try Activation(.geluTanh) },
    .init("Hardshrink(0.6)", [2, 3, 4], [2, 3, 4], 44.125) { try Activation(.hardshrink(lambda: 0.6)) },
    .init("LeakyReLU(0.2)", [2, 3, 4], [2, 3, 4], 21.450000000000003) { try Activation(.leakyReLU(negativeSlope: 0.2)) },
    .init("LogSigmoid()", [2, 3, 4], [2, 3, 4], 30.789807994589342) { try Activation(.logSigmoid) },
    .init("Softplus(2.0,1.5)", [2, 3, 4], [2, 3, 4], 16.052957585117877) { try Activation(.softplus(beta: 2, threshold: 1.5)) },
    .init("Softshrink(0.6)", [2, 3, 4], [2, 3, 4], 17.725) { try Activation(.softshrink(lambda: 0.6)) },
    .init("Softsign()", [2, 3, 4], [2, 3, 4], 22.859303082504066) { try Activation(.softsign) },
    .init("Tanhshrink()", [2, 3, 4], [2, 3, 4], 12.575928670666794) { try Activation(.tanhshrink) },
    .init("Mish()", [2, 3, 4], [2, 3, 4], 21.699255826413143) { try Activation(.mish) },
    .init("PReLU(3)", [2, 3, 4, 2], [2, 3, 4, 2], -38.30078125) { try PReLU(weight: fill([3], 7, 9)) },
    .init("GLU(1)", [2, 4, 6, 8], [2, 2, 6, 8], 9.221880545230743) { GatedLinearUnit(axis: .clip(1)) },
    .init("GLU(-1)", [2, 4, 6, 8], [2, 4, 6, 4], -43.28608342771756) { GatedLinearUnit(axis: .clip(-1)) },
    .init("Softmax(0)", [2, 3, 4, 5], [2, 3, 4, 5], 6.5028327637812495) { try Softmax(.softmax, axis: .clip(0)) },
    .init("Softmax(1)", [2, 3, 4, 5], [2, 3, 4, 5], -4.125898449022341) { try Softmax(.softmax, axis: .clip(1)) },
    .init("Softmax(2)", [2, 3, 4, 5], [2, 3, 4, 5], 2.7211049610215685, steps: [2, 3, 4, 5], -18.0) { try Softmax(.softmax, axis: .clip(2)) },
    .init("Softmax(-1)", [2, 3, 4, 5], [2, 3, 4, 5], 5.975076986316272) { try Softmax(.softmax, axis: .clip(-1)) },
    .init("Softmin(1)", [2, 3, 4], [2, 3, 4], -10.824795303783898) { try Softmax(.softmin, axis: .clip(1)) },
    .init("LogSoftmax(-1)", [2, 3, 4, 2], [2, 3, 4, 2], 13.645495043056144) { try Softmax(.logSoftmax, axis: .clip(-1)) },
    .init("Softmax(None) of 3 axes", [2, 3, 4], [2, 3, 4], 19.271285595141254) { try Softmax(.softmax, axis: nil) },
    .init("Softmax(None) of 4 axes", [2, 3, 4, 2], [2, 3, 4, 2], -5.764695198197091) { try Softmax(.softmax, axis: nil) },
    .init("Softmax2d", [2, 3, 4, 2], [2, 3, 4, 2], -5.764695198197091) { try Softmax(.softmax2d, axis: nil) },
    .init("Linear(3, 4, channel_dim=1) on [2, 3, 5]", [2, 3, 5], [2, 4, 5], 43.40625) { try Linear(weight: fill([4, 3], 37, 5), bias: fill([4], 11, 3), axis: .clip(1)) },
    .init("Linear(3, 6, channel_dim=1) on [2, 3, 4, 5, 2]", [2, 3, 4, 5, 2], [2, 6, 4, 5, 2], 10.15234375) { try Linear(weight: fill([6, 3], 37, 5), bias: nil, axis: .clip(1)) },
    .init("Linear(5, 7, channel_dim=-1) on [2, 3, 4, 5]", [2, 3, 4, 5], [2, 3, 4, 7], -295.90234375) { try Linear(weight: fill([7, 5], 37, 5), bias: fill([7], 11, 3), axis: .clip(-1)) },
    .init("Linear(4, 4) on the last axis of [2, 4, 4]", [2, 4, 4], [2, 4, 4], 91.04296875, steps: [2, 4, 4], -148.60546875) { try Linear(weight: fill([4, 4], 37, 5), bias: fill([4], 11, 3), axis: .clip(-1)) },
    .init("RNN(3, 4, layers 1, bias True, proj 0, None)", [2, 3, 6], [2, 4, 6], 72.60995508856698) { try RNN(layers: [.init(inputWeights: quarter([4, 3], 37, 5), hiddenWeights: quarter([4, 4], 29, 7), inputBias: quarter([4], 11, 3), hiddenBias: quarter([4], 13, 4))], nonlinearity: .tanh) },
    .init("RNN(3, 4, layers 2, bias False, proj 0, relu)", [2, 3, 6], [2, 4, 6], 3.0662360291736377) { try RNN(layers: [.init(inputWeights: quarter([4, 3], 37, 5), hiddenWeights: quarter([4, 4], 29, 7)), .init(inputWeights: quarter([4, 4], 39, 5), hiddenWeights: quarter([4, 4], 29, 8))], nonlinearity: .relu) },
    .init("GRU(3, 5, layers 2, bias True, proj 0, None)", [2, 3, 6], [2, 5, 6], -25.65911072618605) { try GRU(layers: [.init(inputWeights: quarter([15, 3], 37, 5), hiddenWeights: quarter([15, 5], 29, 7), inputBias: quarter([15], 11, 3), hiddenBias: quarter([15], 13, 4)), .init(inputWeights: quarter([15, 5], 39, 5), hiddenWeights: quarter([15, 5], 29, 8), inputBias: quarter([15], 11, 3), hiddenBias: quarter([15], 13, 4))]) },
    .init("LSTM(3, 5, layers 1, bias True, proj 0, None)", [3, 3, 6], [3, 5, 6], -3.7942334962186965) { try LSTM(layers: [.init(inputWeights: quarter([20, 3], 37, 5), hiddenWeights: quarter([20, 5], 29, 7), inputBias: quarter([20], 11, 3), hiddenBias: quarter([20], 13, 4))]) },
    .init("LSTM(3, 5, layers 2, bias True, proj 2, None)", [2, 3, 6], [2, 2, 6], -1.4139283681340595) { try LSTM(layers: [.init(inputWeights: quarter([20, 3], 37, 5), hiddenWeights: quarter([20, 2], 29, 7), inputBias: quarter([20], 11, 3), hiddenBias: quarter([20], 13, 4), projection: quarter([2, 5], 31, 6)), .init(inputWeights: quarter([20, 2], 39, 5), hiddenWeights: quarter([20, 2], 29, 8), inputBias: quarter([20], 11, 3), hiddenBias: quarter([20], 13, 4), projection: quarter([2, 5], 31, 6))]) },
    .init("LSTM(3, 4, layers 2, bias False, proj 0, None)", [1, 3, 5], [1, 4, 5], 1.1467970682170225) { try LSTM(layers: [.init(inputWeights: quarter([16, 3], 37, 5), hiddenWeights: quarter([16, 4], 29, 7)), .init(inputWeights: quarter([16, 4], 39, 5), hiddenWeights: quarter([16, 4], 29, 8))]) },
    .init("Delay(2)", [2, 3, 5, 2], [2, 3, 5, 2], -14.9375) { try Delay(frames: 2) },
    .init("Delay(2, auto_shrink=centered)", [2, 3, 7], [2, 3, 3], -47.8125) { try Delay(frames: 2, autoShrink: .centered) },
    .init("Delay(2, auto_shrink=lagging)", [2, 3, 7], [2, 3, 5], -6.125) { try Delay(frames: 2, autoShrink: .lagging) },
    .init("Calculation(3 -> 2)", [2, 3, 4], [2, 2, 4], -34.0) { Calculation(inputCount: 3, outputCount: 2, parameterCount: 0, operationCount: 2) { [$0[2], 2 * $0[0]] } },
    .init("CalculatedLoop(3 -> 2)", [2, 3, 5], [2, 2, 5], -93.9005121588707) { CalculatedLoop(inputCount: 3, outputCount: 2, initial: [0.5, -0.25], parameterCount: 2, operationCount: 4) { frame, state in let next = [state[0] / 2 + frame[0], state[1] * frame[1] / 4 + state[0]]; return ([next[0] + frame[2], next[1]], next) } },
    .init("CumulativeSum", [2, 3, 5, 2], [2, 3, 5, 2], -1.0625) { CumulativeSum() },
    .init("FrameSequence(GRU(3, 5), reversed)", [2, 3, 2, 6], [2, 5, 2, 6], -8.858648357248514) { FrameSequence(try GRU(layers: [.init(inputWeights: quarter([15, 3], 37, 5), hiddenWeights: quarter([15, 5], 29, 7), inputBias: quarter([15], 11, 3), hiddenBias: quarter([15], 13, 4))]), isReversed: true) },
    .init("Skip(2)", [2, 3, 7, 2], [2, 3, 5, 2], -48.0) { try Skip(frames: 2) },
    .init("Add(0.5)", [2, 3, 4], [2, 3, 4], 42.0) { Arithmetic(.add(.number(0.5))) },
    .init("Multiply(-1.5)", [2, 3, 4, 2], [2, 3, 4, 2], 44.625) { Arithmetic(.multiply(.number(-1.5))) },
    .init("Multiply(tensor)", [2, 3, 4, 2], [2, 3, 4, 2], 32.07421875) { Arithmetic(.multiply(.tensor(fill([3, 1, 2], 7, 9)))) },
    .init("Add(tensor)", [2, 3, 4, 5, 2], [2, 3, 4, 5, 2], 107.4375) { Arithmetic(.add(.tensor(fill([3, 1, 1, 2], 7, 9)))) },
    .init("Constant(2.5)", [2, 3, 4], [2, 3, 4], -20.0) { Arithmetic(.constant(.number(2.5))) },
    .init("One", [2, 3, 4], [2, 3, 4], -8.0) { Arithmetic(.one) },
    .init("Zero", [2, 3, 4], [2, 3, 4], 0.0) { Arithmetic(.zero) },
    .init("Reshape(2, 20)", [1, 2, 3, 4, 5], [2, 20, 3], -22.625) { try Reshape(shape: [2, 20]) },
    .init("Reshape(2, 3, -1)", [2, 6, 3, 4], [2, 3, 3, 8], -73.375) { try Reshape(shape: [2, 3, -1]) },
    .init("scaled_dot_product_attention, 2 heads, the last 4", [2, 16, 7], [2, 4, 7], 15.07131417267395) { try DotProductAttention(heads: 2, keySize: 3, valueSize: 2, sequenceLength: 4, isCausal: true) },
    .init("scaled_dot_product_attention, the last 3, scale 0.5", [1, 6, 5], [1, 2, 5], -36.08663767963543) { try DotProductAttention(heads: 1, keySize: 2, sequenceLength: 3, isCausal: true, scale: 0.5) },
    .init("scaled_dot_product_attention of a clip, in steps the last 5", [2, 12, 8], [2, 4, 8], 33.24932767706921, steps: [2, 4, 4], 16.903606009645824) { try DotProductAttention(heads: 2, keySize: 2, sequenceLength: 5) },
    .init("Narrow channels 2 to 5", [2, 7, 5], [2, 4, 5], -32.6875) { try Narrow(axis: .clip(1), start: 2, length: 4) },
    .init("Narrow to the second half of the channels", [3, 6, 4, 5], [3, 3, 4, 5], 46.0) { try Narrow(axis: .clip(1), start: 3, length: 3) },
    .init("Narrow the last axis", [2, 3, 4, 5, 7], [2, 3, 4, 5, 5], 29.0) { try Narrow(axis: .clip(-1), start: 1, length: 5) },
    .init("Narrow axis 1 of frames of planes", [2, 3, 4, 5, 7], [2, 3, 4, 2, 7], 174.75) { try Narrow(axis: .frame(2), start: 3, length: 2) },
    .init("MatMul nctv,vw->nctw", [2, 3, 4, 5], [2, 3, 4, 7], 101.2890625) { try MatMul(fill([5, 7], 37, 5)) },
    .init("MatMul nkctv,kvw->nctw", [2, 6, 4, 5], [2, 2, 4, 4], -444.93359375) { try MatMul(fill([3, 5, 4], 37, 5), stack: .sum) },
    .init("MatMul nkctv,kvw->nkctw", [2, 6, 3, 5], [2, 6, 3, 5], 135.16796875) { try MatMul(fill([2, 5, 5], 37, 5), stack: .each) },
    .init("MatMul nctv,kvw->nkctw", [1, 2, 4, 5], [1, 6, 4, 2], -170.9140625) { try MatMul(fill([3, 5, 2], 37, 5), stack: .repeated) },
    .init("MatMul nkctvs,kvw->nctws", [2, 6, 3, 4, 5], [2, 3, 3, 3, 5], 330.09765625) { try MatMul(fill([2, 4, 3], 37, 5), axis: .clip(3)) },
    .init("MatMul nctv,cd->ndtv", [2, 4, 3, 2], [2, 3, 3, 2], 130.61328125) { try MatMul(fill([4, 3], 37, 5), axis: .clip(1)) },
    .init("MatMul of frames", [2, 4, 3, 5], [2, 2, 3, 3], -240.71484375) { try MatMul(fill([2, 5, 3], 37, 5), axis: .frame(2)) },
    .init("Rearrange b c t (h w) -> b c t h w", [2, 3, 4, 6], [2, 3, 4, 2, 3], 10.75) { try Rearrange("b c t (h w) -> b c t h w", sizes: ["h": 2]) },
    .init("Rearrange b c t h w -> b (c h w) t", [2, 3, 4, 2, 5], [2, 30, 4], 234.25) { try Rearrange("b c t h w -> b (c h w) t") },
    .init("Rearrange b (k c) t v -> b k t c v", [2, 6, 3, 5], [2, 3, 3, 2, 5], -38.3125) { try Rearrange("b (k c) t v -> b k t c v", sizes: ["k": 3]) },
    .init("Rearrange b c t v s -> (b s) c t v", [2, 3, 4, 2, 3], [6, 3, 4, 2], -18.25) { try Rearrange("b c t v s -> (b s) c t v") },
    .init("Rearrange b c t (h p) (w q) -> b (p q c) t w h", [2, 3, 2, 4, 6], [2, 18, 2, 2, 2], 43.0625) { try Rearrange("b c t (h p) (w q) -> b (p q c) t w h", sizes: ["p": 2, "q": 3]) },
    .init("Rearrange b c t 1 -> b c t", [2, 3, 4, 1], [2, 3, 4], 46.0) { try Rearrange("b c t 1 -> b c t") },
    .init("Rearrange b c t w -> b (w c) t () 1", [1, 3, 4, 2], [1, 6, 4, 1, 1], 63.75) { try Rearrange("b c t w -> b (w c) t () 1") },
    .init("Rearrange (b s) c t w -> b c t (s w)", [6, 2, 3, 2], [2, 2, 3, 6], 90.5) { try Rearrange("(b s) c t w -> b c t (s w)", sizes: ["b": 2]) },
    .init("Rearrange of frames", [2, 3, 4, 2, 5], [2, 5, 4, 6], -96.875) { try Rearrange("b c h w -> b w (h c)", isFramewise: true) },
    .init("Flatten of frames", [2, 3, 4, 5, 2], [2, 30, 4], 234.25) { Flatten(start: .frame(1), end: .frame(-1)) },
    .init("Flatten(2) of frames", [2, 3, 4, 5, 2], [2, 3, 4, 10], 47.0625) { Flatten(start: .frame(2), end: .frame(-1)) },
    .init("Flatten(3) of clips", [2, 3, 4, 5, 2], [2, 3, 4, 10], 47.0625) { Flatten(start: .clip(3), end: .clip(-1)) },
    .init("LayerNorm([5, 2])", [2, 3, 4, 5, 2], [2, 3, 4, 5, 2], -222.14846386489472) { try LayerNorm(normalizedShape: [5, 2], weight: fill([5, 2], 7, 9), bias: fill([5, 2], 5, 2), eps: 1e-3) },
    .init("LayerNorm([5])", [2, 3, 4, 5], [2, 3, 4, 5], 63.24790273337614) { try LayerNorm(normalizedShape: [5], weight: nil, bias: nil, eps: 1e-3) },
    .init("LayerNorm of frames", [2, 3, 4, 5], [2, 3, 4, 5], 57.97049897860278) { try LayerNorm(normalizedShape: [3, 5], weight: nil, bias: nil, isFramewise: true) },
    .init("GroupNorm(2, 4)", [2, 4, 3, 5], [2, 4, 3, 5], 3.414337691710209, steps: [2, 4, 3, 5], -19.04004918761322) { try GroupNorm(groups: 2, weight: fill([4], 7, 9), bias: fill([4], 5, 2), eps: 1e-3) },
    .init("GroupNorm(3, 6)", [1, 6, 4, 2, 2], [1, 6, 4, 2, 2], -8.308073441943431, steps: [1, 6, 4, 2, 2], 7.115871603516323) { try GroupNorm(groups: 3, weight: nil, bias: nil, eps: 1e-3) },
    .init("SingleOutputMHA(6, 3, L 5, query -1, forwards one)", [2, 6, 8], [2, 6, 1], 14.092215350625066, steps: [2, 6, 4], 10.640122617740655) { try SingleOutputMultiheadAttention(weights: AttentionWeights(inWeight: quarter([18, 6], 37, 5), inBias: quarter([18], 11, 3), outWeight: quarter([6, 6], 29, 7), outBias: quarter([6], 13, 4), heads: 3), sequenceLength: 5, queryIndex: -1, singleOutputForward: true) },
    .init("SingleOutputMHA(10, 2, L 4, query -3, forwards one)", [3, 10, 4], [3, 10, 1], -24.938919761798715, steps: [3, 10, 1], -24.938919761798715) { try SingleOutputMultiheadAttention(weights: AttentionWeights(inWeight: quarter([30, 10], 37, 5), inBias: nil, outWeight: quarter([10, 10], 29, 7), outBias: nil, heads: 2), sequenceLength: 4, queryIndex: -3, singleOutputForward: true) },
    .init("SingleOutputMHA(4, 4, L 7, query 2, forwards one)", [1, 4, 9], [1, 4, 1], 9.172912611496573, steps: [1, 4, 3], 17.904908636966724) { try SingleOutputMultiheadAttention(weights: AttentionWeights(inWeight: quarter([12, 4], 37, 5), inBias: quarter([12], 11, 3), outWeight: quarter([4, 4], 29, 7), outBias: quarter([4], 13, 4), heads: 4), sequenceLength: 7, queryIndex: 2, singleOutputForward: true) },
    .init("SingleOutputMHA(6, 2, L 3, query 0, forwards all)", [2, 6, 6], [2, 6, 6], 17.56964712428435, steps: [2, 6, 4], 12.785606846443883) { try SingleOutputMultiheadAttention(weights: AttentionWeights(inWeight: quarter([18, 6], 37, 5), inBias: quarter([18], 11, 3), outWeight: quarter([6, 6], 29, 7), outBias: quarter([6], 13, 4), heads: 2), sequenceLength: 3, queryIndex: 0, singleOutputForward: false) },
    .init("RetroactiveMHA(6, 3, L 5)", [2, 6, 5], [2, 6, 1, 5], 15.536753015170515, steps: [2, 6, 1, 5], 15.536753015170515) { try RetroactiveMultiheadAttention(weights: AttentionWeights(inWeight: quarter([18, 6], 37, 5), inBias: quarter([18], 11, 3), outWeight: quarter([6, 6], 29, 7), outBias: quarter([6], 13, 4), heads: 3), sequenceLength: 5) },
    .init("RetroactiveMHA(9, 1, L 4)", [1, 9, 4], [1, 9, 1, 4], -6.702995588932886, steps: [1, 9, 1, 4], -6.702995588932886) { try RetroactiveMultiheadAttention(weights: AttentionWeights(inWeight: quarter([27, 9], 37, 5), inBias: nil, outWeight: quarter([9, 9], 29, 7), outBias: nil, heads: 1), sequenceLength: 4) },
    .init("SingleOutputTransformerEncoderLayer(6, 3, 9, L 5, query -1, relu, post-norm, forwards one)", [2, 6, 8], [2, 6, 1], 71.08313514845882, steps: [2, 6, 4], 30.402392911165094) { try SingleOutputTransformerEncoderLayer(weights: TransformerLayerWeights(attention: AttentionWeights(inWeight: quarter([18, 6], 37, 5), inBias: quarter([18], 11, 3), outWeight: quarter([6, 6], 29, 7), outBias: quarter([6], 13, 4), heads: 3), linear1: .init(weight: quarter([9, 6], 31, 6), bias: quarter([9], 11, 3)), linear2: .init(weight: quarter([6, 9], 41, 2), bias: quarter([6], 13, 9)), norm1: .init(weight: fill([6], 7, 9), bias: fill([6], 5, 2), eps: 1e-3), norm2: .init(weight: fill([6], 3, 1), bias: fill([6], 5, 8), eps: 1e-3), activation: .relu, normFirst: false), sequenceLength: 5, queryIndex: -1, singleOutputForward: true) },
    .init("SingleOutputTransformerEncoderLayer(8, 2, 5, L 4, query 1, gelu, pre-norm, forwards one)", [1, 8, 6], [1, 8, 1], 43.430194301311765, steps: [1, 8, 3], 58.785626891869086) { try SingleOutputTransformerEncoderLayer(weights: TransformerLayerWeights(attention: AttentionWeights(inWeight: quarter([24, 8], 37, 5), inBias: quarter([24], 11, 3), outWeight: quarter([8, 8], 29, 7), outBias: quarter([8], 13, 4), heads: 2), linear1: .init(weight: quarter([5, 8], 31, 6), bias: quarter([5], 11, 3)), linear2: .init(weight: quarter([8, 5], 41, 2), bias: quarter([8], 13, 9)), norm1: .init(weight: fill([8], 7, 9), bias: fill([8], 5, 2), eps: 1e-3), norm2: .init(weight: fill([8], 3, 1), bias: fill([8], 5, 8), eps: 1e-3), activation: .gelu, normFirst: true), sequenceLength: 4, queryIndex: 1, singleOutputForward: true) },
    .init("SingleOutputTransformerEncoderLayer(6, 1, 7, L 3, query -2, gelu, post-norm, forwards all)", [2, 6, 5], [2, 6, 5], -63.46118806132894, steps: [2, 6, 3], 106.81582169757321) { try SingleOutputTransformerEncoderLayer(weights: TransformerLayerWeights(attention: AttentionWeights(inWeight: quarter([18, 6], 37, 5), inBias: nil, outWeight: quarter([6, 6], 29, 7), outBias: nil, heads: 1), linear1: .init(weight: quarter([7, 6], 31, 6), bias: nil), linear2: .init(weight: quarter([6, 7], 41, 2), bias: nil), norm1: .init(weight: fill([6], 7, 9), bias: nil, eps: 1e-3), norm2: .init(weight: fill([6], 3, 1), bias: nil, eps: 1e-3), activation: .gelu, normFirst: false), sequenceLength: 3, queryIndex: -2, singleOutputForward: false) },
    .init("RetroactiveTransformerEncoderLayer(6, 2, 9, L 5, gelu, post-norm)", [2, 6, 5], [2, 6, 1, 5], -64.25923203407028, steps: [2, 6, 1, 5], -64.25923203407028) { try RetroactiveTransformerEncoderLayer(weights: TransformerLayerWeights(attention: AttentionWeights(inWeight: quarter([18, 6], 37, 5), inBias: quarter([18], 11, 3), outWeight: quarter([6, 6], 29, 7), outBias: quarter([6], 13, 4), heads: 2), linear1: .init(weight: quarter([9, 6], 31, 6), bias: quarter([9], 11, 3)), linear2: .init(weight: quarter([6, 9], 41, 2), bias: quarter([6], 13, 9)), norm1: .init(weight: fill([6], 7, 9), bias: fill([6], 5, 2), eps: 1e-3), norm2: .init(weight: fill([6], 3, 1), bias: fill([6], 5, 8), eps: 1e-3), activation: .gelu, normFirst: false), sequenceLength: 5) },
    .init("RetroactiveTransformerEncoderLayer(8, 4, 5, L 4, relu, pre-norm)", [1, 8, 4], [1, 8, 1, 4], 4.898065228268614, steps: [1, 8, 1, 4], 4.898065228268614) { try RetroactiveTransformerEncoderLayer(weights: TransformerLayerWeights(attention: AttentionWeights(inWeight: quarter([24, 8], 37, 5), inBias: quarter([24], 11, 3), outWeight: quarter([8, 8], 29, 7), outBias: quarter([8], 13, 4), heads: 4), linear1: .init(weight: quarter([5, 8], 31, 6), bias: quarter([5], 11, 3)), linear2: .init(weight: quarter([8, 5], 41, 2), bias: quarter([8], 13, 9)), norm1: .init(weight: fill([8], 7, 9), bias: fill([8], 5, 2), eps: 1e-3), norm2: .init(weight: fill([8], 3, 1), bias: fill([8], 5, 8), eps: 1e-3), activation: .relu, normFirst: true), sequenceLength: 4) },
    .init("TransformerEncoder(1 layers, 6, 3, 9, L 5, relu, post-norm, no norm)", [2, 6, 8], [2, 6, 1], 71.08313514845882, steps: [2, 6, 4], 30.402392911165094) { try TransformerEncoder(layers: [try TransformerLayerWeights(attention: AttentionWeights(inWeight: quarter([18, 6], 37, 5), inBias: quarter([18], 11, 3), outWeight: quarter([6, 6], 29, 7), outBias: quarter([6], 13, 4), heads: 3), linear1: .init(weight: quarter([9, 6], 31, 6), bias: quarter([9], 11, 3)), linear2: .init(weight: quarter([6, 9], 41, 2), bias: quarter([6], 13, 9)), norm1: .init(weight: fill([6], 7, 9), bias: fill([6], 5, 2), eps: 1e-3), norm2: .init(weight: fill([6], 3, 1), bias: fill([6], 5, 8), eps: 1e-3), activation: .relu, normFirst: false)], norm: nil, sequenceLength: 5) },
    .init("TransformerEncoder(2 layers, 8, 2, 5, L 4, gelu, post-norm, norm)", [1, 8, 7], [1, 8, 1], 16.46293095236205, steps: [1, 8, 4], -46.34071477954424) { try TransformerEncoder(layers: [try TransformerLayerWeights(attention: AttentionWeights(inWeight: quarter([24, 8], 37, 5), inBias: quarter([24], 11, 3), outWeight: quarter([8, 8], 29, 7), outBias: quarter([8], 13, 4), heads: 2), linear1: .init(weight: quarter([5, 8], 31, 6), bias: quarter([5], 11, 3)), linear2: .init(weight: quarter([8, 5], 41, 2), bias: quarter([8], 13, 9)), norm1: .init(weight: fill([8], 7, 9), bias: fill([8], 5, 2), eps: 1e-3), norm2: .init(weight: fill([8], 3, 1), bias: fill([8], 5, 8), eps: 1e-3), activation: .gelu, normFirst: false), try TransformerLayerWeights(attention: AttentionWeights(inWeight: quarter([24, 8], 39, 5), inBias: quarter([24], 11, 3), outWeight: quarter([8, 8], 29, 8), outBias: quarter([8], 13, 4), heads: 2), linear1: .init(weight: quarter([5, 8], 31, 7), bias: quarter([5], 11, 3)), linear2: .init(weight: quarter([8, 5], 41, 3), bias: quarter([8], 13, 9)), norm1: .init(weight: fill([8], 7, 10), bias: fill([8], 5, 2), eps: 1e-3), norm2: .init(weight: fill([8], 3, 2), bias: fill([8], 5, 8), eps: 1e-3), activation: .gelu, normFirst: false)], norm: .init(weight: fill([8], 7, 9), bias: fill([8], 5, 2), eps: 1e-3), sequenceLength: 4) },
    .init("TransformerEncoder(3 layers, 6, 2, 7, L 3, relu, pre-norm, norm)", [2, 6, 5], [2, 6, 1], 16.411647850430622, steps: [2, 6, 3], 60.54508467234236) { try TransformerEncoder(layers: [try TransformerLayerWeights(attention: AttentionWeights(inWeight: quarter([18, 6], 37, 5), inBias: quarter([18], 11, 3), outWeight: quarter([6, 6], 29, 7), outBias: quarter([6], 13, 4), heads: 2), linear1: .init(weight: quarter([7, 6], 31, 6), bias: quarter([7], 11, 3)), linear2: .init(weight: quarter([6, 7], 41, 2), bias: quarter([6], 13, 9)), norm1: .init(weight: fill([6], 7, 9), bias: fill([6], 5, 2), eps: 1e-3), norm2: .init(weight: fill([6], 3, 1), bias: fill([6], 5, 8), eps: 1e-3), activation: .relu, normFirst: true), try TransformerLayerWeights(attention: AttentionWeights(inWeight: quarter([18, 6], 39, 5), inBias: quarter([18], 11, 3), outWeight: quarter([6, 6], 29, 8), outBias: quarter([6], 13, 4), heads: 2), linear1: .init(weight: quarter([7, 6], 31, 7), bias: quarter([7], 11, 3)), linear2: .init(weight: quarter([6, 7], 41, 3), bias: quarter([6], 13, 9)), norm1: .init(weight: fill([6], 7, 10), bias: fill([6], 5, 2), eps: 1e-3), norm2: .init(weight: fill([6], 3, 2), bias: fill([6], 5, 8), eps: 1e-3), activation: .relu, normFirst: true), try TransformerLayerWeights(attention: AttentionWeights(inWeight: quarter([18, 6], 41, 5), inBias: quarter([18], 11, 3), outWeight: quarter([6, 6], 29, 9), outBias: quarter([6], 13, 4), heads: 2), linear1: .init(weight: quarter([7, 6], 31, 8), bias: quarter([7], 11, 3)), linear2: .init(weight: quarter([6, 7], 41, 4), bias: quarter([6], 13, 9)), norm1: .init(weight: fill([6], 7, 11), bias: fill([6], 5, 2), eps: 1e-3), norm2: .init(weight: fill([6], 3, 3), bias: fill([6], 5, 8), eps: 1e-3), activation: .relu, normFirst: true)], norm: .init(weight: fill([6], 7, 9), bias: fill([6], 5, 2), eps: 1e-3), sequenceLength: 3) },
    .init("RecyclingPositionalEncoding(4, 7)", [2, 4, 6], [2, 4, 6], -37.3125) { try RecyclingPositionalEncoding(table: fill([7, 4], 7, 9)) },
  ]
}
