public import Tensors

extension VerificationError {
  /// Why nothing says what a module should have computed.
  public enum OracleGap: Hashable, Sendable {
    /// A module of this class has no definition in float64.
    case type(String)
    /// An attention whose number of frames in steps nothing tells.
    case unknownSequence
    /// A module that was to be asked about one inside, and has none.
    case nothingInside
    /// The module of this path inside, of which nothing was recorded.
    case notRecorded(String)
  }

  /// An option that cannot be.
  public enum OptionMisfit: Hashable, Sendable {
    /// No profile and no clip.
    case noInput
    /// No input but zeros.
    case onlyZeros
    /// Clips of so many frames.
    case clipLength(Int)
    /// Clips of so many frames would be needed to see outputs.
    case neededLength(Int, frame: Shape)
  }

  /// A clip of too few frames for a definition.
  public enum LengthMisfit: Hashable, Sendable {
    /// Frames that are left out, of a clip that has no more.
    case leftOut(Int, frames: Int)
    /// Frames that are skipped, of a clip that has no more.
    case skipped(Int, frames: Int)
    /// A place in a clip that it does not have.
    case position(Int, frames: Int)
    /// A kernel that spans more than a clip.
    case kernel(Int, frames: Int)
    /// A window that spans more than a clip.
    case window(Int, frames: Int)
    /// A window that spans more than an axis of a frame.
    case windowInSpace(Int, length: Int)
    /// A clip of which nothing is left once outputs are cropped.
    case cropped(frames: Int)
    /// A clip of no frames, of which nothing is made.
    case empty
    /// A clip of which a module makes nothing.
    case nothingMade(frames: Int)
  }

  /// A clip (B, C, T, S…) that does not fit a definition.
  public enum ClipMisfit: Hashable, Sendable {
    /// The clip that a user gives, and the frames (B, C, S…) of the network.
    case input(Shape, frame: Shape)
    /// A clip of which a module makes nothing.
    case nothingMade(frames: Int)
    /// A clip with another number of channels.
    case channels(Int, expected: Int)
    /// A clip with space axes, or of other channels than a recurrent network takes.
    case recurrent(Shape)
    /// A clip of other channels than an attention has.
    case attention(Shape, channels: Int)
    /// A clip of other channels than an encoding has.
    case encoding(Shape, channels: Int)
    /// A clip with another number of elements along an axis than `in_features`.
    case features(Shape, axis: Int, expected: Int)
    /// A clip that matrices of this shape do not fit.
    case matrices(Shape, matrices: Shape)
    /// A clip that the weight of a transposed convolution does not fit.
    case transposed(Shape, weight: Shape)
    /// A clip whose channels cannot be moved by these factors.
    case shuffled(Shape, factors: [Int])
    /// A clip with an axis that ends before the last element that is kept.
    case narrowed(Shape, axis: Int, last: Int)
    /// A clip with another number of axes than are enlarged.
    case enlarged(Shape, axes: Int)
    /// A tensor of another number of axes than the left side of a pattern.
    case axesOfPattern(Shape, String)
    /// A tensor of other lengths than a pattern.
    case lengthsOfPattern(Shape, String)
    /// A frame whose last axes are not those that are normalized.
    case normalized(frame: Shape, axes: [Int])
    /// A frame that cannot have these axes.
    case reshaped(frame: Shape, [Int])
    /// An axis that is halved, and has an odd length.
    case odd(Shape, axis: Int)
    /// An axis that the clip does not have.
    case noAxis(Shape)
    /// A combination of nothing.
    case nothingToCombine
    /// Two clips that cannot be combined element by element.
    case combined(Shape, Shape)
    /// Two clips that cannot be concatenated.
    case concatenated(Shape, Shape)
    /// Branches of so many frames each.
    case branches([Int])
    /// A network that ends with several streams; the class of its last module.
    case severalStreams(type: String)
    /// A module of this class takes one stream, and gets several.
    case oneStream(type: String, found: Int)
    /// A stream that there is not.
    case noStream(Int, count: Int)
    /// A graph whose output is not a node.
    case noOutput
  }
}
