public import Continual
public import Tensors

/// The result of a verification, as data; the formats only lay it out.
public struct Report: Sendable {
  /// What was verified.
  public struct Model: Hashable, Sendable {
    /// The class of the network.
    public let typeName: String
    /// The number of modules, the network included.
    public let moduleCount: Int
    /// The number of its parameters.
    public let parameterCount: Int
    /// The element type of its weights in the file.
    public let scalarType: ScalarType
    /// What is known of the file.
    public let loading: LoadingFacts
  }

  /// How time was declared, and what the stream really did.
  public struct Time: Hashable, Sendable {
    /// What the network says of itself.
    public let declared: Timing
    /// The step that yielded the first output.
    public let measuredWarmUp: Int?
    /// How many outputs came of how many steps; nil where too few came.
    public let measuredRate: Rate?
    /// The number of frames that one frame was seen to reach; nil where nothing bounds it.
    public let measuredReceptiveField: Int?
  }

  /// What is needed to repeat it.
  public struct Configuration: Hashable, Sendable {
    /// The seed of all made-up numbers.
    public let seed: UInt64
    /// The names of the clips.
    public let profiles: [String]
    /// The shape (B, C, S…) of the input frames.
    public let frame: Shape
    /// The number of frames of the clips.
    public let clipLength: Int
  }

  /// One row of the table of checks.
  public struct CheckRow: Hashable, Sendable {
    /// The family.
    public let family: CheckFamily
    /// What is judged, as in `layers against f64, clip`.
    public let name: String
    /// The number of required comparisons.
    public let cases: Int
    /// The largest difference, where the numbers of the row can be compared.
    public let worst: Double?
    /// What would have passed there.
    public let allowed: Double?
    /// The unit: empty for values, else `steps`, `frames`, `bits`.
    public let unit: String
    /// What came of the row.
    public let verdict: Verdict
  }

  /// One module in one mode.
  public struct LayerRow: Hashable, Sendable {
    /// The dotted path; empty for the whole network.
    public let path: String
    /// The class.
    public let typeName: String
    /// The way of computing.
    public let mode: Mode
    /// The number of clips it was compared with.
    public let cases: Int
    /// The number of elements that were compared.
    public let elements: Int
    /// The number of elements that are not finite.
    public let nonFinite: Int
    /// The largest difference from the oracle.
    public let maxAbs: Double
    /// The mean difference from the oracle.
    public let meanAbs: Double
    /// The root mean square of the oracle's output where the difference was largest.
    public let rms: Double
    /// What would have passed there.
    public let allowed: Double
    /// The largest difference between the two modes; nil where their clips have different lengths.
    public let modesMaxAbs: Double?
    /// What came of the row.
    public let verdict: Verdict
  }

  /// Two modes, or a mode and a reference, end to end.
  public struct EndToEndRow: Hashable, Sendable {
    /// What is compared, as in `clip/step`.
    public let pair: String
    /// The name of the clip, or of PyTorch's tensor.
    public let profile: String
    /// The number of elements that were compared.
    public let elements: Int
    /// The largest difference.
    public let maxAbs: Double
    /// The root mean square of what was wanted.
    public let rms: Double
    /// The largest difference that passes.
    public let allowed: Double
  }

  /// Whether PyTorch's own output was there to compare with.
  public enum Reference: Hashable, Sendable {
    /// Nothing shows that the architecture is the user's.
    case none
    /// It was, from a source.
    case given(source: String, tensors: [String])
  }

  /// The largest errors that could have stayed unseen in the layer where most could.
  public struct Resolution: Hashable, Sendable {
    /// As a difference.
    public let absolute: Double
    /// As a part of the rms of what the layer puts out.
    public let relative: Double
  }

  /// The version of the program that made it.
  public let toolVersion: String
  /// What was verified.
  public let model: Model
  /// How time was declared, and what the stream really did.
  public let time: Time
  /// What is needed to repeat it.
  public let configuration: Configuration
  /// All comparisons that were required, and what came of each.
  public internal(set) var plan: [Ledger.Entry]
  /// The table of checks.
  public internal(set) var checks: [CheckRow]
  /// The table of modules.
  public let layers: [LayerRow]
  /// The modes, and PyTorch's outputs, end to end.
  public let endToEnd: [EndToEndRow]
  /// What is wrong, and what keeps the verdict open.
  public internal(set) var findings: [Finding]
  /// Whether PyTorch's own output was there to compare with.
  public let reference: Reference
  /// Who computed that output.
  public internal(set) var truth = Truth.pytorch
  /// What a reader should know and no finding says.
  public package(set) var notes: [String]
  /// What could have stayed unseen; nil where no layer was compared.
  public let resolution: Resolution?
  /// What could have stayed unseen against PyTorch's output; nil where there is none.
  public internal(set) var pytorchResolution: Resolution? = nil
  /// The length of the clips for which the verdict holds, where a module looks at whole clips; nil where it
  /// holds for all lengths.
  public internal(set) var onlyForFrames: Int? = nil
  /// What a page shows beside all that; nil where it was not asked for.
  var picture: Picture? = nil
  /// How long it took; nil leaves it out.
  public internal(set) var seconds: Double?
  /// What came of all of it.
  public internal(set) var verdict: Verdict
  /// The exit code of each word.
  public var exitPolicy = ExitPolicy()
  /// The known differences that were looked for.
  public internal(set) var known: [Known] = []
}

extension Report {
  /// The exit code of a call for this model alone.
  public var status: Int { exitPolicy.code(of: verdict.word) ?? verdict.status }

  /// The number of rows of the table with each verdict.
  public func rows(_ verdict: Verdict) -> Int { checks.count { $0.verdict == verdict } }

  /// The number of comparisons that were made.
  public var caseCount: Int { plan.reduce(0) { $0 + $1.measurements.count } }

  /// The number of elements that were compared.
  public var elementCount: Int {
    plan.reduce(0) { $0 + $1.measurements.reduce(0) { $0 + $1.elements } }
  }
}
