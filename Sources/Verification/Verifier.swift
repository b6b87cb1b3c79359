import Continual
public import Tensors

/// Judges whether the modes of a network agree, and says how it knows.
///
/// ```swift
/// let verifier = Verifier(Subject(network, frame: [1, 3, 112, 112], clipLength: 16))
/// let report = try verifier.run()
/// print(HumanFormat().render(report))
/// exit(report.verdict == .ok ? 0 : 1)
/// ```
///
/// A run first writes down which comparisons are required, then makes them. Modes are compared with
/// each other, each layer with its definition in float64, the stream's state with copies of itself,
/// and, where there is one, the output with PyTorch's.
public struct Verifier: Sendable {
  /// What can be chosen.
  public struct Options: Sendable {
    /// Starts all made-up numbers.
    public var seed: UInt64 = 1

    /// The kinds of made-up input.
    public var profiles: [InputProfile] = InputProfile.standard

    /// A clip (B, C, T, S…) of the user's, judged besides the made-up ones.
    public var input: Tensor?

    /// What PyTorch computed for ``input``.
    public var reference: PyTorchReference?

    /// Whether the verdict stays open where nobody gives what PyTorch computed.
    public var requiresReference = false

    /// Where the network runs.
    public var runtime = Runtime.coverify

    /// The families of checks to make; what is left out is said.
    public var families: Set<CheckFamily> = Set(CheckFamily.allCases)

    /// About how many multiplications in `Double` the layers may cost; where all profiles cost more,
    /// layers are judged with fewer of them, at least two, and the report says so.
    public var layerBudget = 10e9

    /// From how many multiplications on a stream is costly, so that a run does without what is only another
    /// way to see the same.
    var costlyWork = NetworkUnderTest.costlyWork

    /// How many frames the stream has that is judged for what shows late only; fewer where that would take
    /// long, and the report says so.
    public var longStream = 1_100

    /// About how many numbers may be recorded at a time.
    public var recordingBudget = 12 << 20

    /// How many seconds a run may take; nil for as long as it takes.
    ///
    /// What is left out then is said, and what is still to be compared when they are over leaves the verdict
    /// open.
    public var budget: Double?

    /// Whether the report keeps what ``HTMLFormat`` draws: how far each frame of each module is off, elements
    /// over time, and the network as a graph.
    public var keepsPicture = false

    /// Whether the report says how long it took.
    public var showsTiming = true

    /// The name and version of the tool in the report.
    public var toolVersion = "0.1.0"

    /// The default options.
    public init() {}
  }

  /// What steps a network that is deployed.
  public enum Runtime: String, Hashable, Sendable, CaseIterable {
    /// Streams of this program.
    case coverify
    /// `continual` 1.2.4, whose mistakes count then.
    case continual
  }

  /// How far a run has come.
  public struct Progress: Hashable, Sendable {
    /// What is being done, in a few words.
    public let activity: String
    /// About the part of the work that is done, from 0 to 1.
    public let fraction: Double
    /// About how long the rest takes; nil where too little is done to tell.
    public let remaining: Duration?
  }

  /// What is judged.
  public let subject: Subject

  /// What was chosen.
  public let options: Options

  /// What has to be said of the example that a network was exported with; empty where there is none.
  let notesOnExample: [String]

  /// Makes a verifier.
  public init(_ subject: Subject, options: Options = Options()) {
    self.subject = subject
    var options = options
    notesOnExample = options.leaveOutExample()
    self.options = options
  }

  /// Makes all checks, as many at the same time as there are processors and memory allows.
  ///
  /// The report does not depend on how many run at the same time.
  ///
  /// - Parameter progress: called now and then, from any thread, by one at a time.
  /// - Returns: the report, whatever the verdict.
  /// - Throws: ``VerificationError`` where nothing can be judged: the network does not take such
  ///   frames, or cannot compute the clip at all.
  public func run(
    progress: @escaping @Sendable (Progress) -> Void = { _ in }
  ) throws(VerificationError) -> Report {
    let start = ContinuousClock.now
    let network = try NetworkUnderTest(
      subject, seed: options.seed, costlyWork: options.costlyWork)
    let cases = try ClipCase.all(
      frame: network.frame, frames: network.clipLength, profiles: options.profiles,
      input: options.input, seed: options.seed)
    var evidence = Evidence(deadline: options.budget.map { start + .seconds($0) })
    var schedule = Schedule(network, progress: progress)
    for check in checks(network, cases) { schedule.plan(check, &evidence) }
    for note in notes(on: network) { evidence.note(note) }
    try schedule.run(&evidence)
    evidence.settle()
    var report = Report(evidence, network, subject, options, cases)
    if options.keepsPicture { report.picture = Picture(evidence, network) }
    if options.showsTiming {
      let (seconds, attoseconds) = (ContinuousClock.now - start).components
      report.seconds = Double(seconds) + Double(attoseconds) * 1e-18
    }
    return report
  }
}

extension Verifier.Options {
  /// Leaves out a reference that is only a clip, or about another clip than the input.
  ///
  /// - Returns: what has to be said of it.
  fileprivate mutating func leaveOutExample() -> [String] {
    guard let example = reference?.example else { return [] }
    let hasOutputs = reference?.forward != nil || reference?.steps != nil
    guard input == example else {
      reference = nil
      return hasOutputs
        ? ["what PyTorch made of the example of the export is not about this input, and left out"]
        : []
    }
    if !hasOutputs { reference = nil }
    return ["the input is the example \(example.shape) that the program was exported with"]
  }
}
