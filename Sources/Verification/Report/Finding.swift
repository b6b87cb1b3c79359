import Continual
import Tensors

/// Something that is wrong: what, where, by how much, and what it looks like.
public struct Finding: Hashable, Sendable {
  /// Where the worst element is.
  public struct Place: Hashable, Sendable {
    /// The step that yielded it, counted from zero; nil for a clip.
    public var step: Int?
    /// The output frame, counted from zero.
    public var frame: Int
    /// The entry of the batch.
    public var batch: Int
    /// The channel.
    public var channel: Int
    /// The place in the plane: none, (x) or (y, x).
    public var space: [Int]

    /// Names a place.
    public init(step: Int? = nil, frame: Int, batch: Int, channel: Int, space: [Int] = []) {
      self.step = step
      self.frame = frame
      self.batch = batch
      self.channel = channel
      self.space = space
    }
  }

  /// The check that found it.
  public var code: CheckCode

  /// Whether it is a difference, or only keeps the verdict open.
  public var verdict: Verdict

  /// The dotted path of the module; empty for the whole network.
  public var module: String

  /// The module as PyTorch prints it; empty for the whole network.
  public var moduleDescription: String

  /// The way of computing that differs.
  public var mode: Mode?

  /// The inputs it was seen with.
  public var profiles: [String]

  /// What is wrong, in one sentence.
  public var message: String

  /// Where the difference is largest.
  public var place: Place?

  /// What was computed there.
  public var got: Double?

  /// What should have been.
  public var want: Double?

  /// What the other mode computed there.
  public var otherMode: Double?

  /// The largest difference.
  public var error: Double?

  /// The largest difference that would have passed.
  public var allowed: Double?

  /// Which elements differ and how, as in `channel 5 only, every frame, constant offset +1.0e-04`.
  public var pattern: String?

  /// What it probably is, or what to do.
  public var hint: String?

  /// The command that shows it again.
  public var replay: String?

  /// Names something that is wrong.
  public init(
    _ code: CheckCode, verdict: Verdict = .fail, module: String = "",
    moduleDescription: String = "", mode: Mode? = nil, profiles: [String] = [], message: String,
    place: Place? = nil, got: Double? = nil, want: Double? = nil, otherMode: Double? = nil,
    error: Double? = nil, allowed: Double? = nil, pattern: String? = nil, hint: String? = nil,
    replay: String? = nil
  ) {
    self.code = code
    self.verdict = verdict
    self.module = module
    self.moduleDescription = moduleDescription
    self.mode = mode
    self.profiles = profiles
    self.message = message
    self.place = place
    self.got = got
    self.want = want
    self.otherMode = otherMode
    self.error = error
    self.allowed = allowed
    self.pattern = pattern
    self.hint = hint
    self.replay = replay
  }
}

extension Finding {
  /// Enters where a comparison of clips (B, C, T, S…) is worst, and what is there.
  ///
  /// - Parameters:
  ///   - comparison: with an element that differs.
  ///   - got: what was computed.
  ///   - want: what should have been.
  ///   - step: the step that yielded an output frame; nil where none did.
  mutating func locate(
    _ comparison: Comparison, got: Tensor64, want: Tensor64, step: (_ frame: Int) -> Int?
  ) {
    guard let offset = comparison.worstOffset else { return }
    let place = got.shape.place(ofElement: offset)
    self.place = Place(
      step: step(place[2]), frame: place[2], batch: place[0], channel: place[1],
      space: Array(place.dropFirst(3)))
    self.got = got.scalars[offset]
    self.want = want.scalars[offset]
  }
}

extension Finding {
  /// How far the error is beyond what is allowed.
  var excess: Double {
    guard let error else { return 0 }
    guard let allowed, allowed > 0 else { return error }
    return error / allowed
  }
}
