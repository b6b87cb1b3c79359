public import Tensors

/// What PyTorch computed for the given input.
public struct PyTorchReference: Sendable {
  /// One tensor, and whether it was computed in float32.
  public struct Output: Sendable {
    /// The values (B, C', T', S'…).
    public var values: Tensor64
    /// Whether PyTorch computed them in float32, so that they carry rounding errors of their own.
    public var isFloat32: Bool

    /// Names a tensor.
    public init(_ values: Tensor64, isFloat32: Bool = false) {
      self.values = values
      self.isFloat32 = isFloat32
    }
  }

  /// The output of `forward`.
  public var forward: Output?

  /// Whether ``forward`` is the last frame alone of what the network makes of the clip.
  public var isLastFrame = false

  /// How many of the channels of the network's output ``forward`` has, from the first; nil for all.
  package var channelCount: Int?

  /// The outputs of `forward_step`, one behind the other.
  public var steps: Output?

  /// The index of the input frame whose step yielded each of ``steps``.
  public var stepsIndex: [Int]?

  /// What modules made of the clip in float64, by their paths, in the order in which they were done.
  ///
  /// It is used to name the one that differs, and empty where nobody gives it.
  public var layers: [(path: String, output: Tensor64)] = []

  /// Numbers of the outputs of other modules, which are too large to be kept.
  package var samples: [ModuleSample] = []

  /// The clip it is about, where that is the example that the network was exported with: it says nothing of
  /// another input, and may say nothing but that.
  package var example: Tensor?

  /// Who computed it.
  public var truth = Truth.pytorch

  /// Where it came from, as in `tensors in the checkpoint`.
  public var source: String

  /// Names what PyTorch computed.
  public init(
    forward: Output? = nil, steps: Output? = nil, stepsIndex: [Int]? = nil, source: String = ""
  ) {
    self.forward = forward
    self.steps = steps
    self.stepsIndex = stepsIndex
    self.source = source
  }
}
