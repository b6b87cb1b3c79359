/// What is known of the file a network was loaded from.
public struct LoadingFacts: Hashable, Sendable {
  /// The file, as the user named it.
  public var path: String
  /// The number of bytes of the file; nil where it is unknown.
  public var byteCount: Int?
  /// The SHA-256 of the file in hexadecimal digits; nil where it is unknown.
  public var sha256: String?
  /// The SHA-256 of the file of which a fixture was recorded; nil where the network is not compared with one.
  public var recordedSHA256: String?
  /// The format of the file, as in `zip`; nil where there is no file.
  public var format: String?
  /// Where the architecture came from, as in `beside the checkpoint: model.arch.json`.
  public var architecture: String?
  /// The number of tensors that became weights.
  public var tensorCount: Int
  /// What did not fit; a network with misfits should not get this far.
  public var misfits: [String]
  /// What the file does not say and was assumed.
  public var assumptions: [String]
  /// Whether the user accepts the assumptions.
  public var acceptsAssumptions: Bool
  /// The calls that need the whole clip at once, so that each clip is one frame of a stream.
  public var stepless: [SteplessCall]

  /// Collects the facts; by default of a network made by hand.
  public init(
    path: String = "", byteCount: Int? = nil, sha256: String? = nil,
    recordedSHA256: String? = nil, format: String? = nil, architecture: String? = nil,
    tensorCount: Int = 0, misfits: [String] = [], assumptions: [String] = [],
    acceptsAssumptions: Bool = false, stepless: [SteplessCall] = []
  ) {
    self.path = path
    self.byteCount = byteCount
    self.sha256 = sha256
    self.recordedSHA256 = recordedSHA256
    self.format = format
    self.architecture = architecture
    self.tensorCount = tensorCount
    self.misfits = misfits
    self.assumptions = assumptions
    self.acceptsAssumptions = acceptsAssumptions
    self.stepless = stepless
  }
}

/// A call of a network that needs the whole clip at once.
public struct SteplessCall: Hashable, Sendable {
  /// Where it is: the module, its class and the user's line.
  public let place: String
  /// What it does, as the end of a sentence that begins with the operator.
  public let reason: String
  /// What can be stepped instead; empty where nothing can.
  public let remedy: String

  /// Names a call.
  public init(place: String, reason: String, remedy: String) {
    self.place = place
    self.reason = reason
    self.remedy = remedy
  }
}
