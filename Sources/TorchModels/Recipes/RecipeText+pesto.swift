// swift-format-ignore-file
// Made by scripts/make_recipes.py.

extension RecipeText {
  /// The architecture of `pesto`.
  static let pesto = #"""
    {"format":"coverify-architecture","version":1,"input":{"shape":[1,"T",219],"frames":4},"model":{"type":"Framewise","name":"","modules":[
    {"type":"Sequential","name":"","modules":[{"type":"LayerNorm","name":"encoder.layernorm","normalized_shape":[1,219],"bias":true},{"type":"Conv1d","name":"encoder.conv1.0","padding":19,"kernel_size":[39],"bias":true},{"type":"LeakyReLU","negative_slope":0.3},{"type":"Residual","name":"","modules":[{"type":"Sequential","name":"","modules":[{"type":"Conv1d","name":"encoder.prefilt_layers.0.0","padding":19,"kernel_size":[39],"bias":true},{"type":"LeakyReLU","negative_slope":0.3}]}]},{"type":"Residual","name":"","modules":[{"type":"Sequential","name":"","modules":[{"type":"Conv1d","name":"encoder.prefilt_layers.1.0","padding":19,"kernel_size":[39],"bias":true},{"type":"LeakyReLU","negative_slope":0.3}]}]},{"type":"Conv1d","name":"encoder.conv_layers.0","kernel_size":[1],"bias":true},{"type":"LeakyReLU","negative_slope":0.3},{"type":"Conv1d","name":"encoder.conv_layers.3","kernel_size":[1],"bias":true},{"type":"LeakyReLU","negative_slope":0.3},{"type":"Conv1d","name":"encoder.conv_layers.6","kernel_size":[1],"bias":true},{"type":"LeakyReLU","negative_slope":0.3},{"type":"Conv1d","name":"encoder.conv_layers.9","kernel_size":[1],"bias":true},{"type":"LeakyReLU","negative_slope":0.3},{"type":"Reshape","shape":[-1,1,657]},{"type":"Conv1d","name":"encoder.fc","padding":383,"kernel_size":[1040]},{"type":"Flatten"},{"type":"Softmax","dim":-1}]}
    ]}}
    """#
}
