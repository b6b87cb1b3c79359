public import Tensors

extension ModuleError {
  /// A frame or a clip that does not fit a module.
  ///
  /// Frames are (B, C, S…) and clips (B, C, T, S…); an axis is counted in what is named.
  public enum FrameMisfit: Hashable, Sendable {
    // MARK: - Channels and elements

    /// A frame with another number of channels.
    case channels(frame: Shape, expected: Int, of: ChannelCount)
    /// A frame with another number of channels than the "input" of an architecture, here of a clip.
    case declaredChannels(clip: Shape, expected: Int)
    /// A network whose channels nothing tells.
    case unknownChannels
    /// A frame with other axes than a convolution takes, or other channels.
    case convolution(frame: Shape, expected: [AxisLength], weight: Shape, groups: Int?)
    /// A frame with space axes, or other channels than a recurrent network takes.
    case recurrent(frame: Shape, expected: Int)
    /// A frame whose channels cannot be divided into as many groups as an argument of this name says.
    case groups(frame: Shape, String, Int)
    /// A frame whose channels cannot be divided among so many matrices.
    case matrices(frame: Shape, Int)
    /// A frame whose channels cannot be moved into space by these factors.
    case shuffledChannels(frame: Shape, factors: [Int])
    /// A frame with another number of elements along an axis than `in_features`.
    case features(frame: Shape, axis: Int, expected: Int)
    /// A clip with another number of elements along an axis than `in_features`.
    case featuresOfClip(clip: Shape, axis: Int, expected: Int)
    /// A frame with another number of elements along an axis than a matrix (V, W) or (K, V, W).
    case rows(frame: Shape, axis: Int, matrix: Shape)
    /// An axis of a clip that is halved, and has an odd length.
    case odd(axis: Int, length: Int)
    /// An axis of a clip that has fewer elements than a `Narrow` needs.
    case narrowed(axis: Int, start: Int, length: Int, elements: Int)

    // MARK: - Axes

    /// A frame that has too many axes, or too few, for any network.
    case rank(Shape)
    /// A frame of another number of axes than a module of this class takes.
    case axes(frame: Shape, type: String, expected: Int)
    /// A frame of another number of axes than the left side of a pattern.
    case pattern(frame: Shape, String, axes: Int)
    /// An axis of a frame that cannot be what the pattern says, a product of these names.
    case patternAxis(frame: Shape, axis: Int, names: [String], String)
    /// A frame whose last axes are not those that are normalized.
    case normalized(frame: Shape, expected: [Int])
    /// A clip of another number of axes than a `Softmax2d` takes.
    case softmax(axes: Int)
    /// Clips of frames, or frames, of another number of axes in time and space than are enlarged by
    /// moving channels.
    case shuffled(frame: Shape, axes: Int, expected: Int, isFramewise: Bool)
    /// Clips of frames, or frames, of another number of axes in time and space than are enlarged.
    case enlarged(frame: Shape, axes: Int, expected: Int, isFramewise: Bool)
    /// A tensor that cannot be broadcast to clips of frames, or to frames.
    case broadcast(tensor: Shape, frame: Shape, isFramewise: Bool)
    /// A frame that does not have as many elements as a shape.
    case reshaped(frame: Shape, [Int])

    // MARK: - Windows

    /// A kernel that spans more than an axis with its padding, in all.
    case kernel(frame: Shape, axis: Int, span: Int, padding: Int)
    /// More padding than there is to mirror or to repeat.
    case padding(frame: Shape, axis: Int, PaddingMode, Int)
    /// An axis of which nothing is left.
    case cropped(frame: Shape, axis: Int, before: Int, after: Int)
    /// A pool whose window spans more than space.
    case pool(spans: [Int], padding: [Int], lengths: [Int])
    /// A pool that makes frames with these axes, more than can be held.
    case pooled([Int])
    /// An axis of which nothing is made, or more than can be held.
    case resampled(frame: Shape, length: Int)

    // MARK: - Whole clips and joins

    /// A clip of another shape than the plan takes.
    case clip(Shape, expected: Shape)
    /// A frame of another shape than a stream takes.
    case step(Shape, expected: Shape)
    /// A shape that is not that of a clip.
    case notAClip(Shape)
    /// Frames that no tensor can have.
    case tooLarge([Int])
    /// Of a clip other frames are made than what follows takes.
    case followed(Shape, expected: Shape)
    /// Of a clip other frames are made than in steps.
    case otherInSteps(Shape, of: Shape, inSteps: Shape)
    /// A join of nothing.
    case joinOfNothing
    /// Frames whose channels together are too many.
    case concatenation([Shape])
  }

  /// What says how many channels a frame has to have.
  public enum ChannelCount: Hashable, Sendable {
    /// The tensors of a module that has numbers for each channel.
    case tensors
    /// The slopes of a `PReLU`.
    case slopes
    /// The `embed_dim` of a positional encoding.
    case embedding
    /// The channels of an attention.
    case attention
  }
}
