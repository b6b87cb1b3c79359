// swift-format-ignore-file
// Made by scripts/make_recipes.py.

extension RecipeText {
  /// The architecture of `onet`.
  static let onet = #"""
    {"format":"coverify-architecture","version":1,"input":{"shape":[3,"T",48,48],"frames":4},"model":{"type":"Framewise","name":"","modules":[
    {"type":"Sequential","name":"","modules":[{"type":"Conv2d","name":"conv1","kernel_size":[3,3],"bias":true},{"type":"PReLU","name":"prelu1"},{"type":"MaxPool2d","name":"pool1","kernel_size":3,"stride":2,"ceil_mode":true},{"type":"Conv2d","name":"conv2","kernel_size":[3,3],"bias":true},{"type":"PReLU","name":"prelu2"},{"type":"MaxPool2d","name":"pool2","kernel_size":3,"stride":2,"ceil_mode":true},{"type":"Conv2d","name":"conv3","kernel_size":[3,3],"bias":true},{"type":"PReLU","name":"prelu3"},{"type":"MaxPool2d","name":"pool3","kernel_size":2,"stride":2,"ceil_mode":true},{"type":"Conv2d","name":"conv4","kernel_size":[2,2],"bias":true},{"type":"PReLU","name":"prelu4"},{"type":"Rearrange","pattern":"b c h w -> b (w h c)"},{"type":"Linear","name":"dense5","bias":true},{"type":"PReLU","name":"prelu5"},{"type":"Linear","name":"dense6_2","bias":true}]}
    ]}}
    """#
}
