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
