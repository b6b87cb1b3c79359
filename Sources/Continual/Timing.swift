/// How the time of a module's output relates to the time of its input, in input frames.
///
/// Output `j` of a clip covers the input frames `j * stride - padding` to
/// `j * stride - padding + receptiveField - 1`, and step `warmUp + j * stride` of a fresh stream
/// yields it.
///
/// | module | receptiveField | stride | padding | delay | warmUp |
/// |---|---|---|---|---|---|
/// | `Conv1d(kernel_size=3)` | 3 | 1 | 0 | 2 | 2 |
/// | `Conv1d(kernel_size=3, padding=1)` | 3 | 1 | 1 | 1 | 1 |
/// | `Conv1d(kernel_size=5, stride=2, padding=2)` | 5 | 2 | 2 | 2 | 2 |
/// | `Delay(2)` | 3 | 1 | 0 | 2 | 2 |
public struct Timing: Hashable, Sendable {
  /// The number of input frames, oldest to newest, that one output can depend on.
  public var receptiveField: Int

  /// The number of input frames from one output to the next.
  public var stride: Int

  /// The number of missing frames before the first one that the first output covers.
  public var padding: Int

  /// Output `j` belongs to input frame `j * stride`, and comes this many frames later.
  public var delay: Int

  /// The index of the first step that yields an output on a fresh stream.
  public var warmUp: Int

  /// Makes a timing; by default the one of a module that looks at one frame at a time.
  public init(
    receptiveField: Int = 1, stride: Int = 1, padding: Int = 0, delay: Int = 0, warmUp: Int = 0
  ) {
    self.receptiveField = receptiveField
    self.stride = stride
    self.padding = padding
    self.delay = delay
    self.warmUp = warmUp
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

  /// The timing of a module that looks at one frame at a time.
  public static let identity = Timing()

  /// The timing of this module followed by `next`.
  public func then(_ next: Timing) -> Timing {
    Timing(
      receptiveField: Timing.bounded(receptiveField, stride, next.receptiveField - 1),
      stride: Timing.bounded(0, stride, next.stride),
      padding: Timing.bounded(padding, stride, next.padding),
      delay: Timing.bounded(delay, stride, next.delay),
      warmUp: Timing.bounded(warmUp, stride, next.warmUp))
  }

  /// `start + stride * steps`, kept below 2^40: no stream lives that long, and strides that a file
  /// makes up cannot overflow.
  private static func bounded(_ start: Int, _ stride: Int, _ steps: Int) -> Int {
    let (product, overflow) = stride.multipliedReportingOverflow(by: steps)
    return overflow ? 1 << 40 : min(start + min(product, 1 << 40), 1 << 40)
  }

  /// The timing of what follows `before` where the whole has this timing; undoes ``then(_:)``.
  func relative(to before: Timing) -> Timing {
    Timing(
      receptiveField: (receptiveField - before.receptiveField) / before.stride + 1,
      stride: stride / before.stride,
      padding: (padding - before.padding) / before.stride,
      delay: (delay - before.delay) / before.stride,
      warmUp: (warmUp - before.warmUp) / before.stride)
  }

  /// The timing of branches on one input whose outputs are joined, once they are aligned.
  static func joining(_ branches: [Timing]) -> Timing {
    var joined = Timing(
      receptiveField: 1, stride: branches.first?.stride ?? 1, padding: 0, delay: 0, warmUp: 0)
    for branch in branches {
      joined.receptiveField = max(joined.receptiveField, branch.receptiveField)
      joined.padding = max(joined.padding, branch.padding)
      joined.delay = max(joined.delay, branch.delay)
      joined.warmUp = max(joined.warmUp, branch.warmUp)
    }
    return joined
  }
}
