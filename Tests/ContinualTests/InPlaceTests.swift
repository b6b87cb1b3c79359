import Tensors
import TestSupport
import Testing

@testable import Continual

/// A layer that can work in place, and the channels and lengths of its frames.
struct InPlaceCase: Sendable, CustomTestStringConvertible {
  let module: any Module
  let frame: Shape

  var testDescription: String { "\(module.typeName)(\(module.summary)) of frames \(frame)" }

  static let functions: [Activation.Function] =
    [
      .threshold(0.25, value: -2), .relu, .rrelu(lower: 0.125, upper: 0.5),
      .hardtanh(min: -0.5, max: 0.7), .relu6, .sigmoid, .hardsigmoid, .tanh, .silu, .hardswish,
      .elu(alpha: 0.5), .celu(alpha: 0.5), .selu, .gelu, .geluTanh, .hardshrink(lambda: 0.3),
      .leakyReLU(negativeSlope: 0.1), .logSigmoid, .softplus(beta: 2, threshold: 1),
      .softshrink(lambda: 0.2), .softsign, .tanhshrink, .mish, .power(2),
    ] + Activation.ElementaryFunction.allCases.map { .elementary($0) }

  static let all = Result {
    var random = SeededRandom(12)
    var cases: [InPlaceCase] = []
    for frame: Shape in [[2, 6], [1, 6, 5], [2, 6, 3, 7]] {
      cases += try functions.map { InPlaceCase(module: try Activation($0), frame: frame) }
      cases.append(
        InPlaceCase(
          module: try BatchNorm(
            dimensions: frame.rank - 1, weight: random.tensor([6]), bias: random.tensor([6]),
            runningMean: random.tensor([6]),
            runningVariance: Tensor([6], [0.5, 1, 1.5, 2, 2.5, 3])), frame: frame))
      cases.append(
        InPlaceCase(module: try PReLU(weight: random.tensor([6])), frame: frame))
      let channels = random.tensor(Shape([6] + frame.axes.dropFirst(2).map { _ in 1 }))
      for operand in [Arithmetic.Operand.number(0.3), .tensor(channels)] {
        for operation in [
          Arithmetic.Operation.add(operand), .multiply(operand), .constant(operand),
        ] {
          cases.append(
            InPlaceCase(module: Arithmetic(operation, isFramewise: true), frame: frame))
        }
      }
      let last = Array(frame.axes.suffix(frame.rank == 4 ? 2 : 1))
      cases.append(
        InPlaceCase(
          module: try LayerNorm(
            normalizedShape: last, weight: random.tensor(Shape(last)),
            bias: random.tensor(Shape(last)), isFramewise: true), frame: frame))
    }
    return cases
  }
}

@Suite("layers in place")
struct InPlaceTests {
  @Test("a layer in place has the bits of one that is not", arguments: try InPlaceCase.all.get())
  func bits(_ layer: InPlaceCase) throws {
    let plan = try Plan(layer.module, frame: layer.frame)
    guard case .kernel(let any) = plan.nodes[0].operation,
      let kernel = any as? any InPlaceKernel
    else {
      Issue.record("does not work in place")
      return
    }
    var random = SeededRandom(5)
    for frames in [1, 4] {
      let input = random.floats(layer.frame.count * frames) + [.nan, -.infinity, -0.0]
      let count = layer.frame.count * frames
      let values = Array(input.suffix(count))
      var (apart, inPlace) = ([Float](repeating: 9, count: count), values)
      var work = [Float](repeating: 0, count: kernel.scratch(frames: frames))
      var first = apart.mutableSpan
      var second = inPlace.mutableSpan
      var scratch = work.mutableSpan
      kernel.apply(values.span, frames: frames, into: &first, scratch: &scratch)
      kernel.apply(nil, frames: frames, into: &second, scratch: &scratch)
      #expect(apart.map(\.bitPattern) == inPlace.map(\.bitPattern))
    }
  }

  private func convolution(_ channels: Int = 3) throws -> Convolution {
    var random = SeededRandom(7)
    return try Convolution(
      weight: random.tensor([channels, channels, 3]), bias: nil, stride: [1],
      padding: .explicit([1]), dilation: [1], groups: 1, paddingMode: .zeros)
  }

  @Test("behind a convolution, activations work where the output is wanted")
  func chain() throws {
    let plan = try Plan(
      Sequential(convolution(), Activation(.tanh), Activation(.relu)), frame: [2, 3])
    #expect(plan.layout.bufferCount == 0)
    #expect(plan.layout.entries.map(\.target) == [.output, .output, .output])
    #expect(plan.layout.entries.map { $0.inPlace != nil } == [false, true, true])
  }

  @Test("the frames of the caller, and those that somebody else reads, are not changed")
  func readers() throws {
    // Identity, tanh and relu read the output of one convolution; only the last may change it.
    let branches = try BroadcastReduce([
      NamedModule("0", Identity()), NamedModule("1", Activation(.tanh)),
      NamedModule("2", Activation(.relu)),
    ])
    let plan = try Plan(
      Sequential(Activation(.tanh), convolution(), branches), frame: [2, 3])
    #expect(plan.layout.entries.allSatisfy { $0.inPlace == nil })
    var random = SeededRandom(8)
    let clip = random.tensor([2, 3, 6])
    let copy = clip
    let alone = try Plan(Sequential(Activation(.tanh), convolution()), frame: [2, 3])
    let before = try alone.forward(clip)
    let run = try ModeRun(plan, clip: clip)
    let expected = try before.scalars.map { x in
      let one = try Plan(Activation(.tanh), frame: [1, 1]).forward(Tensor([1, 1, 1], [x]))
      return x + one.scalars[0] + max(x, 0)
    }
    #expect(run.forward.scalars == expected)
    #expect(run.differences == [])
    #expect(clip.hasSameBits(as: copy))
  }

  @Test("the last reader of several works in place", arguments: [false, true])
  func lastReader(isLast: Bool) throws {
    // The branch that reads last is the one behind which nobody asks for the frames.
    let branches = try BroadcastReduce(
      [NamedModule("0", Activation(.tanh)), NamedModule("1", Activation(.relu))]
        + (isLast ? [] : [NamedModule("2", Identity())]))
    let plan = try Plan(Sequential(convolution(), branches), frame: [2, 3])
    #expect(plan.layout.entries.map { $0.inPlace != nil } == [false, false, isLast, false])
    var random = SeededRandom(8)
    #expect(try ModeRun(plan, clip: random.tensor([2, 3, 6])).differences == [])
  }

  @Test("an observer sees the output of each node before the next one changes it")
  func observers() throws {
    let plan = try Plan(Sequential(convolution(), Activation(.relu)), frame: [1, 3])
    let alone = try Plan(convolution(), frame: [1, 3])
    var random = SeededRandom(8)
    let clip = random.tensor([1, 3, 5])
    var seen: [[Float]] = []
    let output = try plan.forward(clip) { _, values, _ in
      seen.append(values.indices.map { values[$0] })
    }
    #expect(seen == [try alone.forward(clip).scalars, output.scalars])
    #expect(seen[0].contains { $0 < 0 })
  }
}
