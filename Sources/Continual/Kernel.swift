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
/// A kernel is made once, when a plan is built, and is then shared by all streams; what differs from
/// stream to stream is in `memory` and `counters`, which the stream owns. Frames are row-major
/// (B, C, S…), clips (B, C, T, S…), where S… are the space axes: none, W, or H, W.
///
/// ``step(_:into:memory:counters:scratch:)`` must yield, in order, the frames of
/// ``forward(_:)``; those that need frames after the end of the clip come from
/// ``drain(into:memory:counters:scratch:)``. Nothing is allocated by these two.
public protocol Kernel: Sendable {
  /// The shape (B, C, S…) of each frame that comes out.
  var outputFrame: Shape { get }

  /// How output time relates to input time.
  var timing: Timing { get }

  /// How much a stream remembers for this kernel.
  var state: StateLayout { get }

  /// How many floats of work space a step needs; their content is lost between calls.
  var scratch: Int { get }

  /// For a kernel whose `forward` makes one frame of a whole clip: the number of frames that its
  /// steps make one of instead. Both mean the same for clips of that length. Nil for all others.
  var wholeClipWindow: Int? { get }

  /// Puts the state of a fresh stream into memory that may hold anything.
  func reset(memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>)

  /// Takes one frame; writes the next output frame and returns true, or returns false where none is
  /// due yet.
  func step(
    _ frame: Span<Float>, into output: inout MutableSpan<Float>,
    memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) -> Bool

  /// Writes the next output that the end padding makes possible and returns true, or returns false
  /// when the clip that ended with the last step has no more outputs.
  ///
  /// It is called on a copy of the stream's state, again and again until it returns false; no step
  /// follows.
  func drain(
    into output: inout MutableSpan<Float>,
    memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) -> Bool

  /// How many frames ``forward(_:)`` makes of a clip of `frames` frames; nil where the clip is too
  /// short.
  func outputLength(ofClip frames: Int) -> Int?

  /// Computes a whole clip (B, C, T, S…) at once, as the `forward` of the PyTorch module does.
  ///
  /// - Throws: ``ModuleError`` where the clip is too short or does not fit.
  func forward(_ clip: Tensor) throws(ModuleError) -> Tensor
}

extension Kernel {
  public var timing: Timing { .identity }

  public var state: StateLayout { StateLayout() }

  public var scratch: Int { 0 }

  public var wholeClipWindow: Int? { nil }

  public func reset(memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>) {
    for index in memory.indices { memory[index] = 0 }
    for index in counters.indices { counters[index] = 0 }
  }

  public func drain(
    into output: inout MutableSpan<Float>,
    memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) -> Bool {
    false
  }

  public func outputLength(ofClip frames: Int) -> Int? { frames }
}
