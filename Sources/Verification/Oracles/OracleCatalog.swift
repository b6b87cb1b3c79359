import Continual

/// The modules that have an oracle.
///
/// A layer that is added to the library is added here too; a test compares this list with the layers
/// that can be loaded and the cases that are tested.
public enum OracleCatalog {
  /// The Swift types.
  public static let types: [any Referenced.Type] = [
    Activation.self, AdaptivePooling.self, Arithmetic.self, BatchNorm.self, BroadcastReduce.self,
    Conditional.self, Convolution.self, Delay.self, Dropout.self, Flatten.self, Framewise.self,
    GRU.self, GatedLinearUnit.self, Graph.self, GroupNorm.self, Identity.self, LSTM.self,
    LayerNorm.self, Linear.self, MatMul.self, PReLU.self, PixelShuffle.self, Pooling.self, RNN.self,
    Rearrange.self, RecyclingPositionalEncoding.self, Reshape.self, Residual.self,
    RetroactiveMultiheadAttention.self, RetroactiveTransformerEncoderLayer.self, Sequential.self,
    SingleOutputMultiheadAttention.self, SingleOutputTransformerEncoderLayer.self, Skip.self,
    Softmax.self, TransformerEncoder.self, TransposedConvolution.self, Upsample.self,
  ]

  /// The names of the types, sorted.
  public static var names: [String] { types.map { String(describing: $0) }.sorted() }
}
