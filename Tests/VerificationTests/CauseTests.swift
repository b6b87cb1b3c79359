import Continual
import Tensors
import TestSupport
import Testing

@testable import Verification

@Suite("The cause of another output than PyTorch's")
struct CauseTests {
  /// A network of a few layers, and how it was meant to be.
  struct Mistake: CustomTestStringConvertible, Sendable {
    var stride = 1
    var padding = ConvolutionPadding.explicit([1, 1])
    var dilation = 1
    var eps = 1e-5
    var function = Activation.Function.relu
    var reduce = Reduction.sum
    var countsPadding = true
    var mode = PaddingMode.zeros
    let words: String
    let path: String

    var testDescription: String { words }
  }

  static let mistakes = [
    Mistake(stride: 2, words: "stride 2 in time", path: "2"),
    Mistake(padding: .sides(before: [2, 1], after: [0, 1]), words: "causal padding", path: "2"),
    Mistake(padding: .explicit([0, 1]), words: "padding 0 in time", path: "2"),
    Mistake(dilation: 2, words: "dilation 2 in time", path: "2"),
    Mistake(eps: 1e-3, words: "eps=0.001", path: "1.1.1"),
    Mistake(function: .gelu, words: "GELU", path: "1.1.2"),
    Mistake(function: .geluTanh, words: "GELU(tanh)", path: "1.1.2"),
    Mistake(function: .leakyReLU(negativeSlope: 0.2), words: "LeakyReLU(0.2)", path: "1.1.2"),
    Mistake(reduce: .product, words: "reduce=\"mul\"", path: "1"),
    Mistake(countsPadding: false, words: "count_include_pad=False", path: "0"),
    Mistake(mode: .replicate, words: "padding_mode=\"replicate\"", path: "2"),
  ]

  private static func weights(_ shape: Shape, seed: UInt64) -> Tensor {
    var random = SeededRandom(seed)
    return Tensor(shape, random.floats(shape.count))
  }

  private static func network(_ mistake: Mistake, scale: Float = 1) throws -> any Module {
    let pool = try Pooling(
      kind: .average(countIncludePad: mistake.countsPadding, divisorOverride: nil),
      kernelSize: [3, 1], stride: [1, 1], padding: [1, 0])
    let pointwise = try Convolution(
      weight: weights([3, 3, 1, 1], seed: 1), bias: nil, stride: [1, 1],
      padding: .explicit([0, 0]), dilation: [1, 1], groups: 1, paddingMode: .zeros)
    let norm = try BatchNorm(
      dimensions: 2, weight: weights([3], seed: 2), bias: weights([3], seed: 3),
      runningMean: weights([3], seed: 4), runningVariance: Tensor([3], [0.5, 1.5, 0.25]),
      eps: mistake.eps)
    let last = weights([2, 3, 3, 3], seed: 5)
    let convolution = try Convolution(
      weight: Tensor(last.shape, last.scalars.map { $0 * scale }), bias: nil,
      stride: [mistake.stride, 1], padding: mistake.padding, dilation: [mistake.dilation, 1],
      groups: 1, paddingMode: mistake.mode)
    return Sequential(
      pool,
      Residual(
        NamedModule("1", Sequential(pointwise, norm, try Activation(mistake.function))),
        reduce: mistake.reduce), convolution)
  }

  private static let plain = Mistake(words: "", path: "")
  private static let input = InputProfile.normal.clip(of: [2, 3, 5], frames: 12, seed: 1, clip: 0)

  private func report(
    _ truth: Tensor64, layers: [(path: String, output: Tensor64)] = []
  ) throws -> Report {
    var options = Verifier.Options()
    options.profiles = [.normal]
    options.families = [.reference]
    options.input = Self.input
    var reference = PyTorchReference(forward: .init(truth))
    reference.layers = layers
    options.reference = reference
    let subject = Subject(try Self.network(Self.plain), frame: [2, 3, 5], clipLength: 12)
    return try Verifier(subject, options: options).run()
  }

  private func truth(_ mistake: Mistake = plain, scale: Float = 1) throws -> Tensor64 {
    try NetworkOracle(Self.network(mistake, scale: scale)).forward(Self.input.widened)
  }

  /// What a network makes, and what each of its modules does, perhaps changed.
  private func recorded(
    scale: Float = 1,
    _ change: (_ path: String, _ output: Tensor64) -> Tensor64 = { $1 }
  ) throws -> (truth: Tensor64, layers: [(path: String, output: Tensor64)]) {
    let recorder = OracleRecorder()
    let truth = try NetworkOracle(Self.network(Self.plain, scale: scale))
      .forward(Self.input.widened, recordedBy: recorder)
    let layers = recorder.record.order.compactMap { path in
      recorder.record.entries[path].map { (path: path, output: change(path, $0.output)) }
    }
    return (truth, layers)
  }

  private func finding(_ report: Report) throws -> Finding {
    #expect(report.verdict == .fail)
    return try #require(report.findings.first { $0.code == .architecture })
  }

  @Test("a single mistake in an architecture is named, with the module", arguments: mistakes)
  func named(_ mistake: Mistake) throws {
    let finding = try finding(report(truth(mistake)))
    #expect(finding.module == mistake.path)
    #expect(
      finding.hint?.contains("with \(mistake.words) at \(mistake.path) the output agrees") == true)
  }

  @Test("what no single change explains is said, and how many were tried")
  func unknown() throws {
    let finding = try finding(report(truth(scale: 1.01).mapped { $0 + 0.1 * $0 * $0 }))
    #expect(finding.module.isEmpty)
    #expect(finding.hint?.contains("single changes") == true)
  }

  @Test("a change that the modules behind it cannot take is passed over")
  func changedShapes() throws {
    // A concatenation makes twice the channels, and another stride fewer columns, of which the norms and the
    // linear layer behind know nothing.
    let norm = try BatchNorm(
      dimensions: 2, weight: Self.weights([3], seed: 2), bias: Self.weights([3], seed: 3),
      runningMean: Self.weights([3], seed: 4), runningVariance: Tensor([3], [0.5, 1.5, 0.25]))
    let columns = try LayerNorm(normalizedShape: [5], weight: nil, bias: nil)
    let last = try Linear(weight: Self.weights([4, 5], seed: 6), bias: nil, axis: .clip(-1))
    let pointwise = try Convolution(
      weight: Self.weights([3, 3, 1, 1], seed: 1), bias: nil, stride: [1, 1],
      padding: .explicit([0, 0]), dilation: [1, 1], groups: 1, paddingMode: .zeros)
    let network = Sequential(
      Residual(NamedModule("1", pointwise)), norm, pointwise, columns, last)
    let oracle = NetworkOracle(network)
    let right = try oracle.forward(Self.input.widened)
    let search = CauseSearch(
      oracle: oracle, input: Self.input.widened, truth: right.mapped { $0 + 0.1 * $0 * $0 },
      layers: [], tolerance: 1e-11, seconds: 60)
    guard case .unknown(let tried, let count, _)? = search.cause() else {
      Issue.record("\(String(describing: search.cause()))")
      return
    }
    #expect(tried == count && count > 100)
    // Without time nothing is tried, and that is said.
    var hurried = search
    hurried.seconds = 0
    #expect(hurried.cause() == .unknown(tried: 0, of: count, seconds: 0))
  }

  @Test("what is wrong with the output itself is said as such")
  func outputs() throws {
    let right = try truth()
    func hint(_ truth: Tensor64) throws -> String { try finding(report(truth)).hint ?? "" }
    var broken = right.scalars
    broken[7] = .nan
    #expect(try hint(Tensor64(right.shape, broken)).hasPrefix("1 of the 240 numbers"))
    #expect(try hint(right.mapped { _ in 0 }).contains("zero everywhere"))
    #expect(try hint(right.mapped { Double(Float16($0)) }).contains("rounded to float16"))
    let bfloat = right.mapped { Double(Float(bitPattern: Float($0).bitPattern & 0xFFFF_0000)) }
    #expect(try hint(bfloat).contains("rounded to bfloat16"))
    #expect(try hint(right.mapped { $0 * 0.5 }).contains("times 0.5"))
    let frames = right.shape[2]
    #expect(try hint(right.moved(along: 2) { frames - 1 - $0 }).contains("opposite order"))
    #expect(try hint(right.moved(along: 2) { max($0 - 2, 0) }).contains("frame j - 2 of this one"))
    #expect(try hint(right.moved(along: 0) { 1 - $0 }).contains("the samples in the order 1, 0"))
    #expect(try hint(right.moved(along: 1) { 1 - $0 }).contains("the channels in the order 1, 0"))
  }

  @Test("with what each module made, the one with other weights is named")
  func layers() throws {
    let (truth, layers) = try recorded(scale: 1.5)
    // All outputs are half as large again, which could be a factor at the end as well.
    let moved = truth.mapped { $0 + 0.25 }
    let finding = try finding(report(moved, layers: layers))
    #expect(finding.module == "2")
    #expect(finding.hint?.contains("the first module whose output is another one is 2") == true)
  }

  @Test("a module that makes another shape is named, and not one behind it")
  func shapes() throws {
    // PyTorch's pool has left some places out, and what comes behind it has other values.
    let (truth, layers) = try recorded { path, output in
      path == "0" ? output.selecting([0, 2, 4], along: 3) : output.mapped { $0 + 1 }
    }
    let finding = try finding(report(truth.mapped { $0 + 0.25 * $0 * $0 }, layers: layers))
    #expect(finding.module == "0")
    #expect(finding.hint?.contains("is 0: it makes (2, 3, 12, 5)") == true)
    #expect(finding.hint?.contains("PyTorch's made (2, 3, 12, 3)") == true)
  }

  @Test("a module whose last frames PyTorch cuts off behind it is compared by the others")
  func chomped() throws {
    let (truth, layers) = try recorded(scale: 1.5) { _, output in
      output.selecting(Array(0..<12) + [0, 0], along: 2)
    }
    let finding = try finding(report(truth.mapped { $0 + 0.25 }, layers: layers))
    #expect(finding.module == "2")
  }

  @Test("against a truth in float32, a module that is wrong by a thousandth is named")
  func rounded() throws {
    let (truth, layers) = try recorded(scale: 1.001) { $1.narrowed.widened }
    let search = CauseSearch(
      oracle: NetworkOracle(try Self.network(Self.plain)), input: Self.input.widened,
      truth: truth.narrowed.widened.mapped { $0 + 1e-3 * $0 * $0 }, layers: layers,
      tolerance: 4e-6)
    #expect(search.cause()?.path == "2")
  }
}

extension DenseTensor where Scalar == Double {
  fileprivate func mapped(_ change: (Double) -> Double) -> Tensor64 {
    Tensor64(shape, scalars.map(change))
  }

  /// The same with the parts along an axis taken from elsewhere.
  fileprivate func moved(along axis: Int, _ source: (Int) -> Int) -> Tensor64 {
    let inner = shape.axes.dropFirst(axis + 1).reduce(1, *)
    return Tensor64(
      shape,
      scalars.indices.map { index in
        let place = index / inner % shape[axis]
        return scalars[index + (source(place) - place) * inner]
      })
  }
}
