public import Continual
public import Tensors

/// What is wrong, or what keeps the verdict open, as data.
///
/// The check that a problem belongs to follows from its case (``code``). Sentences are made of it when
/// it is printed.
public enum Problem: Hashable, Sendable {
  // MARK: CV1

  /// A tensor of the file does not fit the network.
  case misfit(String)
  /// The file does not say everything, and what was assumed is not accepted.
  case assumptions([String])

  // MARK: CV2

  /// The first output comes in another step than declared; nil where none of `steps` steps yields one.
  case firstOutput(found: Int?, steps: Int, declared: Int)
  /// Outputs do not come at the declared rate; `error` is the largest number of steps too many or few.
  case schedule(found: [Int], rate: Rate, error: Int)
  /// By the definitions of the modules, `frames` frames more make another number of outputs more than
  /// the declared rate says.
  case rate(outputs: Int, frames: Int, declared: Rate)
  /// Clip or steps make other numbers of frames of a clip than they should.
  case frameCounts(clip: Int, [FrameCount])
  /// A mode makes another number of frames than `forward`, perhaps since the end padding stops.
  case modeLengths(Mode, found: Int, expected: Int, unequalEnds: ModuleError?)
  /// As the network is written, frames meet at a join that do not belong together; so they do at `others`
  /// more.
  case misaligned(Misalignment, Problem.Written, others: Int)
  /// A module means something else in steps than for a clip; so do `others` more.
  case meaning(reason: String, Gap, others: Int)
  /// `forward` of an attention takes the axes of clips in another order than the modules around it.
  case axesOfClip(takes: String)
  /// A call of the network needs the whole clip at once, so that the network has no steps; its clips are
  /// judged all the same.
  case stepless(SteplessCall)
  /// Steps of `continual` 1.2.4 go wrong here; `counts` says whether the network runs there.
  case library(LibraryGap, LibraryOutcome, counts: Bool)

  // MARK: CV3

  /// A module differs from its definition in float64.
  case layer(Discrepancy)
  /// A module could not be compared with its definition.
  case layerUndecided(reason: String)

  // MARK: CV4

  /// The steps are the clip, some frames later or earlier.
  case shift(Shift, Deviation)
  /// Steps and clip differ in frames that see the padding.
  case padding(Deviation)
  /// Steps and clip differ.
  case modes(Deviation)

  // MARK: CV5

  /// A stream remembers what it must not, or forgets; `differing` of `elements` differ in their bits.
  case state(StateFault, differing: Int, elements: Int)
  /// A frame changes an output that must not depend on it any more.
  case memory(MemoryReach)
  /// A frame does not change an output that depends on it by the definitions of the layers, the last one of
  /// `missed`.
  case shortMemory(frame: Int, output: Int, missed: Int)

  // MARK: CV6

  /// With a frame of NaN, elements are finite in one mode only.
  case nonFinite(count: Int)
  /// With a large frame, elements are finite in one mode only.
  case burst(count: Int)
  /// With zeros or denormal numbers, the modes differ.
  case denormal(Deviation)
  /// Both modes make nothing but NaN, so that nothing was compared.
  case nothingButNaN

  // MARK: CV7

  /// Late outputs of a long stream are others than they should be.
  case drift(Drift)

  // MARK: CV8

  /// The file of the model is another one than that of which a fixture was recorded.
  case stale(recorded: String, found: String)
  /// The network, computed in float64, differs from PyTorch's output; perhaps it is known why.
  case architecture(Discrepancy, ReferenceCause?)
  /// The network cannot be computed in float64.
  case architectureUndecided(reason: String)
  /// A mode differs from PyTorch's output.
  case reference(Mode, Discrepancy)
  /// The rounding of the network is too large to compare it with PyTorch's output.
  case referenceUndecided(noise: Double, rms: Double)
  /// Outputs come in other steps than PyTorch's.
  case outputSteps(found: [Int], expected: [Int])

  // MARK: any

  /// A required comparison was not made, or could not be decided.
  case open(CheckCode, reason: String)
}

extension Problem {
  /// Two clips that should be the same are not: they have other shapes, or other values.
  public enum Discrepancy: Hashable, Sendable {
    case shapes(got: Shape, want: Shape)
    case values(Deviation)
  }

  /// The distance between two modes that mean different things.
  public enum Gap: Hashable, Sendable {
    case frames(found: Int, expected: Int)
    case values(error: Double, allowed: Double)
  }

  /// How far the steps of a network are from its clip.
  public struct Written: Hashable, Sendable {
    /// As the network is written; nil where these steps yield nothing.
    public let error: Double?
    /// Where frames are matched by their index; nil where these steps yield nothing.
    public let aligned: Double?
  }

  /// How many frames one way of computing a clip makes.
  public struct FrameCount: Hashable, Sendable {
    /// A way of computing a clip.
    public enum Way: Hashable, Sendable {
      case forward
      case steps
      case stepsWithEndPadding
    }

    public let way: Way
    public let found: Int
    public let expected: Int
  }

  /// What is wrong with the state of a stream.
  public enum StateFault: Hashable, Sendable {
    /// A stream that was reset is not as a fresh one.
    case reset
    /// A stream whose state was saved and restored goes on differently.
    case snapshot
    /// A stream whose end padding was computed goes on differently.
    case endPadding
    /// Computing a clip, or stepping a copy, changes a stream or the next clip.
    case purity
    /// The same frames in other chunks give other outputs.
    case chunks
    /// Two streams that are stepped in turn disturb each other.
    case streams
    /// One entry of a batch changes another.
    case lanes
    /// Frames from this one on change outputs that are due before them.
    case causality(from: Int)
  }

  /// Late outputs of a long stream that are wrong.
  public struct Drift: Hashable, Sendable {
    /// The first one, and the step that yields it.
    public let output: Int
    public let step: Int
    /// How many of how many are wrong.
    public let differing: Int
    public let outputs: Int
    /// The largest difference.
    public let error: Double
  }

  /// A frame that reaches an output whose window begins after it.
  public struct MemoryReach: Hashable, Sendable {
    /// The frame.
    public let frame: Int
    /// The last output that it changes.
    public let output: Int
    /// The number of frames of the window of an output.
    public let receptiveField: Int
    /// The first frame of the window of that output.
    public let begin: Int
  }
}

extension Problem {
  /// The check that the problem belongs to.
  public var code: CheckCode {
    switch self {
    case .misfit: .loaded
    case .assumptions: .assumed
    case .firstOutput: .delay
    case .schedule, .rate: .stridePhase
    case .frameCounts, .modeLengths: .lengths
    case .misaligned: .shift
    case .meaning, .axesOfClip: .meaning
    case .library: .library
    case .stepless: .stepless
    case .layer: .layer
    case .layerUndecided: .layerUndecided
    case .shift: .shift
    case .padding: .padding
    case .modes: .modes
    case .state(let fault, _, _): fault.code
    case .memory, .shortMemory: .memory
    case .nonFinite, .nothingButNaN: .nonFinite
    case .burst: .burst
    case .denormal: .denormal
    case .drift: .drift
    case .architecture, .architectureUndecided: .architecture
    case .reference, .referenceUndecided: .referenceDiffers
    case .outputSteps: .referenceSteps
    case .stale: .stale
    case .open(let code, _): code
    }
  }

  /// Whether it is a difference, or only keeps the verdict open.
  public var verdict: Verdict {
    switch self {
    case .assumptions, .layerUndecided, .nothingButNaN, .architectureUndecided,
      .referenceUndecided, .open:
      .inconclusive
    case .library(_, _, counts: false): .warning
    default: .fail
    }
  }

  /// The values that differ; nil where shapes, counts or bits do.
  var deviation: Deviation? {
    switch self {
    case .shift(_, let deviation), .padding(let deviation), .modes(let deviation),
      .denormal(let deviation), .layer(.values(let deviation)),
      .architecture(.values(let deviation), _), .reference(_, .values(let deviation)):
      deviation
    default: nil
    }
  }

  /// How large the difference is, and how large it could have been.
  var size: (error: Double?, allowed: Double?) {
    if let deviation { return (deviation.error, deviation.allowed) }
    switch self {
    case .firstOutput(let found, _, let declared):
      return (found.map { abs(Double($0 - declared)) } ?? .infinity, 0)
    case .schedule(_, _, let error): return (Double(error), 0)
    case .rate(let outputs, let frames, let rate):
      return (abs(Double(outputs - frames / rate.down * rate.up)), 0)
    case .frameCounts(_, let counts):
      return (counts.map { abs(Double($0.found - $0.expected)) }.max(), 0)
    case .meaning(_, .values(let error, let allowed), _): return (error, allowed)
    case .library(_, .values(let error), _): return (error, nil)
    case .library(_, .outputs(let found, let expected), _):
      return (abs(Double(found - expected)), nil)
    case .misaligned(_, let written, _): return (written.error ?? .infinity, 0)
    case .meaning(_, .frames, _), .modeLengths, .layer, .architecture, .reference:
      return (.infinity, nil)
    case .state(_, let differing, _): return (Double(differing), 0)
    case .memory(let reach): return (Double(reach.begin - reach.frame), 0)
    case .shortMemory(_, _, let missed): return (Double(missed), 0)
    case .nonFinite(let count), .burst(let count): return (Double(count), 0)
    case .drift(let drift): return (drift.error, 0)
    case .outputSteps(let found, let expected):
      return (Double(Problem.differences(found, expected)), 0)
    default: return (nil, nil)
    }
  }

  /// How many numbers of two lists differ, or are missing in one.
  static func differences(_ found: [Int], _ expected: [Int]) -> Int {
    zip(expected, found).count { $0 != $1 } + abs(expected.count - found.count)
  }
}

extension Problem.StateFault {
  /// The check that the fault belongs to.
  var code: CheckCode {
    switch self {
    case .reset: .reset
    case .snapshot: .snapshot
    case .endPadding: .purity
    case .purity: .purity
    case .chunks: .chunks
    case .streams, .lanes: .isolation
    case .causality: .causality
    }
  }
}
