public import Continual
public import Tensors

/// The result of a verification, as data; the formats only lay it out.
public struct Report: Sendable {
  /// What was verified.
  public struct Model: Hashable, Sendable {
    public var typeName: String
    public var moduleCount: Int
    public var parameterCount: Int
    public var scalarType: ScalarType
    public var loading: LoadingFacts
  }

  /// How time was declared, and what the stream really did.
  public struct Time: Hashable, Sendable {
    /// What the network says of itself.
    public var declared: Timing
    /// The step that yielded the first output.
    public var measuredWarmUp: Int?
    /// The number of steps from one output to the next.
    public var measuredStride: Int?
    /// The number of frames that one frame was seen to reach; nil where nothing bounds it.
    public var measuredReceptiveField: Int?
  }

  /// What is needed to repeat it.
  public struct Configuration: Hashable, Sendable {
    public var seed: UInt64
    public var profiles: [String]
    public var frame: Shape
    public var clipLength: Int
  }

  /// One row of the table of checks.
  public struct CheckRow: Hashable, Sendable {
    /// The family.
    public var family: CheckFamily
    /// What is judged, as in `layers against f64, clip`.
    public var name: String
    /// The number of required comparisons.
    public var cases: Int
    /// The largest difference, where the numbers of the row can be compared.
    public var worst: Double?
    /// What would have passed there.
    public var allowed: Double?
    /// The unit: empty for values, else `steps`, `frames`, `bits`.
    public var unit: String
    /// What came of the row.
    public var verdict: Verdict
  }

  /// One module in one mode.
  public struct LayerRow: Hashable, Sendable {
    public var path: String
    public var typeName: String
    public var mode: Mode
    public var cases: Int
    public var elements: Int
    public var nonFinite: Int
    /// The largest difference from the oracle.
    public var maxAbs: Double
    /// The mean difference from the oracle.
    public var meanAbs: Double
    /// The root mean square of the oracle's output where the difference was largest.
    public var rms: Double
    /// What would have passed there.
    public var allowed: Double
    /// The largest difference between the two modes; nil where their clips have different lengths.
    public var modesMaxAbs: Double?
    public var verdict: Verdict
  }

  /// Two modes, or a mode and a reference, end to end.
  public struct EndToEndRow: Hashable, Sendable {
    /// What is compared, as in `clip/step`.
    public var pair: String
    public var profile: String
    public var elements: Int
    public var maxAbs: Double
    public var rms: Double
    public var allowed: Double
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
    public var absolute: Double
    /// As a part of the rms of what the layer puts out.
    public var relative: Double
  }

  public var toolVersion: String
  public var model: Model
  public var time: Time
  public var configuration: Configuration
  public var plan: [Ledger.Entry]
  public var checks: [CheckRow]
  public var layers: [LayerRow]
  public var endToEnd: [EndToEndRow]
  public var findings: [Finding]
  public var reference: Reference
  /// What a reader should know and no finding says.
  public var notes: [String]
  /// What could have stayed unseen; nil where no layer was compared.
  public var resolution: Resolution?
  /// How long it took; nil leaves it out.
  public var seconds: Double?
  public var verdict: Verdict
}

extension Report {
  /// The code to leave the process with.
  public var exitCode: ExitCode { ExitCode(verdict) }

  /// The number of rows of the table with each verdict.
  public func rows(_ verdict: Verdict) -> Int { checks.count { $0.verdict == verdict } }

  /// The number of comparisons that were made.
  public var caseCount: Int { plan.reduce(0) { $0 + $1.measurements.count } }

  /// The number of elements that were compared.
  public var elementCount: Int {
    plan.reduce(0) { $0 + $1.measurements.reduce(0) { $0 + $1.elements } }
  }
}
