// swift-format-ignore-file
// Made by scripts/make_recipes.py.

extension RecipeText {
  /// The architecture of `pnet`.
  static let pnet = #"""
    {"format":"coverify-architecture","version":1,"input":{"shape":[3,"T",48,48],"frames":4},"model":{"type":"Framewise","name":"","modules":[
    {"type":"Sequential","name":"","modules":[{"type":"Conv2d","name":"conv1","kernel_size":[3,3],"bias":true},{"type":"PReLU","name":"prelu1"},{"type":"MaxPool2d","name":"pool1","kernel_size":2,"stride":2,"ceil_mode":true},{"type":"Conv2d","name":"conv2","kernel_size":[3,3],"bias":true},{"type":"PReLU","name":"prelu2"},{"type":"Conv2d","name":"conv3","kernel_size":[3,3],"bias":true},{"type":"PReLU","name":"prelu3"},{"type":"Conv2d","name":"conv4_2","kernel_size":[1,1],"bias":true}]}
    ]}}
    """#
}
