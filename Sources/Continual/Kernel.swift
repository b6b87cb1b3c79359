public import Tensors

/// How many numbers one stream has to remember for a kernel.
public struct StateLayout: Hashable, Sendable {
  /// The number of floats.
  public var floats: Int

  /// The number of integers: write positions, frame counts, schedules.
  public var counters: Int

  /// Makes a layout; by default one that remembers nothing.
  public init(floats: Int = 0, counters: Int = 0) {
    self.floats = floats
    self.counters = counters
  }
}

/// What runs: one input, one output, every size resolved, weights packed.
///
/// A kernel is made once, when a plan is built, and is then shared by all streams. What differs from
/// stream to stream is in `memory` and `counters`, which belong to the stream; the work space is lent by
/// whoever runs it, and its content is lost between calls. Frames are row-major (B, C, S…), where S… are
/// the space axes: none, W, or H, W.
///
/// A kernel takes a chunk of frames and writes the outputs that are due then, both laid out as clips
/// (B, C, n, S…). A step is a chunk of one frame, and a whole clip, unless it means something else, is a
/// chunk on a fresh stream with the end padding behind it. How many outputs are due is known from
/// ``timing`` before the kernel is asked: none in one step, several in another.
///
/// | after frames | 1 | 2 | 3 | 4 | end |
/// |---|---|---|---|---|---|
/// | kernel 3, padding 1 | 0 | 1 | 1 | 1 | 1 |
/// | kernel 2, stride 2 | 0 | 1 | 0 | 1 | 0 |
/// | transposed, kernel 4, stride 2, padding 1 | 1 | 2 | 2 | 2 | 1 |
public protocol Kernel: Sendable {
  /// The shape (B, C, S…) of each frame that comes out.
  var outputFrame: Shape { get }

  /// How output time relates to input time; by default one output for each frame, at once.
  var timing: Timing { get }

  /// How much a stream remembers for this kernel; by default nothing.
  var state: StateLayout { get }

  /// How many floats of work space a chunk or a clip of so many frames needs; by default none.
  func scratch(frames: Int) -> Int

  /// For a kernel whose `forward` makes one frame of a whole clip: the number of frames that its
  /// steps make one of instead. Both mean the same for clips of that length. Nil for all others.
  var wholeClipWindow: Int? { get }

  /// Puts the state of a fresh stream into memory and counters that are all zero; by default that is
  /// it.
  func reset(memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>)

  /// Takes the next frames of a stream, and writes the outputs that are due then.
  ///
  /// With `seen` frames before, `outputs` is `E(seen + frames) - E(seen)`, where `E` is
  /// ``Timing/outputCount(ofInputs:)`` of ``timing``, and where the clip ends, as many more as
  /// ``endCount(after:)`` of all frames says. The bits of the outputs do not depend on how a stream is
  /// cut into chunks. A chunk of one frame allocates nothing.
  ///
  /// - Parameters:
  ///   - input: the frames, (B, C, frames, S…).
  ///   - frames: how many there are; may be zero.
  ///   - output: what is due, (B, C', outputs, S'…); holds anything before.
  ///   - outputs: how many are due; may be zero.
  ///   - ends: whether the clip ends behind these frames, so that the outputs that depend on the padding
  ///     there are due as well. Nothing follows then.
  ///   - memory: what the stream remembers for this kernel.
  ///   - counters: likewise.
  ///   - scratch: at least ``scratch(frames:)`` floats, which hold anything.
  func advance(
    _ input: Span<Float>, frames: Int, into output: inout MutableSpan<Float>, outputs: Int,
    ends: Bool, memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>)

  /// How many outputs the padding behind a clip makes possible after so many frames; by default none.
  func endCount(after frames: Int) -> Int

  /// How many frames ``forward(_:frames:into:outputs:memory:counters:scratch:)`` makes of a clip; by
  /// default as many as there are.
  ///
  /// - Throws: ``ModuleError`` where the clip is too short or does not fit.
  func outputLength(ofClip frames: Int) throws(ModuleError) -> Int

  /// The shape that ``forward(_:frames:into:outputs:memory:counters:scratch:)`` makes of a clip; by
  /// default ``outputFrame`` with the frames of ``outputLength(ofClip:)``.
  ///
  /// - Throws: ``ModuleError`` where the clip is too short or does not fit.
  func outputShape(ofClip frames: Int) throws(ModuleError) -> Shape

  /// Computes a whole clip at once, as the `forward` of the PyTorch module does.
  ///
  /// By default the clip is one chunk of a stream that ends there. A kernel has a `forward` of its own
  /// where the clip means something other than the steps.
  ///
  /// - Parameters:
  ///   - clip: (B, C, T, S…).
  ///   - frames: T.
  ///   - output: of the shape that ``outputShape(ofClip:)`` gives; holds anything before.
  ///   - outputs: the frames of it.
  ///   - memory: that of a fresh stream.
  ///   - counters: likewise.
  ///   - scratch: at least ``scratch(frames:)`` floats, which hold anything.
  /// - Throws: ``ModuleError`` where the clip does not fit.
  func forward(
    _ clip: Span<Float>, frames: Int, into output: inout MutableSpan<Float>, outputs: Int,
    memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) throws(ModuleError)
}

extension Kernel {
  public var timing: Timing { .identity }

  public var state: StateLayout { StateLayout() }

  public func scratch(frames: Int) -> Int { 0 }

  public var wholeClipWindow: Int? { nil }

  public func reset(memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>) {}

  public func endCount(after frames: Int) -> Int { 0 }

  public func outputLength(ofClip frames: Int) throws(ModuleError) -> Int { frames }

  public func outputShape(ofClip frames: Int) throws(ModuleError) -> Shape {
    let length = try outputLength(ofClip: frames)
    guard Size.product(outputFrame.axes + [length]) != nil else {
      throw ModuleError(.size(.clip(frames: length, outputFrame)))
    }
    return outputFrame.clip(frames: length)
  }

  public func forward(
    _ clip: Span<Float>, frames: Int, into output: inout MutableSpan<Float>, outputs: Int,
    memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) throws(ModuleError) {
    advance(
      clip, frames: frames, into: &output, outputs: outputs, ends: true, memory: &memory,
      counters: &counters, scratch: &scratch)
  }
}
