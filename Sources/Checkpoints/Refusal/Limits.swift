package import PlainData
import Tensors

/// How much of anything a file may ask for before it is refused.
///
/// They hold for a whole file and not for one tensor or one value of it. With the standard ones a small
/// file cannot make a command use more than 512 MB of memory or 2 s of processor time; what a large file
/// may use grows with its size.
public struct Limits: Hashable, Sendable {
  /// The bytes of a pickle, inflated; in a large file, as many as the file has.
  public var pickleBytes = 16 << 20
  /// The values in a pickle; a large file may have one for each 8 bytes, up to four million.
  public var pickleNodes = 1 << 21
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
  /// About how many seconds of processor time a network may be computed; for a large file it may be
  /// longer.
  public var seconds = 2
  /// The bytes of an architecture.
  public var jsonBytes = 16 << 20
  /// The values in JSON: everything in lists and objects, and these themselves.
  public var jsonValues = 1 << 18
  /// How deeply lists and objects are nested in JSON.
  public var jsonDepth = 512
  /// The axes of a tensor; torch computes with no more.
  public var axes = 64

  /// Limits that every checkpoint in the wild keeps.
  public static let standard = Limits()

  /// Makes the standard limits, to be changed.
  public init() {}

  /// These limits for a file of some size: its pickle is not deflated, where torch wrote it.
  func fitting(fileSize: Int) -> Limits {
    var limits = self
    // One that was lowered stays so.
    if pickleBytes >= Limits.standard.pickleBytes {
      limits.pickleBytes = max(pickleBytes, fileSize)
    }
    if pickleNodes >= Limits.standard.pickleNodes {
      limits.pickleNodes = max(pickleNodes, min(fileSize / 8, Limits.mostNodes))
    }
    return limits
  }

  /// The values in the pickle of a large file.
  private static let mostNodes = 4_000_000

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
  package func planBytes(fileSize: Int) -> Int { planBytes.plus(fileSize.times(128)) }

  /// The seconds that a network of a file may be computed.
  ///
  /// That is a second for each 20 kB. A weight is used many times, in each place of a frame and in each
  /// frame: what takes longest for its size is a network of few weights on frames of many places, or
  /// on one second of sound at 44 kHz, and these have files of some hundred kB with their clip.
  package func seconds(fileSize: Int) -> Int { max(seconds, fileSize / 20_000) }

  /// What JSON may ask for.
  package var json: JSONLimits {
    JSONLimits(depth: jsonDepth, values: jsonValues, digits: lineBytes)
  }

  /// The number of tensors in a file.
  ///
  /// With its record, its entry in the directory and its call in the pickle, each tensor that torch
  /// writes takes more than 256 bytes.
  func tensors(fileSize: Int) -> Int { max(tensors, fileSize / 256) }
}
