// swift-format-ignore-file
// Made by scripts/make_recipes.py.

extension RecipeText {
  /// The architecture of `crepe`.
  static let crepe = #"""
    {"format":"coverify-architecture","version":1,"input":{"shape":[1024,"T"],"frames":8},"model":{"type":"Sequential","modules":[
    {"type":"Rearrange","pattern":"b s t -> b 1 t s 1"},
    {"type":"Framewise","name":"","modules":[{"type":"Conv2d","name":"conv1","stride":[4,1],"padding":[[254,254],0],"kernel_size":[512,1],"bias":true}]},
    {"type":"ReLU"},
    {"type":"BatchNorm3d","name":"conv1_BN","eps":0.0010000000474974513},
    {"type":"MaxPool3d","kernel_size":[1,2,1],"stride":[1,2,1]},
    {"type":"Framewise","name":"","modules":[{"type":"Conv2d","name":"conv2","padding":[[31,32],0],"kernel_size":[64,1],"bias":true}]},
    {"type":"ReLU"},
    {"type":"BatchNorm3d","name":"conv2_BN","eps":0.0010000000474974513},
    {"type":"MaxPool3d","kernel_size":[1,2,1],"stride":[1,2,1]},
    {"type":"Framewise","name":"","modules":[{"type":"Conv2d","name":"conv3","padding":[[31,32],0],"kernel_size":[64,1],"bias":true}]},
    {"type":"ReLU"},
    {"type":"BatchNorm3d","name":"conv3_BN","eps":0.0010000000474974513},
    {"type":"MaxPool3d","kernel_size":[1,2,1],"stride":[1,2,1]},
    {"type":"Framewise","name":"","modules":[{"type":"Conv2d","name":"conv4","padding":[[31,32],0],"kernel_size":[64,1],"bias":true}]},
    {"type":"ReLU"},
    {"type":"BatchNorm3d","name":"conv4_BN","eps":0.0010000000474974513},
    {"type":"MaxPool3d","kernel_size":[1,2,1],"stride":[1,2,1]},
    {"type":"Framewise","name":"","modules":[{"type":"Conv2d","name":"conv5","padding":[[31,32],0],"kernel_size":[64,1],"bias":true}]},
    {"type":"ReLU"},
    {"type":"BatchNorm3d","name":"conv5_BN","eps":0.0010000000474974513},
    {"type":"MaxPool3d","kernel_size":[1,2,1],"stride":[1,2,1]},
    {"type":"Framewise","name":"","modules":[{"type":"Conv2d","name":"conv6","padding":[[31,32],0],"kernel_size":[64,1],"bias":true}]},
    {"type":"ReLU"},
    {"type":"BatchNorm3d","name":"conv6_BN","eps":0.0010000000474974513},
    {"type":"MaxPool3d","kernel_size":[1,2,1],"stride":[1,2,1]},
    {"type":"Rearrange","pattern":"b c t s 1 -> b (s c) t"},
    {"type":"Linear","name":"classifier","channel_dim":1,"bias":true},
    {"type":"Sigmoid"}
    ]}}
    """#
}
