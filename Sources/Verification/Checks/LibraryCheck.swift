import Continual
import Tensors

/// CV207: what the Python library makes of the network when it steps through it.
///
/// Streams of this program are right where those of `continual` 1.2.4 are not. Whoever steps the network with
/// that library is told so, by the number of the gap; the verdict is about the network, and only counts it
/// where the network runs there (``Verifier/Options/runtime``).
struct LibraryCheck: Check {
  static let codes: Set<CheckCode> = [.library]

  let network: NetworkUnderTest

  /// Where the network runs.
  let runtime: Verifier.Runtime

  /// The made-up clip of this check is told apart from others by its number.
  private static let clipNumber = 7

  private static let whole = Requirement(.library)

  private var gaps: [Plan.PlacedGap] { network.plan.libraryGaps(ofClip: network.clipLength) }

  private static func requirement(_ gap: Plan.PlacedGap) -> Requirement {
    Requirement(.library, module: gap.place.path, profile: gap.gap.rawValue)
  }

  var isOfStreams: Bool { true }

  func plan(_ evidence: inout Evidence) {
    for gap in gaps { evidence.require(LibraryCheck.requirement(gap)) }
    if runtime == .continual { evidence.require(LibraryCheck.whole) }
  }

  func run(_ evidence: inout Evidence) throws(VerificationError) {
    let (gaps, counts) = (gaps, runtime == .continual)
    guard !gaps.isEmpty || counts else { return }
    let outcome = try outcome()
    for placed in gaps {
      let isSeen = placed.gap.explains(outcome)
      evidence.record(
        LibraryCheck.requirement(placed), Measurement(elements: 1, worst: isSeen && counts ? 1 : 0))
      guard isSeen else { continue }
      evidence.find(
        Finding(
          .library(
            placed.gap, placed.gap.showsInSteps ? outcome : .stepsAreRight, counts: counts),
          module: placed.place.path, moduleDescription: placed.place.module.description,
          mode: .step))
    }
    guard counts else { return }
    if network.plan.modules.contains(where: { $0.module is Graph }) {
      return evidence.doubt(
        LibraryCheck.whole,
        "continual has no module for a graph, so nobody knows how it is stepped there")
    }
    switch outcome {
    case .values(let error):
      evidence.record(LibraryCheck.whole, Measurement(elements: 1, worst: error))
    case .outputs(let found, let expected):
      evidence.record(
        LibraryCheck.whole, Measurement(elements: 1, worst: Double(abs(found - expected))))
    case .fails: evidence.record(LibraryCheck.whole, Measurement(elements: 1, worst: .infinity))
    case .stepsAreRight: evidence.record(LibraryCheck.whole, Measurement(elements: 1, worst: 0))
    }
  }

  /// What the library's steps are, compared with the clip.
  private func outcome() throws(VerificationError) -> LibraryOutcome {
    let frames =
      network.divergences.isEmpty ? network.streamLength(outputs: 8) : network.clipLength
    let clip = network.clip(frames: frames, number: LibraryCheck.clipNumber)
    let want = network.whatStepsMake(of: try network.forward(clip).output.widened)
    let expected = min(network.plan.outputCount(ofSteps: frames), want.shape[2])
    var outputs: [[Float]] = []
    do throws(ModuleError) {
      var stream = try LibraryStream(
        network.plan.network, frame: network.frame, clipLength: network.clipLength)
      for time in 0..<frames {
        if let output = try stream.step(clip.frame(time)) { outputs.append(output.scalars) }
      }
    } catch {
      return .fails
    }
    guard outputs.count == expected else {
      return .outputs(found: outputs.count, expected: expected)
    }
    guard expected > 0 else { return .stepsAreRight }
    let got = Tensor(frames: outputs, of: network.plan.output.frame).widened
    let comparison = Comparison(
      got, want.frames(0..<expected),
      within: Tolerance(for: want, scale: clip.largestMagnitude))
    return comparison.measurement.verdict == .fail
      ? .values(error: comparison.worst) : .stepsAreRight
  }
}
