import Checkpoints
public import Continual
public import Tensors

/// A network that was loaded from a checkpoint, complete.
public struct LoadedModel: Sendable {
  /// The network.
  public let module: any Module

  /// What the network is, and where that is known from.
  public let architecture: Architecture

  /// What one frame of one sample looks like, as far as it is known; nil where nothing tells it.
  public let sample: InputSample?

  /// Whether PyTorch's output has no time axis: the network ends behind a `Flatten` of whole clips.
  public let endsWithoutTime: Bool

  /// Where the network comes from.
  public let provenance: Provenance

  /// What PyTorch computed, if the checkpoint brings it.
  public let reference: Reference?

  /// The order of the axes in PyTorch, where it is not (B, C, T, S…); nil elsewhere.
  package let axisOrder: AxisOrder?

  /// The classes that the network was made of.
  package let catalog: Catalog

  /// Where a network comes from: its file, and how it was read.
  public struct Provenance: Sendable {
    /// The file, still open.
    public let file: NetworkFile

    /// What was found or decided on the way, a sentence each.
    public let notes: [String]

    /// What nothing in the file says and was taken to be so; a verdict has to wait for these.
    public let assumptions: [String]

    /// The calls of an exported program that need the whole clip at once, so that the network has no
    /// steps; each of its clips is one frame of a stream then.
    public let stepless: [Stepless]

    /// How many tensors the network is made of.
    public let tensorCount: Int

    /// The number of weights and statistics.
    public let parameterCount: Int

    /// The element types of the tensors, the most frequent first.
    public let scalarTypes: [ScalarType]

    /// Whether weights were rounded to float32: they are wider in the file, or were computed when the
    /// file was loaded, as those of a weight norm.
    public let roundsWeights: Bool

    /// The tensors as they are in the file, before prefixes are taken off their names.
    package let stateDict: StateDict

    /// The names by which the architecture knows the tensors of the checkpoint, by their paths there;
    /// nil where a weight is put together of several tensors.
    package let namesByPath: [String: String]?
  }

  /// A call that needs the whole clip at once.
  public struct Stepless: Hashable, Sendable {
    /// Where it is: the module, its class and the user's line.
    public let place: String
    /// What it does, as the end of a sentence that begins with the operator.
    public let reason: String
    /// What can be stepped instead; empty where nothing can.
    public let remedy: String
  }

  /// The model file's name.
  public var file: String { provenance.file.checkpoint.name }

  /// A clip and what PyTorch makes of it.
  public struct Reference: Sendable {
    /// The clip (B, C, T, S…); nil where only results are there.
    public var input: Tensor?
    /// The output of `forward`.
    public var forward: Tensor64?
    /// The other outputs of `forward`, where there are several.
    package var otherOutputs: [Tensor64] = []
    /// How many of the channels of the network's output ``forward`` has; nil for all.
    package var channelCount: Int?
    /// The outputs of the steps, one after the other.
    public var steps: Tensor64?
    /// The step that yields each of these.
    public var stepsIndex: [Int]?

    /// What modules made of the clip, by their paths, in order.
    package var layers: [(path: String, output: Tensor64)] = []
    /// The file that holds these.
    public var source = ""
    /// Whether the clip is the example that a program was exported with.
    public internal(set) var isExample = false
    /// Whether the results were computed, or stored, in single precision.
    public var isSinglePrecision = false
    /// The size of that file; zero where it is the file of the network.
    package var byteCount = 0
  }
}
