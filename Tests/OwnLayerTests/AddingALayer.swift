// The example of the article "Adding a layer". A test compares it with the article, line by line.

// This target sees what a package outside sees, so nothing here is `@testable`.

import Checkpoints
import Continual
import Foundation
import Tensors
import Testing
import TorchModels
import Verification

/// An average that forgets: `y[t] = decay * y[t - 1] + (1 - decay) * x[t]`, with a learned decay for
/// each channel and `y[-1] = 0`.
///
/// Takes and makes clips (B, C, T, S…). A step costs two products an element.
struct MovingAverage: Module {
  /// The share of the past, (C).
  let decay: Tensor

  init(decay: Tensor) throws(ModuleError) {
    guard decay.shape.rank == 1, decay.scalars.allSatisfy({ (0..<1).contains($0) }) else {
      throw ModuleError(.argument, "decay \(decay.shape) needs one number from 0 to 1 a channel")
    }
    self.decay = decay
  }

  var typeName: String { "MovingAverage" }

  var summary: String { "\(decay.shape.count)" }

  var parameterCount: Int { decay.shape.count }

  func lower(_ input: Wire, into plan: inout PlanBuilder) throws(ModuleError) -> Wire {
    guard input.frame[1] == decay.shape.count else {
      throw ModuleError(
        .shape, "has \(decay.shape.count) channels, and a frame \(input.frame) has others")
    }
    return plan.append(MovingAverageKernel(decay: decay.scalars, frame: input.frame), to: input)
  }
}

struct MovingAverageKernel: Kernel {
  /// For each row of a frame.
  private let decay: [Float]
  let outputFrame: Shape

  init(decay: [Float], frame: Shape) {
    outputFrame = frame
    self.decay = (0..<frame[0] * frame[1]).map { decay[$0 % frame[1]] }
  }

  /// The output before, which a fresh stream has as zero.
  var state: StateLayout { StateLayout(floats: outputFrame.count) }

  func advance(
    _ input: Span<Float>, frames: Int, into output: inout MutableSpan<Float>, outputs: Int,
    ends: Bool, memory: inout MutableSpan<Float>, counters: inout MutableSpan<Int>,
    scratch: inout MutableSpan<Float>
  ) {
    let plane = FrameRows(outputFrame).plane
    for row in decay.indices {
      for time in 0..<frames {
        for place in 0..<plane {
          let i = (row * frames + time) * plane + place
          let last = memory[row * plane + place]
          output[i] = decay[row] * last + (1 - decay[row]) * input[i]
          memory[row * plane + place] = output[i]
        }
      }
    }
  }
}

extension MovingAverage: ReferencedLeaf {
  func reference(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    let frame = clip.shape.frame
    let frames = (0..<clip.shape[2]).map { last in
      (0..<frame.count).map { i in
        let decay = Double(decay.scalars[i / (frame.count / (frame[0] * frame[1])) % frame[1]])
        return (0...last).reduce(0) { sum, time in
          sum + (1 - decay) * pow(decay, Double(last - time)) * clip.frame(time).scalars[i]
        }
      }
    }
    return Tensor64(frames: frames, of: frame)
  }

  var remembersEverything: Bool { true }
}

let movingAverage = LayerDefinition(
  ["MovingAverage"], summary: "An average that forgets.",
  arguments: [.init("channels", .int, .told, "The number of channels.")],
  packages: ["my_package"]
) { context throws(ModuleError) in
  let decay = context.tensor("decay", [context.int("channels")])
  context.suggestInput(channels: decay.shape[0], spaceAxes: nil)
  return try MovingAverage(decay: decay)
}

func load(_ path: String) throws -> Report {
  let model = try LoadedModel(contentsOf: path, adding: [movingAverage])
  let plan = try model.plan()
  let subject = Subject(
    model.module, frame: plan.plan.inputFrame, clipLength: plan.frames)
  return try Verifier(subject).run()
}

@Suite("the article about adding a layer")
struct AddingALayerTests {
  @Test("its code is the code that is compiled here")
  func isCompiled() throws {
    let here = URL(filePath: #filePath)
    let article = here.deletingLastPathComponent()
      .appending(path: "../../Sources/Continual/Documentation.docc/AddingALayer.md")
      .standardizedFileURL
    let code = try String(contentsOf: here, encoding: .utf8)
    let text = try String(contentsOf: article, encoding: .utf8)
    let blocks = text.components(separatedBy: "```swift\n").dropFirst().compactMap {
      $0.components(separatedBy: "```").first
    }
    #expect(blocks.count == 5)
    for block in blocks { #expect(code.contains(block)) }
  }

  @Test("its layer is loaded between layers of the library, runs, and passes all checks")
  func passes() throws {
    let file = try NetworkFile(decay: [0.5, 0.875, 0.25])
    let report = try load(file.path)
    #expect(report.findings.map(\.message) == [])
    #expect(report.verdict == .ok)
    let model = try LoadedModel(contentsOf: file.path, adding: [movingAverage])
    let plan = try model.plan().plan
    #expect(plan.modules.map(\.module.typeName).contains("MovingAverage"))
    #expect(plan.modules.first { $0.path == "1" }?.module.parameterCount == 3)
  }

  @Test("what does not fit is reported with its place, by all layers alike")
  func misfits() throws {
    let file = try NetworkFile(decay: [0.5, 0.875, 0.25], channels: "4")
    let error = #expect(throws: LoadError.self) {
      try LoadedModel(contentsOf: file.path, adding: [movingAverage])
    }
    #expect(error?.description.contains("1.decay  expected (4), found (3)") ?? false)
    let unknown = try NetworkFile(decay: [0.5, 0.875, 0.25], channels: "3, \"chanels\": 3")
    let wrong = #expect(throws: LoadError.self) {
      try LoadedModel(contentsOf: unknown.path, adding: [movingAverage])
    }
    #expect(wrong?.description.contains("MovingAverage has no argument \"chanels\"") ?? false)
  }

  @Test("a layer of another package refuses in its own words, at the place that the library adds")
  func refuses() throws {
    let network = Sequential([
      NamedModule("average", try MovingAverage(decay: Tensor([3], [0.5, 0.5, 0.5])))
    ])
    let error = #expect(throws: ModuleError.self) { try Plan(network, frame: [1, 4]) }
    #expect(error?.code == .shape)
    #expect(
      error?.description == "average: has 3 channels, and a frame (1, 4) has others")
    guard case .reason(.shape, let reason) = error?.finding else {
      Issue.record("another finding")
      return
    }
    #expect(reason == "has 3 channels, and a frame (1, 4) has others")
  }

  @Test("what a layer of the library finds can be read as numbers outside")
  func numbers() throws {
    let network = Sequential([
      NamedModule("prelu", try PReLU(weight: Tensor([3], [1, 2, 3])))
    ])
    let error = #expect(throws: ModuleError.self) { try Plan(network, frame: [1, 4]) }
    guard case .frame(.channels(let frame, let expected, of: .slopes)) = error?.finding else {
      Issue.record("another finding")
      return
    }
    #expect(frame == [1, 4])
    #expect(expected == 3)
    #expect(error?.path == ["prelu"])
  }

  @Test("without its definition the class is unknown")
  func unknown() throws {
    let file = try NetworkFile(decay: [0.5, 0.875, 0.25])
    let error = #expect(throws: LoadError.self) { try LoadedModel(contentsOf: file.path) }
    #expect(error?.description.contains("the class \"MovingAverage\" is unknown") ?? false)
  }

  @Test("a definition with the name of a class of the library holds instead of it")
  func replaces() throws {
    let file = try NetworkFile(decay: [0.5, 0.875, 0.25])
    let ownReLU = LayerDefinition(["ReLU"], summary: "As it is.") { _ in Identity() }
    let model = try LoadedModel(contentsOf: file.path, adding: [movingAverage, ownReLU])
    let names = try model.plan().plan.modules.map(\.module.typeName)
    #expect(names.contains("Identity"))
    #expect(!names.contains("ReLU"))
  }
}

/// A checkpoint with an architecture in which the layer stands between two of the library.
private final class NetworkFile {
  let path: String

  init(decay: [Double], channels: String = "3") throws {
    path =
      FileManager.default.temporaryDirectory
      .appending(path: "own-layer-\(UUID().uuidString).safetensors").path
    let architecture = """
      {"format": "coverify-architecture", "version": 1, "input": {"shape": [3, "T", 4]},
       "model": {"type": "Sequential", "modules": [
         {"type": "ReLU"}, {"type": "MovingAverage", "channels": \(channels)}, {"type": "Tanh"}]}}
      """
    let tensor = TensorSource(shape: [decay.count], scalarType: .float32) {
      () throws(CheckpointError) -> [Double] in decay
    }
    try SafetensorsFile.write(
      [("1.decay", tensor)], metadata: ["architecture": architecture], to: path)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
