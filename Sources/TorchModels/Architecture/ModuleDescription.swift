public import OrderedCollections
public import PlainData

/// What one module is, before its tensors are looked at: a class name, arguments and children.
///
/// An architecture file and a pickled module both become this; one builder makes modules of it.
public struct ModuleDescription: Hashable, Sendable {
  /// The class name, as in `Conv3d`.
  public var type: String

  /// The key path that the module adds to its parent's; nil for the usual one.
  public var name: String?

  /// The arguments that are given, by PyTorch's names.
  public var arguments: OrderedDictionary<String, PlainValue>

  /// The modules inside, in order.
  public var modules: [ModuleDescription]

  /// Where this is said: a JSON path, or the path of a pickled object.
  public var place: String

  /// What the module reads and is called by, in a `Graph`; nil anywhere else.
  public var wiring: Wiring?

  /// The place of a module in a `Graph`.
  public struct Wiring: Hashable, Sendable {
    /// What other nodes call it.
    public var id: String
    /// What it reads.
    public var inputs: [String]
  }

  /// Describes a module.
  public init(
    type: String, name: String? = nil,
    arguments: OrderedDictionary<String, PlainValue> = [:],
    modules: [ModuleDescription] = [], place: String
  ) {
    self.type = type
    self.name = name
    self.arguments = arguments
    self.modules = modules
    self.place = place
  }
}

extension ModuleDescription {
  /// The number of input frames from one output to the next, as far as arguments tell it.
  var temporalStride: Int {
    if !modules.isEmpty {
      guard type == "Sequential" else { return modules[0].temporalStride }
      return modules.reduce(1) { $0 &* $1.temporalStride }
    }
    let isPool = type.hasPrefix("AvgPool") || type.hasPrefix("MaxPool")
    // The stride of a transposed convolution raises the rate.
    let isConvolution = type.hasPrefix("Conv") && !type.hasPrefix("ConvTranspose")
    guard isPool || isConvolution else { return 1 }
    switch arguments["stride"] ?? (isPool ? arguments["kernel_size"] : nil) {
    case .int(let stride): return stride
    case .list(let strides):
      if case .int(let stride)? = strides.first { return stride }
      return 1
    default: return 1
    }
  }
}
