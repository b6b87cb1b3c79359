public import Continual
public import Tensors

/// What is to be judged: a network, the frames it gets, and what is known of where it came from.
public struct Subject: Sendable {
  /// The network.
  public var module: any Module

  /// The shape (B, C, S…) of its input frames.
  public var frame: Shape

  /// The number of frames of the clips it is judged with.
  public var clipLength: Int

  /// The element type its weights have in the file.
  public var weights: ScalarType

  /// Whether weights were rounded to float32, so that they are not quite PyTorch's.
  public var roundsWeights: Bool

  /// What loading it brought to light.
  public var loading: LoadingFacts

  /// Names what is to be judged.
  ///
  /// - Parameters:
  ///   - module: the network.
  ///   - frame: the shape (B, C, S…) of its input frames.
  ///   - clipLength: the number of frames of the clips it is judged with.
  ///   - weights: the element type of its weights in the file.
  ///   - roundsWeights: whether weights were rounded to float32.
  ///   - loading: what loading it brought to light.
  public init(
    _ module: any Module, frame: Shape, clipLength: Int, weights: ScalarType = .float32,
    roundsWeights: Bool = false, loading: LoadingFacts = LoadingFacts()
  ) {
    self.module = module
    self.frame = frame
    self.clipLength = clipLength
    self.weights = weights
    self.roundsWeights = roundsWeights
    self.loading = loading
  }
}

/// What is known of the file a network was loaded from.
public struct LoadingFacts: Hashable, Sendable {
  /// The file, as the user named it.
  public var path: String
  /// The number of bytes of the file; nil where it is unknown.
  public var byteCount: Int?
  /// The SHA-256 of the file in hexadecimal digits; nil where it is unknown.
  public var sha256: String?
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

  /// Collects the facts; by default of a network made by hand.
  public init(
    path: String = "", byteCount: Int? = nil, sha256: String? = nil, format: String? = nil,
    architecture: String? = nil, tensorCount: Int = 0, misfits: [String] = [],
    assumptions: [String] = [], acceptsAssumptions: Bool = false
  ) {
    self.path = path
    self.byteCount = byteCount
    self.sha256 = sha256
    self.format = format
    self.architecture = architecture
    self.tensorCount = tensorCount
    self.misfits = misfits
    self.assumptions = assumptions
    self.acceptsAssumptions = acceptsAssumptions
  }
}

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

  /// The outputs of `forward_step`, one behind the other.
  public var steps: Output?

  /// The index of the input frame whose step yielded each of ``steps``.
  public var stepsIndex: [Int]?

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
