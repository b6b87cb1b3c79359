// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "coverify",
  products: [
    .library(name: "Continual", targets: ["Tensors", "Continual"]),
    .library(name: "TorchModels", targets: ["Checkpoints", "TorchModels"]),
    .library(name: "Verification", targets: ["Verification"]),
    .executable(name: "coverify", targets: ["coverify"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
  ],
  targets: [
    .systemLibrary(
      name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
    .target(name: "CKernels"),
    .target(name: "CBytes", linkerSettings: [.linkedLibrary("z")]),
    .target(name: "Tensors"),
    .target(
      name: "Checkpoints",
      dependencies: [
        "CBytes", "CZlib", "Tensors",
      ]),
    .target(name: "Continual", dependencies: ["CKernels", "Tensors"]),
    .target(
      name: "TorchModels",
      dependencies: [
        "Checkpoints", "Continual", "Tensors",
        .product(name: "OrderedCollections", package: "swift-collections"),
      ]),
    .target(name: "Verification", dependencies: ["Continual", "Tensors"]),
    .target(
      name: "CheckpointTools",
      dependencies: [
        "Checkpoints", "Continual", "Tensors", "TorchModels", "Verification",
        .product(name: "OrderedCollections", package: "swift-collections"),
      ]),
    .executableTarget(
      name: "coverify",
      dependencies: [
        "CheckpointTools", "Checkpoints", "Continual", "Tensors", "TorchModels", "Verification",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .target(
      name: "TestSupport", dependencies: ["Continual", "Tensors"], path: "Tests/TestSupport"),
    .testTarget(
      name: "VerificationTests",
      dependencies: ["Continual", "Tensors", "TestSupport", "Verification"]),
    .target(name: "CAllocationCounter", path: "Tests/CAllocationCounter"),
    .testTarget(
      name: "TorchModelsTests",
      dependencies: [
        "Checkpoints", "Continual", "Tensors", "TestSupport", "TorchModels",
        .product(name: "OrderedCollections", package: "swift-collections"),
      ]),
    .testTarget(
      name: "CheckpointToolsTests",
      dependencies: ["CheckpointTools", "Checkpoints", "Tensors", "TestSupport"]),
    .testTarget(
      name: "LayerTests",
      dependencies: [
        "Continual", "Tensors", "TestSupport", "TorchModels", "Verification",
        .product(name: "OrderedCollections", package: "swift-collections"),
      ]),
    .testTarget(
      name: "FixtureTests",
      dependencies: [
        "CAllocationCounter", "Checkpoints", "Continual", "Tensors", "TestSupport", "TorchModels",
        "coverify",
      ]),
    .testTarget(
      name: "CheckpointsTests",
      dependencies: [
        "Checkpoints", "Tensors", "TestSupport",
      ]),
    .executableTarget(
      name: "LoadBenchmark",
      dependencies: [
        "Checkpoints", "Continual", "Tensors", "TestSupport", "TorchModels",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], path: "Tests/LoadBenchmark"),
    .systemLibrary(name: "CLibFuzzer", path: "Tests/CLibFuzzer"),
    .executableTarget(
      name: "Fuzz",
      dependencies: [
        "CLibFuzzer", "CheckpointTools", "Checkpoints", "Continual", "Tensors", "TestSupport",
        "TorchModels",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], path: "Tests/Fuzz"),
    .testTarget(name: "TensorsTests", dependencies: ["Tensors", "TestSupport"]),
    .testTarget(name: "ContinualTests", dependencies: ["Continual", "Tensors", "TestSupport"]),
  ],
  swiftLanguageModes: [.v6]
)

for target in package.targets where target.type != .system {
  target.swiftSettings = [
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
  ]
}
