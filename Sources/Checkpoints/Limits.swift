/// How much of anything a file may ask for before it is refused.
public struct Limits: Hashable, Sendable {
  /// The bytes of a pickle, inflated.
  public var pickleBytes = 256 << 20
  /// The values in a pickle.
  public var pickleNodes = 8_000_000
  /// How deeply values are followed.
  public var depth = 1000
  /// The bytes of one integer.
  public var integerBytes = 4096
  /// The bytes of a name in a global, or of a number written out.
  public var lineBytes = 4096
  /// The entries of an archive.
  public var archiveEntries = 1_000_000
  /// The bytes of a header of safetensors or of an array.
  public var headerBytes = 100 << 20
  /// The bytes of one tensor in memory.
  public var tensorBytes = 16 << 30
  /// The number of tensors.
  public var tensors = 1_000_000

  /// Limits that every checkpoint in the wild keeps.
  public static let standard = Limits()

  /// Makes the standard limits, to be changed.
  public init() {}
}
