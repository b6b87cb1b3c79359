import CAllocationCounter
import Continual
import Tensors
import Testing
import TorchModels

/// Whether this is an optimised build; only there does a step keep its promise.
private let isOptimized: Bool = {
  var isDebug = false
  assert(
    {
      isDebug = true
      return true
    }())
  return !isDebug
}()

@Suite("Allocation")
struct AllocationTests {
  @Test("the counter counts")
  func counter() {
    let before = allocationCount()
    guard before >= 0 else { return }
    let array = [Int](repeating: 3, count: Int.random(in: 1000...2000))
    #expect(allocationCount() > before)
    #expect(array.count >= 1000)
  }

  @Test(
    "a step allocates nothing", .enabled(if: isOptimized, "debug builds allocate for checks"),
    arguments: Fixture.all)
  func step(_ fixture: Fixture) throws { try check(fixture.path) }

  @Test(
    "nor does one of a program that torch exported",
    .enabled(if: isOptimized, "debug builds allocate for checks"),
    // Where a whole clip is one frame, a step takes memory as a clip does.
    arguments: ExportedFile.all.filter { $0.exit != 2 && !$0.words.contains("CV208") })
  func step(_ file: ExportedFile) throws {
    try check(
      Fixture.folder + "/" + file.model,
      isCalculated: Self.calculated.contains { file.model == "exported/\($0).pt2" })
  }

  /// Programs with calls that are calculated in float64 as they are written, which takes memory.
  private static let calculated = ["paths", "cells", "sights"]

  private func check(_ path: String, isCalculated: Bool = false) throws {
    let model = try LoadedModel(contentsOf: path)
    let clip = try #require(model.reference?.input)
    let plan = try model.plan(for: clip.shape).plan
    let types = Set(plan.modules.map(\.module.typeName))
    #expect(types.isDisjoint(with: ["Calculation", "CalculatedLoop"]) == !isCalculated)
    if isCalculated { return }
    var stream = plan.makeStream()
    var output = [Float](
      repeating: 0, count: plan.mostOutputsOfStep * plan.output.frame.count)
    let frames = (0..<clip.shape[2]).map { clip.frame($0).scalars }
    // The first round may set up what lasts as long as the program.
    #expect(steps(&stream, frames, &output) >= 0)
    let blocks = steps(&stream, frames, &output)
    #expect(blocks == 0)
  }

  /// How many blocks of memory the steps ask for.
  private func steps(
    _ stream: inout LiveStream, _ frames: [[Float]], _ output: inout [Float]
  ) -> Int {
    var target = output.mutableSpan
    let before = allocationCount()
    for frame in frames { _ = stream.step(frame.span, into: &target) }
    return allocationCount() - before
  }
}
