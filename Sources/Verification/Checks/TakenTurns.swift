import Continual
import Tensors

/// Two streams of a clip that take turns, and what they have yielded.
///
/// The first gets its frames in chunks. The second gets them one by one, at the beginning and at the end: in
/// between it would do what the first does.
struct TakenTurns {
  /// How many frames the second stream gets at either end, at least.
  static let shortest = 8

  private let plan: Plan
  private let clip: Tensor
  private let turn: Int
  private var first: LiveStream
  private var second: LiveStream
  /// A stream that nobody has used, for as long as the second one gets its first frames.
  private var unused: LiveStream
  private var chunked: [[Float]] = []
  private var opening: [[Float]] = []
  private var closing: [[Float]] = []
  private var part = Part.opening
  private var wrong: Int

  /// How many frames the streams have gone through.
  private(set) var frames = 0

  private enum Part {
    case opening
    case middle
    case closing
  }

  /// Starts the streams.
  ///
  /// - Parameters:
  ///   - plan: the network.
  ///   - used: a stream of it that was used before.
  ///   - clip: (B, C, T, S…).
  ///   - turn: how many frames the second stream gets at either end.
  init(_ plan: Plan, _ used: LiveStream, _ clip: Tensor, turn: Int) {
    (self.plan, self.clip, self.turn) = (plan, clip, turn)
    first = plan.makeStream()
    second = used
    second.reset()
    unused = plan.makeStream()
    wrong = second.state.differences(from: plan.initialState)
  }

  /// Goes on by some frames, or by those that are left.
  mutating func go(by count: Int, padEnd: Bool) throws(ModuleError) {
    let length = clip.shape[2]
    let end = min(frames + count, length)
    chunked += try first.forwardSteps(clip.frames(frames..<end), padEnd: padEnd && end == length)
      .allFrames
    if part != .middle {
      for time in frames..<end {
        let frame = clip.frames(time..<time + 1)
        let made = try second.forwardSteps(frame).allFrames
        if part == .closing {
          closing += made
          continue
        }
        opening += made
        _ = try unused.forwardSteps(frame)
      }
    }
    frames = end
    if part == .opening, frames >= turn {
      wrong += second.state.differences(from: unused.state)
      part = .middle
    }
    if part == .middle, frames >= length - turn - 1, frames < length {
      second.state = first.state
      part = .closing
    }
  }

  /// Does what must not matter to the first stream: a copy of it goes another way, it is ended, a clip is
  /// computed, it goes on with other frames, and is restored.
  mutating func store(
    _ other: (_ frames: Int) -> Tensor, clip: Tensor, padEnd: Bool
  ) throws(ModuleError) {
    let saved = first.state
    var trial = first
    _ = try trial.forwardSteps(other(3))
    if padEnd { _ = try first.forwardSteps(self.clip.frames(0..<0), padEnd: true) }
    _ = try plan.forward(clip)
    wrong += first.state.differences(from: saved)
    _ = try first.forwardSteps(other(5))
    first.state = saved
  }

  /// How many elements, or bits of a state, are not what they are in a stream that is alone.
  func differing(from fresh: Recording) -> Int {
    func tensor(_ frames: [[Float]]) -> Tensor { Tensor(frames: frames, of: plan.output.frame) }
    let want = fresh.stepOutput
    let count = want.shape[2]
    guard opening.count <= count, closing.count <= count else { return max(wrong, 1) }
    return wrong + tensor(chunked).elementsDiffering(from: fresh.output)
      + tensor(opening).elementsDiffering(from: want.frames(0..<opening.count))
      + tensor(closing).elementsDiffering(from: want.frames(count - closing.count..<count))
  }
}
