/// Which frames of several streams become one where a network, as it is written, joins them.
///
/// Streams of this library always match frames by their index, so that branches stay aligned for any
/// mixture of delays. The Python library joins what comes in the same step, and leaves it to delays that
/// the branches line up: to those that `auto_delay` adds, or to those that somebody has written.
public enum Pairing: Hashable, Sendable {
  /// Frame `j` of each: what is written says nothing about delays, or they are added automatically.
  case byIndex
  /// Those that come in the same step: delays are what somebody has written. Frames to which another
  /// branch has nothing in that step are lost.
  case byStep
}
