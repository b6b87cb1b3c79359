import Tensors

/// How much of anything a file may ask for before it is refused.
///
/// They hold for a whole file and not for one tensor or one value of it. With the standard ones a small
/// file cannot make a command use more than 512 MB of memory or 2 s of processor time; what a large file
/// may use grows with its size.
public struct Limits: Hashable, Sendable {
  /// The bytes of a pickle, inflated.
  public var pickleBytes = 64 << 20
  /// The values in a pickle.
  public var pickleNodes = 4_000_000
  /// The values that a pickle remembers for later use.
  public var memoEntries = 1 << 19
  /// The classes and functions that a pickle names.
  public var globals = 1 << 16
  /// The marks that are open at one time.
  public var marks = 100_000
  /// The values seen when the objects are walked as a tree, in which a shared one counts each time.
  public var walkedValues = 8_000_000
  /// How often values that hold tensors are come upon again on that walk.
  public var repeatedValues = 1 << 15
  /// The bytes of the paths of all these values together.
  public var pathBytes = 32 << 20
  /// How deeply lists, tuples and dicts are nested.
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
  /// The bytes that all tensors together may have in memory where the whole file has less, as views of
  /// stride 0, sparse tensors and compressed storages can.
  public var expandedBytes = 128 << 20
  /// The number of tensors in a file of any size; a large file may have one for each 256 bytes.
  public var tensors = 1 << 16
  /// The numbers in all tensors of a network that is laid out without being read.
  public var outlinedNumbers = 1 << 25
  /// The bytes that the frames between the layers of a network, and what a stream of it remembers, may
  /// have together.
  public var planBytes = 256 << 20
  /// About how many multiplications a clip may cost that the file asks for; a large file may ask for
  /// more.
  public var work = 30_000_000
  /// The axes of a tensor; torch computes with no more.
  public var axes = 64

  /// Limits that every checkpoint in the wild keeps.
  public static let standard = Limits()

  /// Makes the standard limits, to be changed.
  public init() {}

  /// The number of instructions in a pickle; torch writes two or three for each value.
  var instructions: Int { pickleNodes.times(4) }

  /// The bytes that one tensor of a file may have in memory.
  ///
  /// A view of stride 0, or a sparse tensor, is larger there than in the file.
  func tensorBytes(fileSize: Int) -> Int { min(tensorBytes, max(expandedBytes, fileSize)) }

  /// The bytes that all tensors of a file together may have in memory.
  ///
  /// A weight that many layers share is counted for each of them, so this is many times the file.
  func totalBytes(fileSize: Int) -> Int { expandedBytes.plus(fileSize.times(32)) }

  /// The bytes that a network of a file may need for frames and the state of a stream.
  package func planBytes(fileSize: Int) -> Int { planBytes.plus(fileSize.times(32)) }

  /// The multiplications that a clip of a network may cost.
  ///
  /// Each weight is used many times, in each place of a frame and in each frame, but not without end: a
  /// network of one second of sound at 24 kHz uses its weights 24,000 times.
  package func work(fileSize: Int) -> Int { work.plus(fileSize.times(50_000)) }

  /// The number of tensors in a file.
  ///
  /// With its record, its entry in the directory and its call in the pickle, each tensor that torch
  /// writes takes more than 256 bytes.
  func tensors(fileSize: Int) -> Int { max(tensors, fileSize / 256) }
}
