// swift-format-ignore-file
// Made by scripts/make_recipes.py.

extension RecipeText {
  /// The architecture of `resemblyzer`.
  static let resemblyzer = #"""
    {"format":"coverify-architecture","version":1,"input":{"shape":[40,"T"],"frames":32},"model":{"type":"Sequential","modules":[
    {"type":"LSTM","name":"lstm","num_layers":3,"bias":true},
    {"type":"Linear","name":"linear","channel_dim":1,"bias":true},
    {"type":"ReLU"},
    {"type":"Calculation","name":"","calls":[{"operator":"linalg_vector_norm.default","arguments":{"self":{"value":"x"},"ord":2,"dim":[1],"keepdim":true},"outputs":["n"],"shapes":[[1,1]]},{"operator":"div.Tensor","arguments":{"self":{"value":"x"},"other":{"value":"n"}},"outputs":["y"],"shapes":[[1,256]]}],"inputs":["x"],"output":"y","input_shape":[1,256],"output_shape":[1,256]}
    ]}}
    """#
}
