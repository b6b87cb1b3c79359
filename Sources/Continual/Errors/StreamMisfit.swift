public import Tensors

extension ModuleError {
  /// Something that a clip has and a stream has not.
  public enum StreamMisfit: Hashable, Sendable {
    /// A `Linear` along a dimension that clips have and frames have not.
    case features(dimension: Int, frame: Shape)
    /// A `Flatten` from this dimension on, the batch.
    case flattenedBatch(dimension: Int)
    /// A `Flatten` over time.
    case flattenedTime
    /// A pool that divides a clip into so many parts in time.
    case partsOfClip(Int)
    /// A pool of the whole clip.
    case wholePool
    /// An attention to the whole clip.
    case wholeAttention
    /// An attention whose number of frames nothing tells.
    case unknownSequence
    /// A layer of this class, with branches, that is to run along an axis of each frame.
    case branchesInSequence(type: String)
    /// A padding in time of frames that are still to come.
    case futurePadding(PaddingMode)
    /// A normalization of so many axes, among them time; the frames of the clip.
    case normalizedTime(axes: Int, frame: Shape)
    /// A matrix along this dimension, time.
    case matrixOverTime(dimension: Int)
    /// A tensor with a number for each frame.
    case tensorOverTime(Shape, frames: Int)
    /// A `GLU` along this dimension, time.
    case halvedTime(dimension: Int)
    /// A `Narrow` along this dimension, time.
    case narrowedTime(dimension: Int)
    /// A `Narrow` along this dimension, the batch.
    case narrowedBatch(dimension: Int)
    /// An upsampling of time to a number of frames.
    case enlargedTime(to: Int)
    /// An upsampling of time by a number that is not whole.
    case enlargedTimeBy(Double)
    /// An upsampling of time with aligned corners.
    case alignedCorners
    /// Branches that raise and lower the rate of frames in more ways than are compared.
    case rates(branches: Int)
  }
}
