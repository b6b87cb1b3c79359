public import Tensors

extension ModuleError {
  /// More than can be held in memory or computed.
  public enum SizeMisfit: Hashable, Sendable {
    /// Frames with these axes.
    case frame([Int])
    /// So many frames with these axes in a step.
    case step(frames: Int, axes: [Int])
    /// So many frames on a wire in a step.
    case wire(frames: Int, Shape)
    /// A clip of so many frames.
    case clip(frames: Int, Shape)
    /// A clip of so many frames in a recurrent network.
    case recurrentClip(frames: Int)
    /// A frame for a recurrent layer of so many weights.
    case recurrentFrame(Shape, weights: Int)
    /// An attention over so many frames.
    case attention(frames: Int, channels: Int)
    /// So many outputs of a pool along an axis.
    case pooledAxis(outputs: Int, length: Int)
    /// So many frames of so many numbers in the memory of a stream.
    case memory(frames: Int, numbers: Int)
    /// So many frames with what is around them in the memory of a stream.
    case layer(frames: Int, Shape, ConvolutionKind)
    /// Changes of the rate of frames, one behind the other.
    case rateChanges
    /// More memory than the network may need.
    case budget(Budget)
  }

  /// What a network needs, up to the module with which it is more than it may.
  public struct Budget: Hashable, Sendable {
    /// What to do about it.
    public enum Remedy: Hashable, Sendable {
      /// Allow so many bytes, which is what the network and its clips need.
      case allow(bytes: Int)
      /// Nothing has what it needs.
      case shrink
    }

    /// The frames that the module makes.
    public let frame: Shape
    /// The numbers that the module remembers.
    public let remembered: Int
    /// The numbers that all modules so far need; `Int.max` where they cannot be counted.
    public let needed: Int
    /// The numbers that all may need.
    public let allowed: Int
    /// What to do; nil where it is not known.
    package var remedy: Remedy?
  }
}
