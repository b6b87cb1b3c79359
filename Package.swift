// swift-tools-version: 6.3
import PackageDescription

// MARK: - What others use

let package = Package(
  name: "coverify",
  products: [
    .library(name: "Continual", targets: ["Tensors", "Continual"]),
    .library(name: "TorchModels", targets: ["Checkpoints", "PlainData", "TorchModels"]),
    .library(name: "Verification", targets: ["Verification"]),
    .executable(name: "coverify", targets: ["coverify"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-collections", exact: "1.6.0"),
    .package(url: "https://github.com/LebJe/TOMLKit", exact: "0.6.0"),
  ],
  swiftLanguageModes: [.v6]
)

let argumentParser = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser")
let orderedCollections = Target.Dependency.product(
  name: "OrderedCollections", package: "swift-collections")

let toml = Target.Dependency.product(name: "TOMLKit", package: "TOMLKit")

// MARK: - C

package.targets += [
  .systemLibrary(
    name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
  .target(name: "CBytes", dependencies: ["CZlib"]),
  .target(name: "CBuild"),
  .target(name: "CKernels"),
  .target(name: "COracles"),
]

// MARK: - Libraries

package.targets += [
  .target(name: "Tensors"),
  .target(name: "PlainData", dependencies: [orderedCollections]),
  .target(name: "TextLayout", dependencies: ["PlainData"]),
  .target(name: "Checkpoints", dependencies: ["CBytes", "CZlib", "PlainData", "Tensors"]),
  .target(name: "Continual", dependencies: ["CKernels", "Tensors"]),
  .target(
    name: "TorchModels",
    dependencies: [
      "Checkpoints", "Continual", "PlainData", "Tensors", "TextLayout", orderedCollections,
    ]),
  .target(
    name: "Verification",
    dependencies: [
      "COracles", "Continual", "PlainData", "Tensors", "TextLayout", orderedCollections,
    ]),
  .target(
    name: "CheckpointTools",
    dependencies: [
      "Checkpoints", "Continual", "PlainData", "Tensors", "TextLayout", "TorchModels",
      "Verification", orderedCollections, toml,
    ]),
]

// MARK: - The command line

package.targets += [
  .executableTarget(
    name: "coverify",
    dependencies: [
      "CBuild", "CBytes", "CheckpointTools", "Checkpoints", "Continual", "PlainData", "Tensors",
      "TextLayout", "TorchModels", "Verification", argumentParser, orderedCollections,
    ])
]

// MARK: - Tests

package.targets += [
  .target(
    name: "TestSupport", dependencies: ["Continual", "Tensors", "Verification"],
    path: "Tests/TestSupport"),
  .target(name: "CAllocationCounter", path: "Tests/CAllocationCounter"),
  .testTarget(name: "TensorsTests", dependencies: ["Tensors", "TestSupport"]),
  .testTarget(name: "PlainDataTests", dependencies: ["PlainData", orderedCollections]),
  .testTarget(name: "TextLayoutTests", dependencies: ["TextLayout"]),
  .testTarget(name: "CheckpointsTests", dependencies: ["Checkpoints", "Tensors", "TestSupport"]),
  .testTarget(name: "ContinualTests", dependencies: ["Continual", "Tensors", "TestSupport"]),
  .testTarget(
    name: "TorchModelsTests",
    dependencies: [
      "Checkpoints", "Continual", "PlainData", "Tensors", "TestSupport", "TorchModels",
      orderedCollections,
    ]),
  .testTarget(
    name: "CheckpointToolsTests",
    dependencies: [
      "CheckpointTools", "Checkpoints", "Continual", "Tensors", "TestSupport", "TorchModels",
    ]),
  .testTarget(
    name: "VerificationTests",
    dependencies: ["Continual", "PlainData", "Tensors", "TestSupport", "Verification"]),
  .testTarget(
    name: "LayerTests",
    dependencies: [
      "Continual", "PlainData", "Tensors", "TestSupport", "TorchModels", "Verification",
      orderedCollections,
    ]),
  .testTarget(
    name: "OwnLayerTests",
    dependencies: ["Checkpoints", "Continual", "Tensors", "TorchModels", "Verification"],
    // It sees what a package outside sees.
    packageAccess: false),
  .testTarget(
    name: "FixtureTests",
    dependencies: [
      "CAllocationCounter", "CheckpointTools", "Checkpoints", "Continual", "PlainData", "Tensors",
      "TestSupport", "TorchModels", "coverify",
    ]),
]

// MARK: - Tools

// Fuzzer and benchmarks are built only where they are asked for, as the scripts that run them do: a
// user's `swift build` has no use for them.
if Context.environment["COVERIFY_TOOLS"] != nil {
  package.targets += [
    .systemLibrary(name: "CLibFuzzer", path: "Tests/CLibFuzzer"),
    .target(name: "CMachine", path: "Tests/CMachine"),
    .executableTarget(
      name: "Fuzz",
      dependencies: [
        "CLibFuzzer", "CheckpointTools", "Checkpoints", "Continual", "Tensors", "TestSupport",
        "TorchModels", "Verification", argumentParser,
      ], path: "Tests/Fuzz"),
    .executableTarget(
      name: "LoadBenchmark",
      dependencies: [
        "Checkpoints", "Continual", "Tensors", "TestSupport", "TorchModels", argumentParser,
      ], path: "Tests/LoadBenchmark"),
    .executableTarget(
      name: "StepBenchmark",
      dependencies: [
        "CMachine", "Continual", "Tensors", "TestSupport", "TorchModels", "Verification",
        argumentParser,
      ],
      path: "Tests/StepBenchmark"),
    .executableTarget(
      name: "Soak",
      dependencies: [
        "CMachine", "Continual", "Tensors", "TestSupport", "TorchModels", argumentParser,
      ], path: "Tests/Soak"),
  ]
}

// MARK: - Settings of all targets

for target in package.targets where target.type != .system {
  target.swiftSettings = [
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
  ]
}
