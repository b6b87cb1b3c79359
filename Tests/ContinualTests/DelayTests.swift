import Continual
import Tensors
import TestSupport
import Testing

@Suite("Delays")
struct DelayTests {
  private static let six = (1...6).map(Float.init)

  @Test(
    "clips keep their frames, and steps yield them later",
    arguments: [
      (nil, "1 2 3 4 5 6", "- - 1 2 3 4"),
      (.lagging, "1 2 3 4", "- - 1 2 3 4"),
      // The Python library steps - - 1 2 3 4 for "centered", and this for True.
      (.centered, "3 4", "- - - - 3 4"),
    ] as [(Delay.Shrink?, String, String)])
  func delays(_ shrink: Delay.Shrink?, _ forward: String, _ steps: String) throws {
    let module = try Delay(frames: 2, autoShrink: shrink)
    #expect(try forwardText(module, DelayTests.six) == forward)
    #expect(try stepsText(module, DelayTests.six) == steps)
  }

  @Test("steps and end padding make the clip, of frames of any shape", arguments: 0..<6)
  func modesAgree(_ frames: Int) throws {
    for shrink in [nil, Delay.Shrink.lagging, .centered] {
      let run = try ModeRun(
        try Delay(frames: frames, autoShrink: shrink), clip: .sawtooth([2, 3, 13, 2, 5]))
      #expect(run.differences == [])
      #expect(run.steps.count == 13 - (shrink == .centered ? 2 : 1) * frames)
    }
  }

  @Test("a stream shorter than the delay yields all its frames at its end")
  func shortStream() throws {
    var stream = try Plan(try Delay(frames: 5), frame: [1, 1]).makeStream()
    #expect(try stream.forwardSteps(Tensor([1, 1, 2], [1, 2]), padEnd: true).scalars == [1, 2])
    #expect(
      try stream.forwardSteps(Tensor([1, 1, 4], [3, 4, 5, 6]), padEnd: true).scalars
        == [1, 2, 3, 4, 5, 6])
  }

  @Test("skipped frames never come")
  func skips() throws {
    let module = try Skip(frames: 2)
    #expect(try forwardText(module, DelayTests.six) == "3 4 5 6")
    #expect(try stepsText(module, DelayTests.six) == "- - 3 4 5 6")
    #expect(try ModeRun(module, clip: .sawtooth([2, 3, 4, 5])).differences == [])
    let plan = try Plan(module, frame: [1, 1])
    #expect(plan.timing == Timing(warmUp: 2))
  }

  @Test("impossible numbers of frames are refused")
  func refuses() throws {
    #expect(throws: ModuleError.self) { try Delay(frames: -1) }
    #expect(throws: ModuleError.self) { try Skip(frames: 0) }
    #expect(throws: ModuleError.self) { try Plan(try Delay(frames: 1 << 30), frame: [1, 8]) }
    #expect(throws: ModuleError.self) {
      try Plan(try Delay(frames: Int(Int32.max)), frame: [1, 0])
    }
  }
}
