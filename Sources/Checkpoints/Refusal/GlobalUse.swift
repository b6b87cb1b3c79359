/// A class or function that a pickle names, and what it is taken for.
public struct GlobalUse: Hashable, Sendable {
  /// The module and the name in it, as in `torch._utils._rebuild_tensor_v2`.
  public let name: String

  /// Whether it is read for what it is; otherwise what it made is an opaque object.
  public let isUnderstood: Bool

  /// Whether it starts programs or loads code when Python reads the file, which is refused for it.
  public let isForbidden: Bool

  /// The byte in the pickle where it is named first.
  public let offset: Int
}
