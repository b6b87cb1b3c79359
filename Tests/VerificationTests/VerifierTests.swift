import Continual
import Synchronization
import Tensors
import Testing

@testable import Verification

/// Takes the mean of a whole clip; its steps take that of the last frames.
struct WholeClipMean: Module, ReferencedLeaf {
  let window: Int

  var typeName: String { "WholeClipMean" }

  func divergence(frame: Shape) -> String? { "pools the whole clip, in steps \(window) frames" }

  func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire {
    plan.append(
      WholeClipMeanKernel(
        steps: WindowKernel(
          module: WindowModule(weights: weights), outputFrame: input.frame), window: window),
      to: input)
  }

  private var weights: [Float] { [Float](repeating: 1 / Float(window), count: window) }

  func reference(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    var sum = [Double](repeating: 0, count: clip.shape.frame.count)
    for time in 0..<clip.shape[2] {
      for (index, value) in clip.frame(time).scalars.enumerated() {
        sum[index] += value / Double(clip.shape[2])
      }
    }
    return Tensor64(frames: [sum], of: clip.shape.frame)
  }

  func referenceSteps(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    try WindowModule(weights: weights).reference(clip)
  }

  func referenceLength(ofClip frames: Int) -> Int? { 1 }
}

struct WholeClipMeanKernel: Kernel {
  let steps: WindowKernel
  let window: Int

  var outputFrame: Shape { steps.outputFrame }
  var timing: Timing { steps.timing }
  var state: StateLayout { steps.state }
  var wholeClipWindow: Int? { window }

  func advance(
    _ input: Span<Float>, frames: Int, into output: inout MutableSpan<Float>, outputs: Int,
    ends: Bool, memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) {
    steps.advance(
      input, frames: frames, into: &output, outputs: outputs, ends: ends, memory: &memory,
      counters: &counters, scratch: &scratch)
  }

  func outputLength(ofClip frames: Int) throws(ModuleError) -> Int { 1 }

  func forward(
    _ clip: Span<Float>, frames: Int, into output: inout MutableSpan<Float>, outputs: Int,
    memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) throws(ModuleError) {
    for index in output.indices { output[index] = 0 }
    let rows = FrameRows(outputFrame)
    var frame = [Float](repeating: 0, count: rows.count)
    for time in 0..<frames {
      var target = frame.mutableSpan
      rows.read(time, of: clip, frames: frames, into: &target)
      for index in output.indices { output[index] += 1 / Float(frames) * frame[index] }
    }
  }
}

/// A module that no oracle knows.
struct Unknown: Module {
  var typeName: String { "Unknown" }

  func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire {
    plan.append(
      WindowKernel(module: WindowModule(weights: [1]), outputFrame: input.frame), to: input)
  }
}

@Suite("verdicts")
struct VerifierTests {
  private func verify(
    _ module: any Module, frame: Shape = [1, 2, 3], clipLength: Int = 9,
    weights: ScalarType = .float32, loading: LoadingFacts = LoadingFacts(),
    _ change: (inout Verifier.Options) -> Void = { _ in }
  ) throws -> Report {
    var options = Verifier.Options()
    change(&options)
    let subject = Subject(
      module, frame: frame, clipLength: clipLength, weights: weights, loading: loading)
    return try Verifier(subject, options: options).run()
  }

  private let window = WindowModule(weights: [0.5, -1, 0.25], bias: 0.125, padding: 1)

  @Test(
    "containers of strided, padded and shrinking windows pass",
    arguments: [
      Sequential(
        WindowModule(weights: [1, 2], stride: 2),
        Residual(NamedModule("1", WindowModule(weights: [1, 2, 3], padding: 1)))),
      Sequential(
        Residual(
          NamedModule("1", WindowModule(weights: [1, 2, 3])), reduce: .product, shrink: .centered),
        Residual(NamedModule("1", WindowModule(weights: [1, 2, 3])), shrink: .lagging),
        Residual(
          NamedModule("1", WindowModule(weights: [1, 2])), reduce: .maximum, shrink: .leading)),
    ])
  func containersPass(_ network: Sequential) throws {
    let report = try verify(network, frame: [2, 2, 3], clipLength: 15)
    #expect(report.findings.map(\.message).isEmpty)
    #expect(report.verdict == .ok)
  }

  @Test("branches of different delay and stride pass", arguments: Reduction.allCases)
  func branchesPass(_ reduction: Reduction) throws {
    let branches = [
      NamedModule("0", WindowModule(weights: [1, 2, 3, 2, 1], stride: 2, padding: 2)),
      NamedModule("1", WindowModule(weights: [1, -1, 2], stride: 2, padding: 1)),
      NamedModule("2", WindowModule(weights: [1], stride: 2)),
    ]
    let report = try verify(
      Sequential(window, try BroadcastReduce(branches, reduce: reduction)), clipLength: 13)
    #expect(report.findings.filter { $0.code != .library }.map(\.message).isEmpty)
    #expect(report.verdict == .ok)
    #expect(report.layers.contains { $0.path == "1" && $0.typeName == "BroadcastReduce" })
  }

  @Test("several streams pass")
  func streamsPass() throws {
    let network = Sequential(
      window, try BroadcastStreams(),
      Parallel([NamedModule("0", window), NamedModule("1", WindowModule(weights: [1]))]),
      ParallelDispatch([.stream(1), .group([.stream(0), .stream(1)])]),
      ParallelDispatch([.stream(0), .stream(0)]), Reduce(.sum), window)
    let report = try verify(network)
    #expect(report.findings.map(\.message).isEmpty)
    #expect(report.verdict == .ok)
    #expect(report.layers.contains { $0.path == "5" && $0.typeName == "Reduce" })
  }

  @Test("a module without an oracle leaves the verdict open, and is named")
  func noOracle() throws {
    let report = try verify(Sequential(window, Unknown()))
    #expect(report.verdict == .inconclusive)
    let finding = try #require(report.findings.first { $0.code == .layerUndecided })
    #expect(finding.module == "1")
    #expect(finding.verdict == .inconclusive)
  }

  @Test("assumptions leave the verdict open until they are accepted")
  func assumptions() throws {
    var loading = LoadingFacts(path: "model.pt", assumptions: ["0: stride 1"])
    let open = try verify(window, loading: loading)
    #expect(open.verdict == .inconclusive)
    #expect(open.findings.map(\.code) == [.assumed])
    loading.acceptsAssumptions = true
    let accepted = try verify(window, loading: loading)
    #expect(accepted.verdict == .ok)
    #expect(accepted.notes.contains { $0.contains("0: stride 1") })
  }

  @Test("a network that means something else in steps is named as the cause")
  func divergence() throws {
    let network = Sequential(window, WholeClipMean(window: 4))
    let report = try verify(network, clipLength: 9)
    #expect(report.verdict == .fail)
    let finding = try #require(report.findings.first { $0.code == .meaning })
    #expect(finding.module == "1")
    #expect(finding.message.contains("pools the whole clip, in steps 4 frames"))
    #expect(report.findings.allSatisfy { $0.code == .meaning })
  }

  @Test("a whole clip that is as long as the window is the same, and the report says so")
  func divergenceAtItsWindow() throws {
    let report = try verify(Sequential(window, WholeClipMean(window: 4)), clipLength: 4)
    #expect(report.findings.map(\.message).isEmpty)
    #expect(report.verdict == .ok)
    #expect(report.notes.contains { $0.hasPrefix("clip and steps agree for clips of 4 frames") })
  }

  @Test("squeeze and excitation is the same at its window, and its steps are judged beyond it")
  func squeezeAndExcitation() throws {
    let network = Residual(
      NamedModule("1", Sequential(WholeClipMean(window: 5), WindowModule(weights: [0.5]))),
      reduce: .product)
    let report = try verify(network, clipLength: 5)
    #expect(report.findings.map(\.message).isEmpty)
    #expect(report.verdict == .ok)
    #expect(report.plan.contains { $0.requirement.profile == "stream" })
  }

  @Test("a pool of whole clips takes its window from the clip, in a longer stream too")
  func openWindow() throws {
    let pool = try AdaptivePooling(
      kind: .average(countIncludePad: true, divisorOverride: nil), outputSize: [1, nil])
    let report = try verify(Sequential(window, pool), clipLength: 6)
    #expect(report.findings.map(\.message).isEmpty)
    #expect(report.verdict == .ok)
  }

  @Test("padding that is never the largest is the same in both modes, though it is infinite")
  func allPadding() throws {
    let pool = try Pooling(
      kind: .maximum, kernelSize: [2, 1], stride: [1, 1], padding: [1, 0], dilation: [2, 1])
    let report = try verify(pool, clipLength: 7)
    #expect(report.findings.filter { $0.code != .library }.map(\.message).isEmpty)
    #expect(report.verdict == .ok)
  }

  @Test("a clip of which the definition makes nothing but NaN is right where both modes do so too")
  func nothingByDefinition() throws {
    // The only window of a clip of one frame has its places before and after it, in the padding.
    let pool = try Pooling(
      kind: .maximum, kernelSize: [2], stride: [1], padding: [1], dilation: [2])
    let linear = try Linear(weight: Tensor([1, 2], [1, -1]), bias: nil, axis: .clip(1))
    let report = try verify(Sequential(pool, linear), frame: [2, 2])
    #expect(report.findings.filter { $0.code != .library }.map(\.message).isEmpty)
    #expect(report.verdict == .ok)
    #expect(report.notes.contains { $0.hasPrefix("of 1 frame, both modes make nothing but NaN") })
  }

  @Test("outputs that are never finite are not judged")
  func neverFinite() throws {
    let report = try verify(WindowModule(weights: [.nan, 1]))
    #expect(report.verdict == .inconclusive)
    #expect(report.findings.contains { $0.code == .nonFinite })
  }

  @Test("a clip that is too short to be computed cannot be judged")
  func tooShort() {
    #expect(throws: VerificationError.self) {
      try verify(WindowModule(weights: [1, 2, 3, 4]), clipLength: 3)
    }
  }

  @Test("clips that do not fit in memory are refused before any is made")
  func tooLong() {
    let error = #expect(throws: VerificationError.self) {
      try verify(window, clipLength: 1 << 40)
    }
    #expect(
      error?.finding == .notRun(ModuleError(.arguments([.clipLength(1 << 40)]))), "\(error as Any)")
    let long = 1 << 29
    #expect(
      throws: VerificationError(.option(.neededLength(long, frame: [1, 4])))
    ) {
      try Verifier(Subject(Identity(), frame: [1, 4], clipLength: long)).run()
    }
  }

  @Test("zeros alone are refused")
  func zerosAlone() {
    #expect(throws: VerificationError(.option(.onlyZeros))) {
      try verify(window) { $0.profiles = [.zeros] }
    }
    #expect(throws: VerificationError(.option(.noInput))) {
      try verify(window) { $0.profiles = [] }
    }
  }

  @Test("families that are left out are said")
  func leftOut() throws {
    let report = try verify(window) { $0.families = [.load, .layers] }
    #expect(report.verdict == .ok)
    #expect(report.notes.contains("left out as asked: CV2, CV4, CV5, CV6, CV7, CV8"))
  }

  @Test(
    "without a budget layers are judged with one clip and one of another size, and the report says so"
  )
  func budget() throws {
    let report = try verify(window) { $0.layerBudget = 0 }
    #expect(report.verdict == .ok)
    #expect(
      report.notes.contains { $0.contains("1 of 5 inputs (normal) and on frames of other sizes") })
  }

  @Test("recording in small groups comes to the same")
  func groups() throws {
    let network = Sequential(window, window, Residual(NamedModule("1", window)), window)
    let whole = try verify(network) { $0.showsTiming = false }
    let parts = try verify(network) {
      $0.showsTiming = false
      $0.recordingBudget = 1
    }
    #expect(JSONFormat().render(whole) == JSONFormat().render(parts))
  }

  @Test("progress is told, and ends near the end")
  func progress() throws {
    let heard = Mutex<[Verifier.Progress]>([])
    let subject = Subject(window, frame: [1, 2, 3], clipLength: 9)
    _ = try Verifier(subject).run { event in heard.withLock { $0.append(event) } }
    let told = heard.withLock { $0 }
    #expect(told.count > 5)
    #expect(zip(told, told.dropFirst()).allSatisfy { $0.fraction <= $1.fraction })
  }
}

@Suite("against PyTorch's output")
struct ReferenceTests {
  private let network = Sequential(
    WindowModule(weights: [0.5, -1, 0.25], bias: 0.125, padding: 1),
    WindowModule(weights: [1, 2, 3, 1], stride: 2, padding: 1))

  private let input = InputProfile.normal.clip(of: [2, 3, 2], frames: 11, seed: 9, clip: 0)

  private func verify(
    _ reference: PyTorchReference, roundsWeights: Bool = false
  ) throws -> Report {
    var options = Verifier.Options()
    options.input = input
    options.reference = reference
    let subject = Subject(network, frame: [2, 3, 2], clipLength: 11, roundsWeights: roundsWeights)
    return try Verifier(subject, options: options).run()
  }

  private func forward() throws -> Tensor64 { try NetworkOracle(network).forward(input.widened) }

  @Test("the right output passes, in all modes")
  func passes() throws {
    let forward = try forward()
    let steps = PyTorchReference.Output(forward.frames(0..<4))
    let report = try verify(
      PyTorchReference(
        forward: .init(forward), steps: steps, stepsIndex: [3, 5, 7, 9], source: "test"))
    #expect(
      report.reference == .given(source: "test", tensors: ["forward", "steps", "steps_index"]))
    #expect(report.findings.map(\.message).isEmpty)
    #expect(report.verdict == .ok)
    #expect(!report.notes.contains { $0.contains("no reference") })
  }

  @Test("steps in other places than PyTorch's are a difference")
  func stepsIndex() throws {
    let steps = PyTorchReference.Output(try forward().frames(0..<4))
    let report = try verify(PyTorchReference(steps: steps, stepsIndex: [3, 5, 7, 10]))
    #expect(report.findings.map(\.code) == [.referenceSteps])
    #expect(
      report.findings[0].message
        == "outputs come in steps 3, 5, 7, 9, PyTorch's in steps 3, 5, 7, 10")
  }

  @Test("an output that is wrong by 1e-7 is another architecture, and not a wrong kernel")
  func architecture() throws {
    let forward = try forward()
    let off = Tensor64(forward.shape, forward.scalars.map { $0 * (1 + 1e-7) })
    let report = try verify(PyTorchReference(forward: .init(off)))
    #expect(report.findings.map(\.code) == [.architecture])
    let rounded = try verify(PyTorchReference(forward: .init(off, isFloat32: true)))
    #expect(rounded.verdict == .ok)
    #expect(rounded.notes.contains { $0.contains("PyTorch's output is float32") })
    let wide = try verify(PyTorchReference(forward: .init(off)), roundsWeights: true)
    #expect(wide.verdict == .ok)
    #expect(wide.notes.contains { $0.contains("weights were rounded to float32") })
  }

  @Test("an output of another shape is a difference that is said with both shapes")
  func shape() throws {
    let forward = try forward()
    let report = try verify(PyTorchReference(forward: .init(forward.frames(0..<3))))
    #expect(report.verdict == .fail)
    let finding = try #require(report.findings.first { $0.code == .architecture })
    #expect(finding.message.contains("it has shape (2, 3, 5, 2), PyTorch's (2, 3, 3, 2)"))
  }

  @Test("where PyTorch gives the last frame alone, that one is compared, and no other")
  func lastFrame() throws {
    let forward = try forward()
    for frame in [forward.shape[2] - 1, forward.shape[2] - 2] {
      var reference = PyTorchReference(forward: .init(forward.frames(frame..<frame + 1)))
      reference.isLastFrame = true
      let report = try verify(reference)
      if frame == forward.shape[2] - 1 {
        #expect(report.findings.map(\.message).isEmpty)
        #expect(report.verdict == .ok)
      } else {
        #expect(report.verdict == .fail)
        #expect(report.findings.contains { $0.code == .architecture })
        #expect(report.findings.contains { $0.code == .referenceDiffers })
      }
    }
  }

  @Test("an reference without its input leaves the verdict open")
  func noInput() throws {
    var options = Verifier.Options()
    options.reference = PyTorchReference(forward: .init(try forward()))
    let report = try Verifier(
      Subject(network, frame: [2, 3, 2], clipLength: 11), options: options
    ).run()
    #expect(report.verdict == .inconclusive)
    #expect(report.findings.map(\.code) == [.referenceMissing])
  }
}
