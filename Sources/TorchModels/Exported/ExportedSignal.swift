import Tensors

/// A value of an exported program that has time: the node that makes it, and how its axes in PyTorch
/// are those of the clip.
///
/// A clip is (B, C, T, S…) in this package. In PyTorch the same numbers can be (B, T, C), or (B T, C, H,
/// W) in the middle of a network, or have axes of length one more or less. Moving axes makes no node: it
/// only changes what each of them stands for.
struct ExportedSignal {
  /// The id of the node.
  var node: String
  /// The lengths of the clip's axes in the example: batch, channels, time, space.
  var axes: [Int]
  /// For each axis in PyTorch, the axes of the clip that it is a product of, the slowest first.
  ///
  /// An axis of length one that was put in is a product of none; an axis of the clip that is not in any
  /// has length one.
  var dims: [[Int]]
  /// What was put around it, which the next convolution takes over.
  var padding: Padding?
  /// Whether its clip has no time any more: it went into the features at a Flatten.
  var isFlat = false
  /// Whether a clip was pooled as a whole, and has one frame whatever its length.
  var isWholeClip = false
  /// Whether it is the last frame of the clip alone.
  ///
  /// Time is in none of the axes then. The node makes all frames all the same, each from those before, and
  /// what PyTorch goes on with is the last one.
  var isLastFrame = false

  /// What was put around a clip.
  struct Padding: Hashable {
    /// Before and behind, by axes of the clip.
    var ends: [Int: [Int]]
    /// PyTorch's name of what it consists of.
    var mode: String
  }

  static let batch = 0
  static let channels = 1
  static let time = 2

  /// The lengths of the axes in PyTorch.
  var shape: [Int] { dims.map { $0.reduce(1) { $0.times(axes[$1]) } } }

  /// Whether the axes in PyTorch are those of the clip, in order.
  var isInOrder: Bool { dims == axes.indices.map { [$0] } }

  /// The axis of the clip that an axis in PyTorch is; nil where it is a product of several, or none.
  ///
  /// Parts of length one count only where there is nothing else.
  func axis(of dim: Int) -> Int? {
    let parts = dims[dim]
    if parts.count == 1 { return parts[0] }
    let long = parts.filter { axes[$0] != 1 }
    return long.count == 1 ? long[0] : nil
  }

  /// The lengths of an axis and of what stays of it.
  func removing(dim: Int) -> ExportedSignal {
    var result = self
    result.dims.remove(at: dim)
    return result
  }
}
