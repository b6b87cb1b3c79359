/// A whole architecture: what the file of the specification says, or what was found instead of one.
public struct Architecture: Sendable {
  /// The newest version of the file format that is understood.
  public static let newestVersion = 1

  /// The network's name, if it has one.
  public var name: String?

  /// The shape of one sample without the batch, time as nil; nil where it is not said.
  ///
  /// It is `[32, nil, 56, 56]` for 32 channels of 56 x 56.
  public var inputShape: [Int?]?

  /// The number of frames of the clips the network is meant for, if it is said.
  public var frames: Int?

  /// How the tensors are found.
  public var weights = WeightsOptions()

  /// The network.
  public var model: ModuleDescription

  /// Where it comes from.
  public var source: Source

  /// Makes an architecture; what is left out is not said.
  package init(
    name: String? = nil, inputShape: [Int?]? = nil, frames: Int? = nil,
    weights: WeightsOptions = WeightsOptions(), model: ModuleDescription, source: Source
  ) {
    self.name = name
    self.inputShape = inputShape
    self.frames = frames
    self.weights = weights
    self.model = model
    self.source = source
  }

  /// Where an architecture comes from.
  public enum Source: Hashable, Sendable {
    /// A file that was named, or that lies beside the model.
    case file(String)
    /// A key of the checkpoint.
    case checkpoint(key: String)
    /// The checkpoint is a pickled module, and knows its classes and arguments.
    case pickledModule
    /// The checkpoint is an exported program, and holds the graph of the network.
    case exportedProgram
    /// It is that of a network of a package, by the name of the recipe.
    case recipe(String, package: String)
    /// Nothing says it; it was put together from names and shapes.
    case inferred

    /// Where it comes from, in a few words.
    public var summary: String {
      switch self {
      case .file(let path): path
      case .checkpoint(let key): "the checkpoint (\"\(key)\")"
      case .pickledModule: "the pickled module"
      case .exportedProgram: "the exported program"
      case .recipe(let name, let package): "the recipe \(name) (\(package))"
      case .inferred: "names and shapes of the tensors"
      }
    }
  }
}

/// How the tensors of an architecture are found in a checkpoint.
public struct WeightsOptions: Hashable, Sendable {
  /// The key that holds the tensors; nil to find it.
  public var root: String?

  /// Prefixes to take off every key; nil to take off the usual ones.
  public var stripPrefixes: [String]?

  /// How keys are compared; nil for exact, and flattened where only that fits.
  public var match: Match?

  /// Regular expressions and what replaces their matches in the file's keys.
  public var rename: [Rename] = []

  /// Makes options that leave everything to be found.
  public init() {}

  /// How keys are compared.
  public enum Match: String, Hashable, Sendable, CaseIterable {
    /// Letter by letter.
    case exact
    /// Without the parts that are numbers, as `continual`'s `state_dict(flatten=True)` writes them.
    case flattened
  }

  /// One renaming of keys.
  public struct Rename: Hashable, Sendable {
    /// A regular expression.
    public var pattern: String
    /// What replaces its matches; `$1` is the first group.
    public var replacement: String
  }
}
