// swift-format-ignore-file
// Made by scripts/make_recipes.py.

/// The texts of the recipes.
enum RecipeText {}

extension Recipe {
  /// All recipes, in the order in which they are listed.
  package static let all: [Recipe] = [
    Recipe(
      name: "r3d_18", package: "torchvision 0.28.0",
      assumptions: "clips of 16 frames of 112 x 112, and the strides and paddings of its class",
      fingerprint: 0x9176A133D8094B31,
      text: RecipeText.r3d_18
    ),
    Recipe(
      name: "mc3_18", package: "torchvision 0.28.0",
      assumptions: "clips of 16 frames of 112 x 112, and the strides and paddings of its class",
      fingerprint: 0x48267B7E14C971D1,
      text: RecipeText.mc3_18
    ),
    Recipe(
      name: "r2plus1d_18", package: "torchvision 0.28.0",
      assumptions: "clips of 16 frames of 112 x 112, and the strides and paddings of its class",
      fingerprint: 0x98BBFABE9FD8C423,
      text: RecipeText.r2plus1d_18
    ),
    Recipe(
      name: "s3d", package: "torchvision 0.28.0",
      assumptions: "clips of 32 frames of 224 x 224, and the strides and paddings of its class",
      fingerprint: 0xACD496937485C30D,
      text: RecipeText.s3d
    ),
    Recipe(
      name: "x3d_xs", package: "pytorchvideo 0.1.5",
      assumptions: "clips of 4 frames of 160 x 160, and the head that pools them",
      fingerprint: 0x1CA42129F19E364D,
      text: RecipeText.x3d,
      values: ["frames": "4", "size": "160", "pool": "[4, 5, 5]"]
    ),
    Recipe(
      name: "x3d_s", package: "pytorchvideo 0.1.5",
      assumptions: "clips of 13 frames of 160 x 160, and the head that pools them",
      fingerprint: 0x1CA42129F19E364D,
      text: RecipeText.x3d,
      values: ["frames": "13", "size": "160", "pool": "[13, 5, 5]"]
    ),
    Recipe(
      name: "x3d_m", package: "pytorchvideo 0.1.5",
      assumptions: "clips of 16 frames of 224 x 224, and the head that pools them",
      fingerprint: 0x1CA42129F19E364D,
      text: RecipeText.x3d,
      values: ["frames": "16", "size": "224", "pool": "[16, 7, 7]"]
    ),
    Recipe(
      name: "slow_r50", package: "pytorchvideo 0.1.5",
      assumptions: "clips of 8 frames of 224 x 224, and the head that pools them",
      fingerprint: 0x34FBE45711C4C73E,
      text: RecipeText.slow_r50
    ),
    Recipe(
      name: "i3d_r50", package: "pytorchvideo 0.1.5",
      assumptions: "clips of 8 frames of 224 x 224, and the head that pools them",
      fingerprint: 0x9F7AC9FE175D6A04,
      text: RecipeText.i3d_r50
    ),
    Recipe(
      name: "c2d_r50", package: "pytorchvideo 0.1.5",
      assumptions: "clips of 8 frames of 224 x 224, and the head that pools them",
      fingerprint: 0xE6F40180945B6326,
      text: RecipeText.c2d_r50
    ),
    Recipe(
      name: "csn_r101", package: "pytorchvideo 0.1.5",
      assumptions: "clips of 32 frames of 224 x 224, and the head that pools them",
      fingerprint: 0xBF61CBDE3B8E9D99,
      text: RecipeText.csn_r101
    ),
    Recipe(
      name: "r2plus1d_r50", package: "pytorchvideo 0.1.5",
      assumptions: "clips of 16 frames of 224 x 224, and the head that pools them",
      fingerprint: 0xA5CBC1A73D3B43C0,
      text: RecipeText.r2plus1d_r50
    ),
    Recipe(
      name: "crepe", package: "torchcrepe 0.0.24",
      assumptions: "frames of 1024 samples at 16 kHz, each normalized by itself as torchcrepe does",
      fingerprint: 0xB6437FADFD234C02,
      text: RecipeText.crepe
    ),
    Recipe(
      name: "st_gcn", package: "st-gcn",
      assumptions: "clips of 64 frames of 25 joints of one person",
      fingerprint: 0xC25E70C68FA57A25,
      unused: ["A", "edge_importance.0", "edge_importance.1", "edge_importance.2", "edge_importance.3", "edge_importance.4", "edge_importance.5", "edge_importance.6", "edge_importance.7", "edge_importance.8", "edge_importance.9"],
      text: RecipeText.st_gcn
    ),
    Recipe(
      name: "resemblyzer", package: "Resemblyzer 0.1.4",
      assumptions: "frames of 40 mels as (B, 40, T), and the embedding after each of them",
      fingerprint: 0x71F32DA311BE1718,
      text: RecipeText.resemblyzer
    ),
    Recipe(
      name: "pesto", package: "pesto-pitch 2.0.1",
      assumptions: "frames of 219 bins of a constant-Q transform, and the pitch without its confidence",
      fingerprint: 0xB3B4753943559109,
      unused: ["confidence.conv.bias", "confidence.conv.weight", "confidence.linear.bias", "confidence.linear.weight", "shift"],
      text: RecipeText.pesto
    ),
    Recipe(
      name: "pnet", package: "facenet-pytorch 2.6.0",
      assumptions: "frames of 48 x 48, and the boxes alone",
      fingerprint: 0x9766CFFA966F98CB,
      unused: ["conv4_1.bias", "conv4_1.weight"],
      text: RecipeText.pnet
    ),
    Recipe(
      name: "rnet", package: "facenet-pytorch 2.6.0",
      assumptions: "frames of 24 x 24, and the boxes alone",
      fingerprint: 0x7F23B4DF098B3750,
      unused: ["dense5_1.bias", "dense5_1.weight"],
      text: RecipeText.rnet
    ),
    Recipe(
      name: "onet", package: "facenet-pytorch 2.6.0",
      assumptions: "frames of 48 x 48, and the boxes alone",
      fingerprint: 0x72097B42A4522EC0,
      unused: ["dense6_1.bias", "dense6_1.weight", "dense6_3.bias", "dense6_3.weight"],
      text: RecipeText.onet
    ),
  ]
}
