// The example of the article "Adding a layer". A test compares it with the article, line by line.

import Continual
import Foundation
import OrderedCollections
import Tensors
import Testing
import Verification

@testable import TorchModels

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

let movingAverageImporter = ModuleImporter(["MovingAverage"], arguments: ["channels"]) {
  context throws(ModuleError) in
  try MovingAverage(decay: context.tensor("decay", [context.int("channels")]))
}

let movingAverageCase = LayerCase(#"{"type": "MovingAverage", "channels": 3}"#, [2, 3, 4])

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
    #expect(blocks.count == 4)
    for block in blocks { #expect(code.contains(block)) }
  }

  @Test("its layer is imported, and passes all checks")
  func passes() throws {
    let values: [Float] = [0.5, 0.875, 0.25]
    let decay = Tensor([3], values)
    let parameter = Parameter(name: "decay", shape: [3], scalarType: .float32) { decay }
    let builder = ModelBuilder(KeyTable(["decay": parameter], match: .exact))
    let context = ImportContext(
      try movingAverageCase.description(), prefix: "", isFramewise: false, builder: builder)
    let module = try movingAverageImporter.make(context)
    #expect(builder.problems == [])
    let subject = Subject(
      module, frame: movingAverageCase.frame, clipLength: movingAverageCase.frames)
    let report = try Verifier(subject).run()
    #expect(report.findings.map(\.message) == [])
    #expect(report.verdict == .ok)
  }
}
