/// A module whose steps look at a window of the last frames, and whose `forward` at the whole clip.
///
/// Where it does not say how long the window is, it is as long as the clips that the plan is made for.
public protocol ClipWindowed: Module {
  /// The number of frames of the window; nil for the length of a clip.
  var windowLength: Int? { get }

  /// The same module with a window of so many frames.
  ///
  /// - Parameter windowLength: at least one.
  /// - Returns: the module.
  /// - Throws: ``ModuleError`` where the other arguments do not fit such a window.
  func with(windowLength: Int) throws(ModuleError) -> any Module
}

/// A module whose steps make one frame of a window, and whose `forward` makes that frame or all of them.
package protocol SinglePosition: ClipWindowed {
  /// Which frame of the window it is, as Python counts.
  var queryIndex: Int { get }

  /// Whether `forward` makes that frame only.
  var singleOutputForward: Bool { get }
}

extension SingleOutputMultiheadAttention: SinglePosition {}
extension SingleOutputTransformerEncoderLayer: SinglePosition {}
