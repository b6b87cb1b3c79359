public import Tensors

/// Why PyTorch's output is another one, as far as it was found out.
public enum ReferenceCause: Hashable, Sendable {
  /// PyTorch's output holds so many numbers that are not finite.
  case notFinite(count: Int, elements: Int)
  /// PyTorch's output is zero everywhere.
  case zeros
  /// PyTorch's output has only numbers of a narrower type, and agrees up to their rounding.
  case rounded(type: String, error: Double)
  /// The frames come in the opposite order.
  case reversedTime(error: Double)
  /// Frame `j` of PyTorch's output is frame `j + frames` of this one.
  case shiftedTime(frames: Int, error: Double)
  /// The entries of the batch come in another order: entry `j` is entry `order[j]` of this one.
  case batchOrder([Int], error: Double)
  /// The channels come in another order: channel `j` is channel `order[j]` of this one.
  case channelOrder([Int], error: Double)
  /// PyTorch's output is this one times a factor.
  case scaled(factor: Double, error: Double)
  /// The first module whose output differs from what the file brings of it, though its input agrees.
  case module(path: String, description: String, error: Double, rms: Double)
  /// The first module whose output has another shape than what the file brings of it, though its input agrees.
  case shape(path: String, description: String, found: Shape, wanted: Shape)
  /// With a single change at a module the output agrees.
  case change(String, path: String, error: Double)
  /// No single change of so many that were tried in some seconds makes it agree.
  case unknown(tried: Int, of: Int, seconds: Double)
}

extension ReferenceCause {
  /// The module that it is about; empty for the whole network.
  var path: String {
    switch self {
    case .module(let path, _, _, _), .shape(let path, _, _, _), .change(_, let path, _): path
    default: ""
    }
  }
}
