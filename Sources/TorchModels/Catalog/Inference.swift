import OrderedCollections
import PlainData
import Tensors

/// How the tensors of a module alone tell what layer it is.
///
/// Kinds are told apart by names and ranks, so that at most one of them fits.
struct Inference: Sendable {
  /// What is known of a module: its tensors, and how many axes the last convolution had.
  struct Evidence {
    let tensors: OrderedDictionary<String, Shape>
    let dimensions: Int
    /// The path of the module, which can speak for one of several layers.
    var path = ""
  }

  /// What the tensors tell.
  struct Layer {
    /// The class.
    let type: String
    /// What goes in and comes out.
    var channels = Channels.unchanged
    /// The arguments that the tensors tell.
    var arguments: OrderedDictionary<String, PlainValue> = [:]
    /// What nothing tells.
    var assumptions: [String] = []
    /// Why there can be no such layer all the same.
    var problem: InferenceProblem?
    /// The number of axes behind the channels; nil where the layer has none of its own.
    var dimensions: Int?
  }

  /// The channels of a layer.
  enum Channels {
    /// As many come out as go in.
    case unchanged
    /// So many go in and come out.
    case fixed(Int, Int)
    /// In groups of so many that go in.
    case grouped(of: Int, Int)
  }

  /// The layer; nil where it is another one.
  let layer: @Sendable (Evidence) -> Layer?
}
