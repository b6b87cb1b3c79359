public import Tensors

extension ModuleError {
  /// Branches that cannot be joined.
  public enum BranchMisfit: Hashable, Sendable {
    /// Branches make frames at different rates.
    case rates([Rate])
    /// Branches make different numbers of frames of one clip.
    case lengths([Int])
    /// Frames that cannot be joined element by element.
    case shapes([Shape], Reduction)
    /// Frames of different numbers of axes, to be concatenated.
    case ranks([Shape])
    /// Frames that differ in more than their channels, to be concatenated.
    case concatenation([Shape])
    /// A residual around a module that makes another number of frames than it gets.
    case residual(Rate)
    /// The end of a clip in steps that join frames that do not belong together.
    case endOfMisaligned
  }

  /// Another number of streams than a module takes or makes.
  public enum StreamsMisfit: Hashable, Sendable {
    /// A module makes several where one is needed.
    case severalMade(Int, type: String)
    /// A module that takes one stream gets several.
    case severalGiven(Int, type: String)
    /// More streams than any module takes.
    case tooMany
    /// A module that joins streams gets one.
    case oneToJoin
    /// A module that rearranges streams gets one.
    case oneToRearrange
    /// A list of streams in a list that is joined.
    case nested
    /// A `Broadcast` whose number of streams nothing tells.
    case unknownCount
    /// Modules side by side, and another number of streams; nil for a single one.
    case modules(Int, streams: Int?)
    /// A stream that there is not.
    case missing(Int, count: Int)
    /// Other streams than a module takes in a step.
    case others
  }
}
