import Continual
import Tensors
import Testing

@testable import Verification

/// A convolution with all that it can have.
struct ConvolutionOracleCase: Sendable, CustomTestStringConvertible {
  let batch: Int
  let groups: Int
  let inputs: Int
  let outputs: Int
  let lengths: [Int]
  let kernel: [Int]
  let stride: [Int]
  let dilation: [Int]

  var testDescription: String {
    "\(batch) x \(groups) groups of \(inputs) to \(outputs), \(lengths) by \(kernel)"
  }

  static let all = [
    // A row as long as several vectors, and one that is shorter than one.
    ConvolutionOracleCase(
      batch: 1, groups: 1, inputs: 3, outputs: 5, lengths: [1, 1, 61], kernel: [1, 1, 1],
      stride: [1, 1, 1], dilation: [1, 1, 1]),
    ConvolutionOracleCase(
      batch: 2, groups: 2, inputs: 5, outputs: 3, lengths: [5, 9, 11], kernel: [3, 3, 2],
      stride: [1, 2, 2], dilation: [2, 1, 3]),
    // Each channel by itself.
    ConvolutionOracleCase(
      batch: 1, groups: 4, inputs: 1, outputs: 1, lengths: [5, 6, 7], kernel: [3, 3, 3],
      stride: [1, 1, 1], dilation: [1, 1, 1]),
    // More products and more places than a block has.
    ConvolutionOracleCase(
      batch: 1, groups: 1, inputs: 70, outputs: 6, lengths: [3, 16, 16], kernel: [2, 2, 2],
      stride: [1, 1, 1], dilation: [1, 1, 1]),
  ]
}

@Suite("convolutions in Double")
struct ConvolutionOracleTests {
  @Test("are the sums of nested loops, with their bounds", arguments: ConvolutionOracleCase.all)
  func sums(_ row: ConvolutionOracleCase) {
    var random = RandomSource(seed: 3, for: row.testDescription)
    let outputs = row.groups * row.outputs
    let weight = Tensor(
      Shape([outputs, row.inputs] + row.kernel),
      (0..<outputs * row.inputs * row.kernel.reduce(1, *)).map { _ in random.normal() })
    let shape = Shape([row.batch, row.groups * row.inputs] + row.lengths)
    let clip = Tensor(shape, (0..<shape.count).map { _ in random.normal() }).widened
    let bias = (0..<outputs).map { _ in Double(random.normal()) }
    let oracle = ConvolutionOracle(
      weight: weight, bias: bias, stride: row.stride, dilation: row.dilation, groups: row.groups)
    let sums = oracle.convolve(clip)
    let bounds = oracle.roundingBound(clip)
    let deviations = oracle.roundingDeviation(clip)
    let fuses = InstructionSet.current.fusesProducts
    for offset in 0..<sums.shape.count {
      let place = sums.shape.place(ofElement: offset)
      var (sum, magnitudes, squares) = (bias[place[1]], 0.0, 0.0)
      for kt in 0..<row.kernel[0] {
        for input in 0..<row.inputs {
          for kh in 0..<row.kernel[1] {
            for kw in 0..<row.kernel[2] {
              let tap = [kt, kh, kw]
              let source = (0..<3).map {
                place[$0 + 2] * row.stride[$0] + tap[$0] * row.dilation[$0]
              }
              let channel = place[1] / row.outputs * row.inputs + input
              let product =
                Double(weight[place[1], input, kt, kh, kw])
                * clip[place[0], channel, source[0], source[1], source[2]]
              sum += product
              magnitudes += abs(sum) + (fuses ? 0 : abs(product))
              squares += sum * sum
            }
          }
        }
      }
      #expect(abs(sums.scalars[offset] - sum) <= 1e-13 * (1 + magnitudes))
      #expect(abs(bounds.scalars[offset] / (0x1p-24 * magnitudes) - 1) < 1e-5)
      // Every fourth partial sum stands for four.
      let deviation = 0x1p-24 * (squares / 3).squareRoot()
      let isLong = row.inputs * row.kernel.reduce(1, *) > 100
      #expect(!isLong || abs(deviations.scalars[offset] / deviation - 1) < 0.3)
    }
  }

  @Test("clips without frames have no sums")
  func emptyClips() throws {
    let oracle = ConvolutionOracle(
      weight: Tensor([4, 3, 2, 1, 1]), bias: [1, 2, 3, 4], stride: [1, 1, 1], dilation: [1, 1, 1],
      groups: 1)
    for frames in 0...1 {
      let clip = Tensor64([2, 3, frames, 5, 5])
      #expect(oracle.convolve(clip).shape == [2, 4, 0, 5, 5])
      #expect(oracle.definition(clip).values.shape == [2, 4, 0, 5, 5])
    }
    let linear = try Linear(weight: Tensor([4, 3]), bias: nil, axis: .clip(1))
    #expect(try linear.reference(Tensor64([2, 3, 0])).shape == [2, 4, 0])
  }
  @Test(
    "a convolution of one tap computes the frames that its padding adds, at either end",
    arguments: zip([[0], [3], [1], [0]], [[2], [0], [3], [1]]))
  func oneTap(_ before: [Int], _ after: [Int]) throws {
    for stride in [1, 2] {
      let convolution = try Convolution(
        weight: Tensor([3, 2, 1], [0.5, -1, 0.25, 2, 1, -0.75]), bias: Tensor([3], [0.5, -2, 1]),
        stride: [stride], padding: .sides(before: before, after: after), dilation: [1], groups: 1,
        paddingMode: .zeros)
      let report = try Verifier(Subject(convolution, frame: [2, 2], clipLength: 7)).run()
      #expect(report.findings.map(\.message) == [])
      #expect(report.verdict == .ok)
      let clip = Tensor([1, 2, 7], (0..<14).map(Float.init))
      var stream = try Plan(convolution, frame: [1, 2], clipLength: 7).makeStream()
      let output = try stream.forwardSteps(clip, padEnd: true)
      #expect(output.shape[2] == (7 + before[0] + after[0] - 1) / stride + 1)
      // Behind the clip there is the bias alone.
      if stride == 1 {
        for frame in 7 + before[0]..<output.shape[2] {
          #expect(output.frame(frame).scalars == [0.5, -2, 1])
        }
      }
    }
  }
}
