public import Continual
public import PlainData

/// Everything that is known of the layers of one or a few classes: their arguments, how a description
/// becomes a module, and what other parts of the program ask about them.
///
/// Nothing else compares names of classes. A package outside adds layers of its own the same way:
///
/// ```swift
/// let movingAverage = LayerDefinition(
///   ["MovingAverage"], summary: "An average that forgets.",
///   arguments: [.init("channels", .int, .told, "How many channels there are.")]
/// ) { context throws(ModuleError) in
///   try MovingAverage(decay: context.tensor("decay", [context.int("channels")]))
/// }
/// let model = try LoadedModel(contentsOf: "model.pt", adding: [movingAverage])
/// ```
///
/// See ``LoadedModel/init(contentsOf:architecture:limits:layout:adding:)-(FilePath,_,_,_,_)`` and
/// ``ImportContext``.
public struct LayerDefinition: Sendable {
  /// The class names, as in `Conv3d`; the digit before a final `d` counts the axes behind the channels.
  public let types: [String]

  /// Where the classes stand in lists.
  public let family: Family

  /// What the layer does, in one sentence.
  public let summary: String

  /// The arguments that an architecture can give, by PyTorch's names; a pickled module has them as
  /// attributes.
  public let arguments: [Argument]

  /// Attributes of a pickled module that go by another name than the argument: argument by attribute.
  public let attributes: [String: String]

  /// The Python packages whose classes are meant when a module was pickled.
  public let packages: [String]

  /// What there is inside.
  public let structure: Structure

  /// Whether further arguments are possible, which `make` judges itself.
  public let isOpen: Bool

  /// Functions of `torch` and of `torch.nn.functional` that do the same.
  public let functions: [Function]

  /// Which axes of the tensor `weight` are outputs and inputs; nil for layers without such a tensor.
  public let weightAxes: WeightAxes?

  /// How many frames come out for those that go in.
  public let rate: Rate

  /// What the layer does to a clip in evaluation, where that is simple.
  public let effect: Effect

  /// Makes a module; reports what does not fit to the context, and throws what the module itself finds
  /// impossible.
  let make: @Sendable (ImportContext) throws(ModuleError) -> any Module

  /// How tensors alone tell that there is such a layer.
  var inference: Inference?

  /// What a pickled module says in another way than by attributes of the arguments' names.
  var pickle = PickleReading()

  /// Which layer of a transformer it is, as the Python library names the parts; nil for all others.
  package var transformer: Transformer?

  /// Defines layers.
  ///
  /// - Parameters:
  ///   - types: the class names.
  ///   - family: where they stand in lists.
  ///   - summary: what the layer does, in one sentence.
  ///   - arguments: what an architecture can give.
  ///   - attributes: attributes of a pickled module that go by another name: argument by attribute.
  ///   - packages: the Python packages whose classes are meant when a module was pickled.
  ///   - structure: what there is inside; by default nothing.
  ///   - isOpen: whether further arguments are possible, which `make` judges itself.
  ///   - functions: functions of PyTorch that do the same.
  ///   - weightAxes: which axes of the tensor `weight` are outputs and inputs.
  ///   - rate: how many frames come out for those that go in; by default as many.
  ///   - effect: what it does to a clip in evaluation, where that is simple.
  ///   - make: makes a module of its arguments and tensors. What does not fit is reported to the
  ///     context, so that all misfits of a network come at once; what the module itself finds impossible
  ///     is thrown. It may run several times for one module, and then always has to ask for the same.
  public init(
    _ types: [String], family: Family = .other, summary: String, arguments: [Argument] = [],
    attributes: [String: String] = [:], packages: [String] = ["torch.nn", "continual"],
    structure: Structure = .layer, isOpen: Bool = false, functions: [Function] = [],
    weightAxes: WeightAxes? = nil, rate: Rate = .kept, effect: Effect = .any,
    make: @escaping @Sendable (ImportContext) throws(ModuleError) -> any Module
  ) {
    self.types = types
    self.family = family
    self.summary = summary
    self.arguments = arguments
    self.attributes = attributes
    self.packages = packages
    self.structure = structure
    self.isOpen = isOpen
    self.functions = functions
    self.weightAxes = weightAxes
    self.rate = rate
    self.effect = effect
    self.make = make
  }

  /// The argument of a name.
  public func argument(_ name: String) -> Argument? { arguments.first { $0.name == name } }

  /// What the context of a module is told.
  var declared: DeclaredArguments {
    var defaults: [String: PlainValue] = [:]
    for argument in arguments { defaults[argument.name] = argument.defaultValue }
    return DeclaredArguments(
      type: types[0], names: arguments.map(\.name), defaults: defaults, isOpen: isOpen,
      outputAxis: weightAxes?.output)
  }

  /// This definition with something changed.
  func with(_ change: (inout LayerDefinition) -> Void) -> LayerDefinition {
    var copy = self
    change(&copy)
    return copy
  }
}

extension LayerDefinition {
  /// Where classes stand in lists, in this order.
  public enum Family: String, Hashable, Sendable, CaseIterable {
    /// Convolutions.
    case convolution
    /// Pools.
    case pooling
    /// Products with a matrix of weights.
    case linear
    /// Recurrent layers.
    case recurrent
    /// Attention and transformers.
    case attention
    /// Normalizations.
    case normalization
    /// Activations.
    case activation
    /// Dropouts.
    case dropout
    /// Modules with modules inside.
    case container
    /// Small modules.
    case utility
    /// Modules that calculate with tensors of the file, or move axes.
    case tensor
    /// Layers of other packages.
    case other

    /// A heading for them.
    public var title: String {
      switch self {
      case .convolution: "Convolutions"
      case .pooling: "Pools"
      case .linear: "Linear layers"
      case .recurrent: "Recurrent layers"
      case .attention: "Attention and transformers"
      case .normalization: "Normalizations"
      case .activation: "Activations"
      case .dropout: "Dropouts"
      case .container: "Containers"
      case .utility: "Small modules"
      case .tensor: "Tensors of the file, and axes"
      case .other: "Others"
      }
    }
  }

  /// What there is inside of a module, and how it works together.
  public enum Structure: String, Hashable, Sendable {
    /// Nothing.
    case layer
    /// Modules one after the other.
    case sequence
    /// Branches that all read the same clip, and that wait for each other.
    case branches
    /// Branches of which one runs.
    case alternatives
    /// One module, which the Python library may keep one level deeper, at `fn`.
    case wrapper
    /// One module, and the clip beside it.
    case residual
    /// Modules wired in any way; each has an id and inputs.
    case graph
    /// Modules that the layer asks for by names of its own.
    case parts

    /// The key of an architecture file that lists what is inside; nil where there is nothing.
    public var key: String? {
      switch self {
      case .layer: nil
      case .graph: "nodes"
      case .sequence, .branches, .alternatives, .wrapper, .residual, .parts: "modules"
      }
    }
  }

  /// What a layer does to a clip in evaluation, where that is simple.
  public enum Effect: String, Hashable, Sendable {
    /// Anything.
    case any
    /// Nothing.
    case nothing
    /// Nothing but that its frames come later.
    case delayed
    /// The same function of each element.
    case elementwise
    /// Each channel is multiplied by one number and another is added: by those of `running_mean`,
    /// `running_var`, `weight`, `bias` and the argument `eps`.
    case channelwise
  }

  /// Which axes of the tensor `weight` are what.
  public struct WeightAxes: Hashable, Sendable {
    /// The axis of output channels.
    public let output: Int

    /// The axis of input channels.
    public let input: Int

    /// An argument that has to be 1 for outputs to be channels of the clip; nil where they always are.
    public let axisArgument: String?

    /// Says which axes are what.
    public init(output: Int, input: Int, axisArgument: String? = nil) {
      self.output = output
      self.input = input
      self.axisArgument = axisArgument
    }
  }

  /// A function of `torch` or of `torch.nn.functional`.
  public struct Function: Hashable, Sendable {
    /// The name, as in `relu`.
    public let name: String

    /// What its arguments are called in the class: argument of the class by argument of the function.
    public let renames: [String: String]

    /// What an argument of the class is that the function is not given.
    public let defaults: [String: PlainValue]

    /// Names a function.
    public init(
      _ name: String, renames: [String: String] = [:], defaults: [String: PlainValue] = [:]
    ) {
      self.name = name
      self.renames = renames
      self.defaults = defaults
    }
  }

  /// Which layer of a transformer a class is.
  package enum Transformer: Hashable, Sendable {
    /// One layer; it may give all frames or one.
    case layer(isRetroactive: Bool)
    /// Several layers.
    case encoder
  }
}

extension LayerDefinition.Function: ExpressibleByStringLiteral {
  /// A function whose arguments are those of the class.
  public init(stringLiteral name: String) { self.init(name) }
}
