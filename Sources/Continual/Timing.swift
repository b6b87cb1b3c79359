/// How the time of a module's output relates to the time of its input.
///
/// A module that makes `rate.up` frames of `rate.down` says, in frames of its input:
///
/// * how many outputs are due after `n` frames: ``outputCount(ofInputs:)``. Everything waits by it:
///   joins, buffers, chunks. It is exact, also for modules one after the other;
/// * ``warmUp``, the first step that yields something, which follows from it;
/// * ``receptiveField``: how many frames an output can depend on;
/// * ``padding``: output `j` begins at frame `j * down / up - padding`;
/// * ``delay``: output `j` belongs to frame `j * down / up`, and comes so much later.
///
/// | module | up / down | receptiveField | padding | delay | warmUp | outputs after n frames |
/// |---|---|---|---|---|---|---|
/// | `Conv1d(kernel_size=3)` | 1 / 1 | 3 | 0 | 2 | 2 | n - 2 |
/// | `Conv1d(kernel_size=3, padding=1)` | 1 / 1 | 3 | 1 | 1 | 1 | n - 1 |
/// | `Conv1d(kernel_size=5, stride=2, padding=2)` | 1 / 2 | 5 | 2 | 2 | 2 | floor((n - 1) / 2) |
/// | `Delay(2)` | 1 / 1 | 3 | 0 | 2 | 2 | n - 2 |
/// | `ConvTranspose1d(kernel_size=4, stride=2, padding=1)` | 2 / 1 | 2 | 1 | 1 | 0 | 2 n - 1 |
///
/// Counts below zero are zero. A stream that goes through a stride of 2 and then through an upsampling
/// by 2 has the rate 1, but its outputs come in pairs: `2 * floor(n / 2)`. The other way round nothing
/// of this is seen, and a count that can be one floor is one.
public struct Timing: Hashable, Sendable {
  /// How many outputs are due after how many frames.
  private(set) var count: FrameCount

  /// How far apart the frames are that outputs so far apart can depend on.
  ///
  /// Of several chains, it is the most. The stage of the last module comes first.
  private var reaches: [CountChain]

  private var exactPadding: FrameSpan
  private var exactDelay: FrameSpan

  /// How many outputs there are of how many frames, in the long run.
  public private(set) var rate: Rate

  private init(
    _ stage: CountStage, reach: CountStage, padding: FrameSpan, delay: FrameSpan
  ) {
    precondition(stage.offset < stage.down, "an output that is due before the first frame")
    count = FrameCount(stage)
    reaches = [CountChain(reach)]
    exactPadding = padding
    exactDelay = delay
    rate = Rate(up: stage.up, down: stage.down)
  }

  /// Makes the timing of a module of any rate, which has yielded
  /// `max(0, floor((n * up + offset) / down))` outputs after `n` frames.
  ///
  /// - Parameters:
  ///   - up: how many outputs there are of `down` frames.
  ///   - down: see `up`.
  ///   - offset: less than `down`, since nothing is due after no frame.
  ///   - receptiveField: the number of frames, oldest to newest, that one output can depend on.
  ///   - padding: the number of missing frames before the first one that the first output covers.
  ///   - delay: output `j` belongs to frame `j * down / up`, and comes so many frames later.
  public init(
    up: Int, down: Int, offset: Int, receptiveField: Int = 1, padding: Int = 0, delay: Int = 0
  ) {
    let (extent, overflows) = (receptiveField - 1).multipliedReportingOverflow(by: up)
    self.init(
      CountStage(up: up, down: down, offset: offset),
      // Outputs side by side are `down / up` frames apart, which may be rounded up.
      reach: CountStage(up: down, down: up, offset: overflows ? CountStage.limit : extent + up - 1),
      padding: FrameSpan(padding), delay: FrameSpan(delay))
  }

  /// Makes the timing of a module that does not raise the rate; by default of one that looks at one
  /// frame at a time.
  ///
  /// - Parameters:
  ///   - receptiveField: the number of frames, oldest to newest, that one output can depend on.
  ///   - stride: the number of frames from one output to the next.
  ///   - padding: the number of missing frames before the first one that the first output covers.
  ///   - delay: output `j` belongs to frame `j * stride`, and comes so many frames later.
  ///   - warmUp: the index of the first step that yields an output on a fresh stream.
  public init(
    receptiveField: Int = 1, stride: Int = 1, padding: Int = 0, delay: Int = 0, warmUp: Int = 0
  ) {
    self.init(
      up: 1, down: stride, offset: stride - 1 - warmUp, receptiveField: receptiveField,
      padding: padding, delay: delay)
  }

  /// The timing of a sliding window of `span` frames, as of a convolution or a pool.
  ///
  /// With more padding than the window is long (`padding >= span`), several outputs are due before
  /// the first frame. They come one a step, so nothing is lost and `warmUp` is zero.
  public static func window(span: Int, stride: Int, padding: Int) -> Timing {
    let first = max(span - 1 - padding, 0)
    return Timing(
      receptiveField: span, stride: stride, padding: padding, delay: first, warmUp: first)
  }

  /// The timing of a transposed convolution: frame `i` is added to the outputs `i * stride - padding`
  /// to `i * stride - padding + span - 1`.
  ///
  /// An output comes when no later frame is added to it, but never before a clip that ended there would
  /// have it: one of `n` frames has `(n - 1) * stride + span + outputPadding - 2 * padding`. An
  /// upsampling that repeats frames is one whose span is its stride.
  public static func transposedWindow(
    span: Int, stride: Int, padding: Int = 0, outputPadding: Int = 0
  ) -> Timing {
    let offset = -padding + min(0, span - stride + outputPadding - padding)
    return Timing(
      CountStage(up: stride, down: 1, offset: offset),
      reach: CountStage(up: 1, down: stride, offset: span - 1),
      padding: FrameSpan(span - 1 - padding, over: stride), delay: FrameSpan(-offset, over: stride))
  }

  /// The timing of a module that looks at one frame at a time.
  public static let identity = Timing()

  /// The timing of this module followed by `next`.
  public func then(_ next: Timing) -> Timing {
    var whole = self
    whole.count = count.then(next.count)
    whole.reaches = Timing.widest(
      next.reaches.flatMap { reach in reaches.map { reach.then($0) } })
    whole.exactPadding = exactPadding.adding(next.exactPadding, at: rate)
    whole.exactDelay = exactDelay.adding(next.exactDelay, at: rate)
    whole.rate = rate.then(next.rate)
    return whole
  }

  /// The timing of branches on one input whose outputs are joined, once they are aligned.
  ///
  /// - Parameter branches: at least one, all of the same rate.
  /// - Returns: the timing of the joined stream.
  static func joining(_ branches: [Timing]) -> Timing {
    var joined = branches[0]
    guard branches.count > 1 else { return joined }
    joined.count = .slowest(branches.map(\.count))
    joined.reaches = widest(branches.flatMap(\.reaches))
    joined.exactPadding = .largest(branches.map(\.exactPadding))
    joined.exactDelay = .largest(branches.map(\.exactDelay))
    return joined
  }

  private static func widest(_ reaches: [CountChain]) -> [CountChain] {
    guard reaches.count > 1 else { return reaches }
    return CountChain.pruned(CountChain.extremes(of: reaches, by: >)) { $1.lead(over: $0) == 0 }
  }
}

extension Timing {
  /// How many outputs are due after so many frames; all of a clip's where nothing is padded at its
  /// end.
  public func outputCount(ofInputs frames: Int) -> Int { count(frames) }

  /// The index of the step of a fresh stream that yields an output.
  ///
  /// - Parameter output: its index, from zero.
  /// - Returns: the index of the step, from zero.
  public func step(ofOutput output: Int) -> Int { count.needed(for: output + 1) - 1 }

  /// The index of the first step that yields an output on a fresh stream.
  public var warmUp: Int { step(ofOutput: 0) }

  /// The most outputs that are due in one step, or a little more.
  public var mostOutputsOfStep: Int { count.most(of: 1) }

  /// The number of frames, oldest to newest, that one output can depend on.
  public var receptiveField: Int { reaches.reduce(0) { max($0, $1(0)) } + 1 }

  /// The number of frames from one output to the next, rounded up where it is not whole.
  public var stride: Int { (rate.down - 1) / rate.up + 1 }

  /// The number of missing frames before the first one that the first output covers, rounded up.
  public var padding: Int { exactPadding.roundedUp }

  /// Output `j` belongs to frame `j * down / up`, and comes so many frames later, rounded up.
  public var delay: Int { exactDelay.roundedUp }

  /// The number of stages that the count could not be reduced to fewer of.
  var stageCount: Int { count.stageCount + reaches.reduce(0) { $0 + $1.count } }
}
