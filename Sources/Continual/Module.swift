public import Tensors

/// What was loaded: configuration and weights, immutable, in PyTorch's words.
///
/// A module does not run. It is lowered, once for each frame shape, to the kernels of a ``Plan``.
public protocol Module: Sendable {
  /// PyTorch's name of the class, as in `Conv3d`.
  var typeName: String { get }

  /// The arguments worth printing, as in `64, 128, kernel_size=(3, 3, 3)`.
  var summary: String { get }

  /// The number of weights, without those of the children.
  var parameterCount: Int { get }

  /// The modules inside, each with the name it adds to the path.
  var children: [NamedModule] { get }

  /// Why the steps of this module itself can mean something other than its clip, in one sentence for
  /// its user, as in "pools the whole clip, and in steps the last 7 frames: the same only for clips
  /// of 7 frames"; nil, the default, where both always mean the same.
  ///
  /// This is about the definition of the module, never about rounding, and not about the modules
  /// inside.
  ///
  /// - Parameter frame: the shape (B, C, S…) of the frames that come in.
  /// - Returns: the sentence, or nil.
  func divergence(frame: Shape) -> String?

  /// Appends what this module does to `input`, and returns where the result is.
  ///
  /// - Throws: ``ModuleError`` where the module cannot take such frames.
  func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire
}

extension Module {
  public var summary: String { "" }

  public var parameterCount: Int { 0 }

  public var children: [NamedModule] { [] }

  public func divergence(frame: Shape) -> String? { nil }
}

/// A module inside another, and the name it adds to the path.
public struct NamedModule: Sendable {
  /// The name; may be dotted, or empty where it adds nothing.
  public let name: String

  /// The module.
  public let module: any Module

  /// Names a module.
  public init(_ name: String, _ module: any Module) {
    self.name = name
    self.module = module
  }
}
